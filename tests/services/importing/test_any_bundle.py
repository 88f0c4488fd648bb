"""Bundles of whatever was done to a transcript, and of what somebody may have made of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import quick
from tests.conftest import ANSWER
from tests.voices import guess, tell_apart
from transcripts.access import CommentAuthor
from transcripts.errors import EditConflict, Gone, NothingToUndo, NotPossible, NotRecording
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Transcript, Utterance
from transcripts.queries.history import list_history
from transcripts.queries.transcripts import build_document, get_word_times
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.comments.comments import add_comment
from transcripts.services.editing.diarization import take_proposals
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.restore import restore_row, restore_transcript, revert_person
from transcripts.services.editing.reviewing import flag_rows, verify_rows
from transcripts.services.editing.rows import delete_row, insert_row_after, merge_row, move_row, split_row
from transcripts.services.editing.speakers import assign_rows, rename_speaker
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.exporting.export_bundle import build_bundle
from transcripts.services.recordings.create import create_recording

pytestmark = pytest.mark.long

few = settings(
    deadline=None,
    database=None,
    derandomize=True,
    max_examples=8,
    phases=[Phase.generate],  # each example costs a second
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
many = settings(few, max_examples=30)
REFUSED = (EditConflict, Gone, NotPossible, NothingToUndo)
Step = Callable[[Transcript, Utterance, User, random.Random], object]

STEPS: dict[str, Step] = {
    "edit": lambda _of, row, by, chance: edit_utterance(
        utterance=row, save=Save(chance.choice(["大家早。", "Hello, 林", "好"]), row.version), by=by
    ),
    "split": lambda _of, row, by, chance: split_row(
        row=row, offset=chance.randrange(1, len(row.text) + 2), base_version=row.version, by=by
    ),
    "merge": lambda of, row, by, _chance: merge_row(
        row=row,
        base_version=row.version,
        below=(below := of.utterances.visible().exclude(pk=row.pk).last() or row).pk,
        below_version=below.version,
        by=by,
    ),
    "delete": lambda _of, row, by, _chance: delete_row(row=row, base_version=row.version, by=by),
    "insert": lambda _of, row, by, _chance: insert_row_after(row=row, base_version=row.version, by=by),
    "move": lambda _of, row, by, chance: move_row(
        row=row, start_ms=row.start_ms, end_ms=row.end_ms + chance.randrange(1, 500), base_version=row.version, by=by
    ),
    "verify": lambda of, row, by, chance: verify_rows(
        transcript=of, versions={row.pk: row.version}, on=chance.random() < 0.7, by=by
    ),
    "flag": lambda of, row, by, _chance: flag_rows(
        transcript=of, versions={row.pk: row.version}, on=not row.flagged, by=by
    ),
    "assign": lambda of, row, by, chance: assign_rows(
        transcript=of, versions={row.pk: row.version}, name=chance.choice(["林", "Ana", ""]), by=by
    ),
    "rename": lambda of, _row, by, chance: rename_speaker(
        speaker=(one := of.speakers.order_by("?")[0]), name=chance.choice("甲乙丙"), base_name=one.name, by=by
    ),
    "comment": lambda _of, row, by, _chance: add_comment(row=row, body="?", by=CommentAuthor(user=by)),
    "undo": lambda of, _row, by, _chance: undo_change(transcript=of, by=by),
    "redo": lambda of, _row, by, _chance: redo_change(transcript=of, by=by),
    "restore": lambda of, row, by, _chance: restore_row(
        row=row, version=1, base_version=row.version, by=by
    ),
    "go back": lambda of, _row, by, chance: restore_transcript(
        transcript=of, version=chance.randrange(1, of.version + 1), by=by
    ),
    "tell apart": lambda of, _row, by, chance: take_proposals(
        diarization=tell_apart(of, guess(of, chance), by), base_version=10**6, by=by
    ),
    "take back": lambda of, _row, by, _chance: revert_person(transcript=of, person=by, version=1, by=by),
}  # fmt: skip


def worked_on(by: list[User], steps: list[tuple[str, int]], seed: int) -> Transcript:
    transcript = quick.recognised(quick.create_recording(by[0]), ANSWER)
    chance = random.Random(seed)
    for name, who in steps:
        transcript.refresh_from_db()
        standing = transcript.utterances.visible().select_related("speaker", "transcript")
        if row := standing.order_by("?").first():
            with suppress(*REFUSED):
                STEPS[name](transcript, row, by[who], chance)
    return transcript


def bundled(transcript: Transcript) -> bytes:
    return b"".join(build_bundle(transcript).stream())


def brought(content: bytes, by: User, folder: Path) -> Transcript:
    file = folder / "uploads" / "a.zip"
    file.write_bytes(content)
    project = get_personal_project(by)
    recording = create_recording(file=file, file_name="a.zip", project=project, options=RecognitionOptions(), by=by)
    return recording.transcripts.get()


def used(transcript: Transcript, by: User) -> None:
    """What a page and a person do with it first."""
    get_word_times(transcript)
    list_history(transcript)
    build_document(transcript)
    for step in ("undo", "undo", "redo", "restore", "go back", "take back"):
        transcript.refresh_from_db()
        row = transcript.utterances.select_related("transcript").first()
        if row is not None:
            with suppress(*REFUSED):
                STEPS[step](transcript, row, by, random.Random(1))


@few
@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 1)), min_size=2, max_size=12), st.integers())
def test_whatever_was_done_comes_in_the_same(
    lin: User, ana: User, data_dir: Path, steps: list[tuple[str, int]], seed: int
) -> None:
    transcript = worked_on([lin, ana], steps, seed)
    content = bundled(transcript)
    made = brought(content, lin, data_dir)
    assert bundled(made) == content
    used(made, lin)
    assert list_history(made)[0]


def spoiled(value: Any, chance: random.Random) -> Any:
    """The value with one thing in it replaced."""
    if isinstance(value, dict | list) and value and chance.random() < 0.9:
        changed = dict(value) if isinstance(value, dict) else list(value)
        key = chance.choice(list(changed) if isinstance(changed, dict) else range(len(changed)))
        if chance.random() < 0.05:
            del changed[key]
        else:
            changed[key] = spoiled(changed[key], chance)
        return changed
    if isinstance(value, int) and chance.random() < 0.5:
        return value + chance.choice([-1, 1, 10])
    return chance.choice([None, True, 0, 1, 2, -1, 7, 2**31, 1e9, "", "x", "lin", [], {}, [1], {"a": 1}])


@pytest.fixture(scope="module")
def kept() -> list[bytes]:
    return []


@many
@given(seed=st.integers(0, 2**32))
def test_whatever_is_made_of_it_is_refused_or_can_be_used(
    lin: User, ana: User, data_dir: Path, kept: list[bytes], seed: int
) -> None:
    if not kept:
        steps = [(name, number % 2) for number, name in enumerate(sorted(STEPS))]
        kept.append(bundled(worked_on([lin, ana], [*steps, *steps], 5)))
    chance = random.Random(seed)
    with ZipFile(BytesIO(kept[0])) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(["bundle.json", "rows.jsonl", "changes.jsonl", "changes.jsonl", "comments.jsonl"])
    if name.endswith(".jsonl"):
        values = spoiled([json.loads(line) for line in files[name].splitlines()], chance)
        lines = values if isinstance(values, list) else [values]
        files[name] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    else:
        files[name] = json.dumps(spoiled(json.loads(files[name]), chance)).encode()
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        for one, text in files.items():
            archive.writestr(one, text)
    with suppress(NotRecording):
        transcript = brought(made.getvalue(), lin, data_dir)
        used(transcript, lin)
        assert bundled(transcript)
