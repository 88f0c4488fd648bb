from __future__ import annotations

import pytest

from transcripts.text.speaker_names import names_nobody

NOBODY = [
    "",
    " ",
    "1",
    "Speaker 1",
    "SPEAKER_00",
    "speaker",
    "Spk2",
    "Voice 3",
    "Person A",
    "Unknown",
    "unknown speaker 4",
]
NOBODY += [
    "说话人 1",
    "说话人2",
    "說話人３",
    "发言人一",
    "讲话人",
    "未知说话人",
    "男声",
    "女 2",
    "Female 1",
    "Interviewer",
    "Speaker 1-2",
]
SOMEBODY = [
    "王老师",
    "Lin",
    "Lin Wei",
    "Speaker Pelosi",
    "Person Smith",
    "女王",
    "男爵",
    "Male Lin",
    "Voicu",
    "7 of 9",
    "K",
]


@pytest.mark.parametrize("name", NOBODY)
def test_name_that_programs_give_names_nobody(name: str) -> None:
    assert names_nobody(name)


@pytest.mark.parametrize("name", SOMEBODY)
def test_name_of_a_person_names_somebody(name: str) -> None:
    assert not names_nobody(name)
