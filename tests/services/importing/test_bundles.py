"""A transcript goes out as a bundle and comes in again, as it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from tests import quick, voices
from tests.conftest import ANSWER, AUDIO, HTMX
from tests.files import path_of
from transcripts.access import CommentAuthor
from transcripts.audio.playback import make_playback
from transcripts.enums import ChangeKind, PreparationState, TranscriptionState
from transcripts.errors import NotPossible, NotRecording
from transcripts.imports import bundle_sandbox, sandbox
from transcripts.imports.bundle_forms import ROW_STATE
from transcripts.imports.bundle_sandbox import serve
from transcripts.limited_child import Refused
from transcripts.messages import QUOTAS
from transcripts.models import (
    AnswerPart,
    Comment,
    ImportedPerson,
    Recording,
    Transcript,
    Transcription,
    Upload,
    Utterance,
)
from transcripts.places import Busy, Places
from transcripts.queries.history import list_history
from transcripts.queries.library import get_default_options
from transcripts.queries.transcripts import get_word_times
from transcripts.services.accounts.accounts import get_personal_project, make_first_sign_in_token
from transcripts.services.comments.comments import add_comment, reply_to_comment
from transcripts.services.editing.changes import STATE
from transcripts.services.editing.diarization import take_proposals
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.restore import restore_row, restore_transcript, revert_person
from transcripts.services.editing.reviewing import flag_rows, verify_rows
from transcripts.services.editing.rows import delete_row, merge_row, split_row
from transcripts.services.editing.speakers import assign_rows, rename_speaker
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.exporting import export_bundle
from transcripts.services.exporting.export_bundle import _read_transcript, build_bundle
from transcripts.services.imported_people import get_or_create_account
from transcripts.services.importing import import_bundle
from transcripts.services.recordings.create import create_from_upload, create_recording
from transcripts.services.recordings.delete import remove_recording
from transcripts.services.recordings.uploads import append_chunk, begin_upload
from transcripts.services.tags import add_tags
from transcripts.text.limits import MAX_COMMENT, MAX_TEXT, MAX_WARNING_KEY

pytestmark = pytest.mark.long

ALL = ["bundle.json", "answer.json", "parts.jsonl", "rows.jsonl", "changes.jsonl", "comments.jsonl"]
SOUND = ["audio/original", "audio/playback.m4a", "audio/peaks.dat"]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("played")
    make_playback(AUDIO / "zh_welcome.wav", folder / "playback.m4a", folder / "peaks.dat")
    return folder


@pytest.fixture
def transcript(lin: User, ana: User, data_dir: Path, played: Path) -> Transcript:
    """With something of all that can happen to one, done by two people and a guest."""
    recording = quick.create_recording(lin, hot_words=("豆包",))
    for name in ("playback.m4a", "peaks.dat"):
        shutil.copy(played / name, path_of(recording.folder) / name)
    Recording.objects.filter(pk=recording.pk).update(state=PreparationState.DONE, title="会议 “one”", duration_ms=5547)
    transcript = quick.recognised(recording, ANSWER)
    AnswerPart.objects.create(
        transcription=transcript.transcription, number=1, start_ms=0, end_ms=5547, status_code="2", raw_answer=ANSWER
    )
    first, second = transcript.utterances.all()
    edit_utterance(utterance=first, save=Save(text="欢迎 Ling 来。", base_version=1), by=lin)
    edit_utterance(utterance=second, save=Save(text="大家早。", base_version=1), by=ana)
    undo_change(transcript=transcript, by=ana)
    redo_change(transcript=transcript, by=ana)
    lower, _upper = split_row(row=fresh(first), offset=3, base_version=2, by=lin)
    delete_row(row=fresh(lower), base_version=fresh(lower).version, by=lin)
    undo_change(transcript=transcript, by=lin)
    speaker = transcript.speakers.order_by("pk")[0]
    rename_speaker(speaker=speaker, name="林", base_name="", by=ana)
    assign_rows(transcript=transcript, versions={second.pk: fresh(second).version}, name="Wei", by=lin)
    verify_rows(transcript=transcript, versions=versions(transcript), on=True, by=ana)
    edit_utterance(utterance=fresh(second), save=Save(text="大家好吗？", base_version=fresh(second).version), by=lin)
    flag_rows(transcript=transcript, versions={second.pk: fresh(second).version}, on=True, by=lin)
    restore_row(row=second, version=1, base_version=fresh(second).version, by=ana)
    revert_person(transcript=transcript, person=ana, version=8, by=lin)
    said = add_comment(row=fresh(first), body="@lin 对吗？", by=CommentAuthor(user=ana), start=0, end=2, quote="欢迎")
    add_tags(recording=recording, names=["2024", "Interviews", "会议"], by=lin)
    reply_to_comment(comment=said, body="Yes", by=CommentAuthor(name="Guest", guest="secret"))
    return Transcript.objects.get(pk=transcript.pk)


def fresh(row: Utterance) -> Utterance:
    return Utterance.objects.select_related("speaker", "transcript").get(pk=row.pk)


def versions(transcript: Transcript) -> dict[int, int]:
    return dict(transcript.utterances.visible().values_list("pk", "version"))


def bundled(transcript: Transcript) -> bytes:
    return b"".join(build_bundle(transcript).stream())


def brought(content: bytes, by: User, folder: Path) -> Transcript:
    file = folder / "uploads" / "a.zip"
    file.write_bytes(content)
    recording = create_recording(
        file=file,
        file_name="a.zip",
        project=get_personal_project(by),
        options=get_default_options(get_personal_project(by)),
        by=by,
    )
    return recording.transcripts.get()


_MADE: list[bytes] = []


@pytest.fixture
def content(request: pytest.FixtureRequest, lin: User, data_dir: Path) -> bytes:
    """The bundle of such a transcript, where only lin is; made once."""
    (data_dir / "media/recordings").mkdir()
    if not _MADE:
        transcript = request.getfixturevalue("transcript")
        _MADE.append(bundled(transcript))
        elsewhere(transcript)
    return _MADE[0]


def elsewhere(transcript: Transcript) -> None:
    """As if the installation were another one, which knows none of these people but lin."""
    remove_recording(transcript.recording)
    User.objects.exclude(username="lin").delete()


def names_in(content: bytes) -> list[str]:
    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def remade(content: bytes, change: Callable[[dict[str, bytes]], None], packing: int = ZIP_STORED) -> bytes:
    """The bundle with other content, as somebody else could have made it."""
    with ZipFile(BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    made = BytesIO()
    with ZipFile(made, "w", packing) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


def shown(transcript: Transcript) -> list[Any]:
    steps, more = list_history(transcript)
    assert more is None
    return [
        (step.change.version, step.change.kind, step.change.at, [(row.version, row.segments) for row in step.revisions])
        for step in steps
    ]


def test_what_went_out_comes_in_the_same_byte_for_byte(transcript: Transcript, lin: User, data_dir: Path) -> None:
    content = bundled(transcript)
    assert names_in(content) == ALL + SOUND
    assert bundled(transcript) == content
    before = shown(transcript)
    first_pks = set(transcript.utterances.values_list("pk", flat=True))
    elsewhere(transcript)
    made = brought(content, lin, data_dir)
    assert bundled(made) == content
    assert shown(made) == before
    assert made.pk != transcript.pk
    assert first_pks.isdisjoint(made.utterances.values_list("pk", flat=True))
    assert made.recording.state == PreparationState.DONE
    assert made.recording.uploaded_by == lin
    assert made.transcription.state == TranscriptionState.DONE
    assert path_of(made.recording.original).read_bytes() == (AUDIO / "zh_welcome.wav").read_bytes()


def test_how_sure_speakers_are_comes_along(lin: User, data_dir: Path) -> None:
    talk = voices.recognise(lin, "你好吗", "我很好")
    done = voices.tell_apart(talk, voices.say("112", "BBB"), lin)
    take_proposals(diarization=done, base_version=99, by=lin)
    undo_change(transcript=talk, by=lin)
    content = bundled(talk)
    before = voices.list_rows(talk)
    assert [row[2] for row in before] == [60, 30]
    elsewhere(talk)
    made = brought(content, lin, data_dir)
    assert (bundled(made), voices.list_rows(made)) == (content, before)
    undo_change(transcript=made, by=lin)
    assert [row[1:] for row in voices.list_rows(made)] == [("", None)] * 2


def test_bundle_of_the_version_before_has_rows_that_nobody_guessed(lin: User, data_dir: Path) -> None:
    talk = voices.recognise(lin, "你好吗")

    def forget(files: dict[str, bytes]) -> None:
        head(version=4)(files)
        files["rows.jsonl"] = files["rows.jsonl"].replace(b'"speaker_confidence":null,', b"")

    content = bundled(talk)
    elsewhere(talk)
    made = brought(remade(content, forget), lin, data_dir)
    assert bundled(made) == content


def test_it_comes_in_beside_itself_too(transcript: Transcript, lin: User, data_dir: Path) -> None:
    content = bundled(transcript)
    assert bundled(brought(content, lin, data_dir)) == content
    assert bundled(transcript) == content


def test_words_and_what_is_searched_are_made_anew(transcript: Transcript, lin: User, data_dir: Path) -> None:
    derived = list(transcript.utterances.order_by("pk").values_list("words", "search_text", "open_comments"))
    made = brought(bundled(transcript), lin, data_dir)
    assert list(made.utterances.order_by("pk").values_list("words", "search_text", "open_comments")) == derived
    assert json.loads(get_word_times(made))["version"] == made.version


def test_others_are_there_by_name_and_nobody_can_be_them(transcript: Transcript, lin: User, data_dir: Path) -> None:
    content = bundled(transcript)
    assert User.objects.filter(username="ana").exists()
    made = brought(content, lin, data_dir)
    imported_person = ImportedPerson.objects.get()
    assert (imported_person.name, imported_person.user.username) == ("ana", "ana (imported)")
    assert not imported_person.user.is_active
    assert not imported_person.user.has_usable_password()
    assert set(made.changes.exclude(by=None).values_list("by__username", flat=True)) == {"lin", "ana (imported)"}
    brought(content, lin, data_dir)
    assert ImportedPerson.objects.count() == 1
    assert [(one.author_name, one.body) for one in Comment.objects.filter(transcript=made)] == [
        ("ana (imported)", "@lin 对吗？"),
        ("Guest", "Yes"),
    ]


def test_stand_ins_do_not_take_the_first_link_away(db: None, ana: User) -> None:
    User.objects.all().delete()
    admin = User.objects.create_superuser("admin", password=None)
    get_or_create_account("ana", by=admin)
    assert make_first_sign_in_token() is not None


def test_one_goes_on_with_ones_own_history(transcript: Transcript, lin: User, data_dir: Path) -> None:
    made = brought(bundled(transcript), lin, data_dir)
    same = [(row.text, row.version) for row in made.utterances.all()]
    for one in (transcript, made):
        undo_change(transcript=one, by=lin)
    assert (
        [(row.text, row.version) for row in made.utterances.all()]
        == [(row.text, row.version) for row in transcript.utterances.all()]
        != same
    )
    restore_transcript(transcript=made, version=1, by=lin)
    assert [row.text for row in made.utterances.visible()] == ["欢迎 Lin 来。", "大家好。"]
    undo_change(transcript=made, by=lin)
    imported_person = User.objects.get(username="ana (imported)")
    revert_person(transcript=made, person=imported_person, version=1, by=lin)


def test_sound_that_is_not_there_is_left_out(transcript: Transcript, lin: User, data_dir: Path) -> None:
    path_of(transcript.recording.playback).unlink()
    content = bundled(transcript)
    assert names_in(content) == [*ALL, "audio/original", "audio/peaks.dat"]
    made = brought(content, lin, data_dir)
    assert made.recording.state == PreparationState.QUEUED
    assert not path_of(made.recording.peaks).exists()


def test_playback_copy_of_somebody_else_is_made_again(transcript: Transcript, lin: User, data_dir: Path) -> None:
    def swap(files: dict[str, bytes]) -> None:
        files["audio/playback.m4a"] = b"<script>alert(1)</script>"

    made = brought(remade(bundled(transcript), swap), lin, data_dir)
    assert made.recording.state == PreparationState.QUEUED
    assert not path_of(made.recording.playback).exists()


def test_packed_anew_by_another_program_it_can_be_read(transcript: Transcript, lin: User, data_dir: Path) -> None:
    def turn(files: dict[str, bytes]) -> None:
        for name in [*reversed(files)]:
            files[name] = files.pop(name)

    content = bundled(transcript)
    assert bundled(brought(remade(content, turn, ZIP_DEFLATED), lin, data_dir)) == content


def test_what_changes_meanwhile_is_read_again(
    transcript: Transcript, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, calls = _read_transcript, []

    def disturbed(one: Transcript) -> Any:
        made = read(one)
        calls.append(one.version)
        if len(calls) < 3:
            Transcript.objects.filter(pk=one.pk).update(version=one.version + 1)
        return made

    monkeypatch.setattr(export_bundle, "_read_transcript", disturbed)
    first = transcript.version
    build_bundle(transcript)
    assert calls == [first, first + 1, first + 2]


def test_queries_do_not_grow_with_rows(transcript: Transcript) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queried:
            bundled(transcript)
        return len(queried)

    before = count()
    row = transcript.utterances.first()
    assert row is not None
    for _number in range(5):
        Utterance.objects.create(transcript=transcript, speaker=row.speaker, start_ms=1, end_ms=2, text="a")
    assert count() == before


def test_every_field_of_a_row_that_changes_has_its_form() -> None:
    assert {*ROW_STATE, "speaker_id", "verified_by_id"} == set(STATE)


def test_recording_by_address_needs_no_file(transcript: Transcript, lin: User, data_dir: Path) -> None:
    recording = transcript.recording
    path_of(recording.original).unlink()
    Recording.objects.filter(pk=recording.pk).update(source_url="https://example.org/a.mp3", file_name="a.mp3")
    content = bundled(Transcript.objects.get(pk=transcript.pk))
    made = brought(content, lin, data_dir)
    assert bundled(made) == content
    path_of(recording.playback).unlink()
    made = brought(bundled(transcript), lin, data_dir)
    assert (made.recording.state, made.recording.source_url) == (PreparationState.QUEUED, "https://example.org/a.mp3")


def line(number: int, **values: Any) -> Callable[[list[Any]], None]:
    return lambda lines: lines[number].update(values)


def state(number: int, side: str, **values: Any) -> Callable[[list[Any]], None]:
    return lambda lines: lines[number]["rows"][0][side].update(values)


HOSTILE: dict[str, tuple[str, Callable[[list[Any]], None]]] = {
    "no object": ("rows", lambda lines: lines.append([])),
    "unknown field": ("rows", line(0, admin=True)),
    "missing field": ("rows", lambda lines: lines[0].pop("text")),
    "speaker elsewhere": ("rows", line(0, speaker=99)),
    "speaker below one": ("rows", line(0, speaker=0)),
    "end before start": ("rows", line(0, end_ms=0)),
    "time too late": ("rows", line(0, end_ms=2**31)),
    "NUL": ("rows", line(0, text="\x00")),
    "words": ("rows", line(0, engine_words=[["a", 1]])),
    "words of text": ("rows", line(0, engine_words=[["a", "1", "2"]])),
    "date": ("rows", line(0, verified_at="yesterday")),
    "date without zone": ("rows", line(0, verified_at="2026-01-01T00:00:00")),
    "version": ("rows", line(0, version=2**31)),
    "boolean as number": ("rows", line(0, start_ms=True)),
    "additions": ("rows", line(0, additions={"a": {}})),
    "nobody": ("rows", line(0, verified_by="  ")),
    "text longer than can be typed": ("rows", line(0, text="a" * (MAX_TEXT + 1))),
    "ignored warning": ("rows", line(0, dismissed=["a" * (MAX_WARNING_KEY + 1)])),
    "kind": ("changes", line(0, kind="hacked")),
    "version back": ("changes", line(1, version=1)),
    "version ahead": ("changes", line(-1, version=10_000)),
    "undoes itself": ("changes", line(1, undoes=2)),
    "undoes twice": ("changes", lambda lines: [one.update(undoes=1) for one in lines[1:]]),
    "text longer than could be typed": ("changes", state(1, "after", text="a" * (MAX_TEXT + 1))),
    "row elsewhere": ("changes", lambda lines: lines[1]["rows"][0].update(row=99)),
    "row version": ("changes", lambda lines: lines[1]["rows"][0].update(version=99)),
    "person elsewhere": ("changes", state(1, "after", verified_by=7)),
    "id of a person": ("changes", state(1, "after", verified_by_id=1)),
    "half a change": ("changes", state(1, "after", flagged=True)),
    "end before start once": (
        "changes",
        lambda lines: [state(1, side, end_ms=number)(lines) for number, side in ((1, "before"), (9999, "after"))],
    ),
    "opening of many": ("changes", line(0, details={"edit_session": "x"})),
    "along": ("changes", line(1, details={"along": 7})),
    "name of no speaker": ("changes", line(1, details={"speaker": 1})),
    "comment of nothing": ("comments", line(0, row=None)),
    "comment of comment of comment": ("comments", lambda lines: lines.append({**lines[1], "thread": 2})),
    "comment longer than can be written": ("comments", line(0, body="a" * (MAX_COMMENT + 1))),
    "comment's stretch": ("comments", line(0, start=9)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_does_not_fit_is_refused(content: bytes, tmp_path: Path, name: str) -> None:
    """In the child's code alone: what the parent does then is the same for all."""
    file = tmp_path / "a.zip"
    file.write_bytes(remade(content, spoiled(*HOSTILE[name])))
    with pytest.raises(Refused) as refusal:
        serve({"bundle": str(file), "folder": str(tmp_path), "sound": {}, "kinds": ChangeKind.values}, None)
    assert refusal.value.reason[0] == "bundle_broken"


def spoiled(which: str, change: Callable[[list[Any]], None]) -> Callable[[dict[str, bytes]], None]:
    def spoil(files: dict[str, bytes]) -> None:
        lines = [json.loads(one) for one in files[f"{which}.jsonl"].splitlines()]
        change(lines)
        files[f"{which}.jsonl"] = b"\n".join(json.dumps(one).encode() for one in lines)

    return spoil


def test_rows_of_a_flood_take_no_more_than_is_allowed(
    content: bytes, lin: User, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row as long as can be typed, and quite other than its words: as slow to align as rows get."""

    def flood(files: dict[str, bytes]) -> None:
        row = json.loads(files["rows.jsonl"].splitlines()[0]) | {"text": "a b c " * 1600}
        files["rows.jsonl"] += (json.dumps(row).encode() + b"\n") * 3000

    monkeypatch.setattr(bundle_sandbox, "LIMITS", replace(bundle_sandbox.LIMITS, cpu_s=1))
    refused(remade(content, flood, ZIP_DEFLATED), "bundle_limits", lin, data_dir)


def test_bundle_that_is_sent_in_chunks_stays_while_the_server_is_busy(
    content: bytes, lin: User, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin_upload(file_name="a.zip", size_bytes=len(content), modified_ms=1, by=lin)
    append_chunk(upload=upload, offset=0, chunk=BytesIO(content))
    project = get_personal_project(lin)
    given = {"upload": upload, "project": project, "options": get_default_options(project), "by": lin}
    with monkeypatch.context() as busy:
        busy.setattr(sandbox, "CHILDREN", Places(1, waiting=1, longest_wait_s=0))
        with sandbox.CHILDREN.hold(), pytest.raises(Busy):
            create_from_upload(**given)
    assert bundled(create_from_upload(**given).transcripts.get()) == content
    assert not Upload.objects.exists()


def test_what_the_service_wrote_may_be_longer_than_can_be_typed(lin: User, data_dir: Path) -> None:
    wrote = "Said in one breath. " * (MAX_TEXT // 10)
    utterance = {"text": wrote, "start_time": 0, "end_time": 5547, "words": []}
    transcript = quick.recognised(quick.create_recording(lin), {"result": {"text": wrote, "utterances": [utterance]}})
    row = transcript.utterances.get()
    split_row(row=row, offset=MAX_TEXT + 5000, base_version=1, by=lin)
    content = bundled(transcript)
    elsewhere(transcript)
    assert bundled(brought(content, lin, data_dir)) == content


def test_two_rows_are_not_merged_to_one_that_could_not_be_typed(transcript: Transcript, lin: User) -> None:
    upper, lower = transcript.utterances.visible()[:2]
    for row in (upper, lower):
        edit_utterance(utterance=row, save=Save(text="a" * MAX_TEXT, base_version=row.version), by=lin)
    upper, lower = transcript.utterances.visible()[:2]
    with pytest.raises(NotPossible, match="long"):
        merge_row(row=upper, base_version=upper.version, below=lower.pk, below_version=lower.version, by=lin)


def refused(content: bytes, reason: str, by: User, folder: Path) -> None:
    before = (Recording.objects.count(), Transcription.objects.count(), User.objects.count())
    with pytest.raises(NotRecording) as error:
        brought(content, by, folder)
    assert error.value.reason == reason
    assert (Recording.objects.count(), Transcription.objects.count(), User.objects.count()) == before
    known = {str(pk) for pk in Recording.objects.values_list("pk", flat=True)}
    assert {path.name for path in (folder / "media/recordings").iterdir()} == known


def head(**values: Any) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        found = json.loads(files["bundle.json"])
        for name, value in values.items():
            part, _, key = name.partition("__")
            if key:
                found[part][key] = value
            else:
                found[part] = value
        files["bundle.json"] = json.dumps(found).encode()

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (head(format="other"), "bundle_broken"),
        (head(version=6), "bundle_newer"),
        (head(version="1"), "bundle_broken"),
        (head(project=7), "bundle_broken"),
        (head(recording__source_url="javascript:alert(1)"), "bundle_broken"),
        (head(recording__title="  "), "bundle_broken"),
        (head(recording__id="1"), "bundle_broken"),
        (head(recording__tags=["a", 1]), "bundle_broken"),
        (head(recording__tags=["a" * 61]), "bundle_broken"),
        (head(recording__tags=["a"] * 51), "bundle_broken"),
        (head(speakers=[{"label": "1", "name": "", "colour": 1}] * 2), "bundle_broken"),
        (head(transcription__options=[]), "bundle_broken"),
        (head(transcription__tries=[{"error": {}}]), "bundle_broken"),
        (lambda files: files.update({"bundle.json": b"[]"}), "bundle_broken"),
        (lambda files: files.update({"bundle.json": b"{" * 9000}), "bundle_broken"),
        (lambda files: files.update({"bundle.json": b'{"a": NaN}'}), "bundle_broken"),
        (lambda files: files.update({"answer.json": b"[]"}), "bundle_broken"),
        (lambda files: files.update({"answer.json": b'{"a": 1e999}'}), "bundle_broken"),
        (lambda files: files.update({"rows.jsonl": b"\xff"}), "bundle_broken"),
        (lambda files: files.update({"../../evil": b""}), "bundle_broken"),
        (lambda files: files.update({"audio/../../evil": b""}), "bundle_broken"),
        (lambda files: files.update({"C:\\evil": b""}), "bundle_broken"),
        (lambda files: files.pop("rows.jsonl"), "bundle_broken"),
        (lambda files: files.pop("audio/original"), "bundle_broken"),
        (lambda files: files.update({"audio/original": b"no sound"}), "unreadable"),
        (lambda files: files.update({"audio/original": b""}), "empty"),
        (lambda files: files.update({"bundle.json": b" " * (5 << 20)}), "bundle_large"),
    ],
)
def test_what_is_no_bundle_of_ours_is_refused(
    content: bytes, lin: User, data_dir: Path, change: Callable[[dict[str, bytes]], None], reason: str
) -> None:
    refused(remade(content, change), reason, lin, data_dir)


def test_bombs_are_not_unpacked(content: bytes, lin: User, data_dir: Path) -> None:
    def bomb(files: dict[str, bytes]) -> None:
        files["audio/original"] = bytes(50 << 20)

    refused(remade(content, bomb, ZIP_DEFLATED), "bundle_large", lin, data_dir)


def test_broken_zips_are_refused_or_taken_whole(content: bytes, lin: User, data_dir: Path) -> None:
    at = content.index(b"audio/original") + 500
    refused(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :], "bundle_broken", lin, data_dir)
    refused(content[: len(content) // 2], "unreadable", lin, data_dir)  # no zip any more
    where = content.rindex(b"PK\x05\x06")
    refused(content[: where + 12] + b"\xff\xff\xff\x00" + content[where + 16 :], "unreadable", lin, data_dir)
    again = remade(content, lambda files: None)
    place = again.rindex(b"PK\x01\x02", 0, again.rindex(b"PK\x01\x02"))
    encrypted = again[: place + 8] + b"\x01\x00" + again[place + 10 :]
    refused(encrypted, "bundle_broken", lin, data_dir)


def test_two_files_of_one_name_are_refused(content: bytes, lin: User, data_dir: Path) -> None:
    made = BytesIO(content)
    with ZipFile(made, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("rows.jsonl", b"")
    refused(made.getvalue(), "bundle_broken", lin, data_dir)


def test_kinds_that_were_made_are_all_there_is_to_test(transcript: Transcript) -> None:
    made = set(transcript.changes.values_list("kind", flat=True))
    assert made >= {ChangeKind.RECOGNISED, ChangeKind.EDITED, ChangeKind.UNDONE, ChangeKind.REDONE, ChangeKind.SPLIT}
    assert made >= {ChangeKind.RENAMED, ChangeKind.ASSIGNED, ChangeKind.VERIFIED, ChangeKind.FLAGGED}
    assert ChangeKind.RESTORED in made
    assert timezone.now() > max(transcript.changes.values_list("at", flat=True))


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_full_disk_is_507_with_a_sentence_and_leaves_nothing(
    transcript: Transcript,
    ana: User,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    headers: dict[str, str],
) -> None:
    content = bundled(transcript)
    client.force_login(ana)
    full = dict.fromkeys(export_bundle.get_audio_keys(transcript.recording), Path("/dev/full"))
    monkeypatch.setattr(import_bundle, "place_sound", lambda _folder: full)
    before = set(Path(settings.MEDIA_ROOT).rglob("*"))
    answer = client.post(reverse("recording_create"), {"file": SimpleUploadedFile("a.zip", content)}, headers=headers)
    assert (answer.status_code, "The server has no space left." in answer.text) == (507, True)
    assert (Recording.objects.count(), Transcript.objects.count()) == (1, 1)
    assert set(Path(settings.MEDIA_ROOT).rglob("*")) == before


@pytest.mark.parametrize("whose", ["person", "project"])
def test_bundle_counts_against_the_quotas(
    transcript: Transcript, ana: User, client: Client, settings: Any, whose: str
) -> None:
    # The zip is smaller than the sound in it, which is what is stored.
    out = BytesIO()
    with ZipFile(BytesIO(bundled(transcript))) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in SOUND[1:]:
                new.writestr(name, old.read(name))
    content, size = out.getvalue(), path_of(transcript.recording.original).stat().st_size
    assert len(content) < size
    client.force_login(ana)
    for quota, stored in ((size - 1, 1), (size, 2), (2 * size - 1, 2)):
        settings.QUOTAS = {**dict.fromkeys(QUOTAS, 0), f"{whose}_bytes": quota}
        answer = client.post(reverse("recording_create"), {"file": SimpleUploadedFile("a.zip", content)}, headers=HTMX)
        assert Recording.objects.count() == stored
        refused = escape(str(QUOTAS[f"{whose}_bytes"])) in answer.text
        assert refused == (quota != size), answer.text
