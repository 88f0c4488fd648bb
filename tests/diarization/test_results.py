from __future__ import annotations

import base64
import json

import pytest

from transcripts.diarization.results import Diarized, Hint, Turn, Voice


def pack(*values: int) -> str:
    return base64.b64encode(bytes(value % 256 for value in values)).decode()


def test_results_survive_json() -> None:
    voices = (Voice(1, 900, ((0, 900),), pack(1, 2)), Voice(2, 100, (), pack(3, -4), "example"))
    found = Diarized(voices, (Turn(0, 900, 1, 90), Turn(950, 1050, 2, 40)), "resemblyzer-0.1.4")
    assert Diarized.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert Hint.from_json(json.loads(json.dumps(Hint(2, 3).to_json()))) == Hint(2, 3)


@pytest.mark.parametrize(("least", "most"), [(0, 1), (2, 1), (1, 11), (-1, -1)])
def test_hint_is_of_one_to_ten_voices(least: int, most: int) -> None:
    with pytest.raises(ValueError, match="voices"):
        Hint(least, most)
