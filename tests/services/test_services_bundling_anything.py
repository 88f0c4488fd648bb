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
from transcripts import queries
from transcripts.errors import EditConflict, Gone, NothingToUndo, NotPossible, NotRecording
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Transcript, Utterance
from transcripts.services import (
    accounts,
    bundling,
    comments,
    editing,
    history,
    intake,
    restoring,
    reviewing,
    rows,
    speakers,
)

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
    "edit": lambda _of, row, by, chance: editing.edit_utterance(
        utterance=row, text=chance.choice(["大家早。", "Hello, 林", "好"]), base_version=row.version, by=by
    ),
    "split": lambda _of, row, by, chance: rows.split(
        row=row, offset=chance.randrange(1, len(row.text) + 2), base_version=row.version, by=by
    ),
    "merge": lambda of, row, by, _chance: rows.merge(
        row=row,
        base_version=row.version,
        below=(below := of.utterances.standing().exclude(pk=row.pk).last() or row).pk,
        below_version=below.version,
        by=by,
    ),
    "delete": lambda _of, row, by, _chance: rows.delete(row=row, base_version=row.version, by=by),
    "insert": lambda _of, row, by, _chance: rows.insert_after(row=row, base_version=row.version, by=by),
    "move": lambda _of, row, by, chance: rows.move(
        row=row, start_ms=row.start_ms, end_ms=row.end_ms + chance.randrange(1, 500), base_version=row.version, by=by
    ),
    "verify": lambda of, row, by, chance: reviewing.verify(
        transcript=of, versions={row.pk: row.version}, on=chance.random() < 0.7, by=by
    ),
    "flag": lambda of, row, by, _chance: reviewing.flag(
        transcript=of, versions={row.pk: row.version}, on=not row.flagged, by=by
    ),
    "assign": lambda of, row, by, chance: speakers.assign(
        transcript=of, versions={row.pk: row.version}, name=chance.choice(["林", "Ana", ""]), by=by
    ),
    "rename": lambda of, _row, by, chance: speakers.rename(
        speaker=(one := of.speakers.order_by("?")[0]), name=chance.choice("甲乙丙"), base_name=one.name, by=by
    ),
    "comment": lambda _of, row, by, _chance: comments.add(row=row, body="?", by=comments.Author(user=by)),
    "undo": lambda of, _row, by, _chance: history.undo(transcript=of, by=by),
    "redo": lambda of, _row, by, _chance: history.redo(transcript=of, by=by),
    "restore": lambda of, row, by, _chance: restoring.restore_row(
        row=row, version=1, base_version=row.version, by=by
    ),
    "go back": lambda of, _row, by, chance: restoring.restore_transcript(
        transcript=of, version=chance.randrange(1, of.version + 1), by=by
    ),
    "take back": lambda of, _row, by, _chance: restoring.take_back(transcript=of, person=by, version=1, by=by),
}  # fmt: skip


def worked_on(by: list[User], steps: list[tuple[str, int]], seed: int) -> Transcript:
    transcript = quick.recognised(quick.take_in(by[0]), ANSWER)
    chance = random.Random(seed)
    for name, who in steps:
        transcript.refresh_from_db()
        standing = transcript.utterances.standing().select_related("speaker", "transcript")
        if row := standing.order_by("?").first():
            with suppress(*REFUSED):
                STEPS[name](transcript, row, by[who], chance)
    return transcript


def bundled(transcript: Transcript) -> bytes:
    return b"".join(bundling.bundle(transcript).stream())


def brought(content: bytes, by: User, folder: Path) -> Transcript:
    file = folder / "uploads" / "a.zip"
    file.write_bytes(content)
    project = accounts.personal_project(by)
    recording = intake.take_in(file=file, file_name="a.zip", project=project, options=RecognitionOptions(), by=by)
    return recording.transcripts.get()


def used(transcript: Transcript, by: User) -> None:
    """What a page and a person do with it first."""
    queries.word_times(transcript)
    queries.history(transcript)
    queries.document_of(transcript)
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
    assert queries.history(made)[0]


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
