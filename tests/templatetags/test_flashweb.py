from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from transcripts.templatetags.flashweb import (
    clock,
    compact_json,
    failure,
    seconds_between,
)


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [(0, "0:00:00"), (724_999, "0:12:04"), (7_325_000, "2:02:05"), (36_000_000, "10:00:00"), (None, "")],
)
def test_clock_writes_hours_minutes_seconds(milliseconds: int | None, shown: str) -> None:
    assert clock(milliseconds) == shown


def test_compact_json_has_no_spaces() -> None:
    assert compact_json({"w": [0, 1, 2], "e": [0]}) == '{"w":[0,1,2],"e":[0]}'


def test_seconds_between_needs_both_ends() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert seconds_between(start, start + timedelta(milliseconds=3_449)) == 3.4
    assert seconds_between(start, None) is None


def test_failure_has_a_sentence_for_every_error() -> None:
    assert failure("quota") != failure("busy")
    assert failure("nobody knows") == failure("unknown")
