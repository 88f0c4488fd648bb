from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User

from tests import quick
from tests.conftest import ANSWER
from transcripts.enums import TranscriptionState
from transcripts.exports import registry
from transcripts.imports.reading import make_answer, read
from transcripts.models import Transcript
from transcripts.queries.compare import compare_transcripts
from transcripts.queries.transcripts import build_document
from transcripts.services.editing.history import undo_change
from transcripts.services.editing.utterances import take_over_texts
from transcripts.services.importing.imports import add_transcript


@pytest.fixture
def transcript(lin: User) -> Transcript:
    return quick.recognised(quick.create_recording(lin), ANSWER)


def brought(transcript: Transcript, name: str, content: bytes) -> Transcript:
    return add_transcript(
        recording=transcript.recording,
        answer=make_answer(read(content, name)),
        file_name=name,
        by=transcript.recording.uploaded_by,
    )


SRT = """1
00:00:00,400 --> 00:00:01,600
欢迎 Ling 来。

2
00:00:02,000 --> 00:00:02,600
大家早。
""".encode()


def test_corrected_file_stands_beside_with_the_engines_times(transcript: Transcript) -> None:
    made = brought(transcript, "fixed.srt", SRT)
    assert [(row.start_ms, row.end_ms, row.text) for row in made.utterances.all()] == [
        (400, 1600, "欢迎 Ling 来。"),
        (2000, 2600, "大家早。"),
    ]
    first, second = (row.words for row in made.utterances.all())
    assert first == [
        ["欢", 400, 600, "engine"],
        ["迎", 600, 800, "engine"],
        ["Ling", 880, 1240, "estimated"],
        ["来", 1320, 1600, "engine"],
    ]
    assert [word[3] for word in second] == ["engine", "engine", "estimated"]
    assert made.transcription.state == TranscriptionState.DONE
    assert made.transcription.message == "fixed.srt"
    change = made.changes.get()
    assert (change.kind, change.details) == ("imported", {"file": "fixed.srt"})
    assert [row.other for row in compare_transcripts(transcript, made).rows] == ["欢迎 Ling 来。", "大家早。"]
    assert [row.text for row in transcript.utterances.all()] == ["欢迎 Lin 来。", "大家好。"]


def test_speakers_have_the_names_of_the_file(transcript: Transcript) -> None:
    made = brought(transcript, "a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>Hello\n")
    assert [(speaker.label, speaker.name) for speaker in made.speakers.all()] == [("Ana", "Ana")]


def test_answer_saved_elsewhere_is_as_if_it_had_been_recognised(transcript: Transcript) -> None:
    made = brought(transcript, "answer.json", json.dumps(ANSWER).encode())
    assert [(row.text, row.words) for row in made.utterances.all()] == [
        (row.text, row.words) for row in transcript.utterances.all()
    ]
    assert [(speaker.label, speaker.name) for speaker in made.speakers.all()] == [("1", ""), ("2", "")]
    assert made.transcription.raw_answer == ANSWER


def test_word_file_of_turns_is_parted_to_the_rows_again(transcript: Transcript) -> None:
    options = {"paragraphs": "pause", "paragraph_pause_ms": "60000", "names": "off"}
    content = registry.export("docx", build_document(transcript), options)
    made = brought(transcript, "a.docx", content)
    assert [row.other for row in compare_transcripts(transcript, made).rows] == ["欢迎 Lin 来。", "大家好。"]
    assert [row.end_ms for row in made.utterances.all()][-1] <= 5547


def test_all_rows_are_taken_over_as_one_change(transcript: Transcript, lin: User) -> None:
    made = brought(transcript, "fixed.srt", SRT)
    texts = {one.row.pk: one.other for one in compare_transcripts(transcript, made).rows}
    versions = dict(transcript.utterances.values_list("pk", "version"))
    first, second = transcript.utterances.all()
    taken, left = take_over_texts(
        transcript=transcript, texts=texts, versions={**versions, 2**62: 1}, by=lin, request_key="one"
    )
    assert ([row.pk for row in taken], left) == ([first.pk, second.pk], 1)
    assert [(row.text, row.version) for row in transcript.utterances.all()] == [
        ("欢迎 Ling 来。", 2),
        ("大家早。", 2),
    ]
    assert take_over_texts(transcript=transcript, texts=texts, versions=versions, by=lin, request_key="one")[1] == 0
    assert transcript.changes.count() == 2
    assert take_over_texts(transcript=transcript, texts=texts, versions=versions, by=lin) == ([], 2)
    undo_change(transcript=transcript, by=lin)
    assert [row.text for row in transcript.utterances.all()] == ["欢迎 Lin 来。", "大家好。"]
    stale = {first.pk: 3, second.pk: 1}
    assert take_over_texts(transcript=transcript, texts={first.pk: " "}, versions=stale, by=lin) == ([], 2)
