"""Fixing and ignoring warnings of the checks: one warning, or all of one rule, as one change.

What was misheard is fixed one by one: nothing is replaced that nobody looked at.

No version is needed: a warning's key identifies its place in the text, and a warning that is gone is left alone. Both
functions return the rows concerned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transcripts.enums import ChangeKind
from transcripts.errors import NotPossible
from transcripts.models import Transcript, Utterance
from transcripts.queries.glossary import load_glossary
from transcripts.services.editing.changes import (
    BATCH,
    Edit,
    StoredRows,
    get_changed_rows,
)
from transcripts.services.editing.preparation import Preparation
from transcripts.text.checks import CheckedRow, CheckWarning, check_rows, check_text
from transcripts.text.glossary import EMPTY, RULE, Glossary
from transcripts.text.signs import Spacing

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class FoundWarning:
    """A warning about a row; `dismissed` if somebody ignored it."""

    row: int
    start_ms: int
    text: str
    warning: CheckWarning
    dismissed: bool


@dataclass(frozen=True, slots=True)
class ChosenWarnings:
    """All warnings of the rule `message`; or, with `row` and `key`, a single one."""

    message: str
    row: int | None = None
    key: str = ""

    def has(self, row: int, warning: CheckWarning) -> bool:
        return warning.message == self.message and (self.row is None or (row, warning.key) == (self.row, self.key))


def find_warnings(transcript: Transcript, spacing: Spacing = Spacing.LATIN) -> list[FoundWarning]:
    """The warnings of the whole transcript in order of time."""
    rows = list(
        transcript.utterances.visible().values_list(
            "pk", "text", "start_ms", "end_ms", "speaker_id", "channel", "dismissed"
        )
    )
    checked = [
        CheckedRow(text, start, end, f"{speaker}/{channel}") for _pk, text, start, end, speaker, channel, _gone in rows
    ]
    return [
        FoundWarning(pk, start, text, warning, warning.key in dismissed)
        for (pk, text, start, _end, _speaker, _channel, dismissed), warnings in zip(
            rows, check_rows(checked, spacing, load_glossary(transcript.recording.project_id)), strict=True
        )
        for warning in warnings
    ]


def fix_warnings(
    *, transcript: Transcript, chosen: ChosenWarnings, spacing: Spacing, by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Stores the fixed text of the rows, which unverifies them as any edit does."""

    glossary = load_glossary(transcript.recording.project_id) if chosen.message == RULE else EMPTY
    if chosen.message == RULE and chosen.row is None:
        raise NotPossible("fix_one_by_one")

    def after(row: Utterance, _keys: set[str]) -> dict[str, Any]:
        text = _fix_text(row, chosen, spacing, glossary)
        return {} if text == row.text else {"text": text}

    return _change_rows(ChangeKind.EDITED, transcript, chosen, spacing, by, request_key, after)


def dismiss_warnings(
    *,
    transcript: Transcript,
    chosen: ChosenWarnings,
    spacing: Spacing,
    by: User,
    request_key: str = "",
    again: bool = False,
) -> Sequence[Utterance]:
    """Ignores warnings; with `again`, shows them again."""

    def after(row: Utterance, keys: set[str]) -> dict[str, Any]:
        before = set(row.dismissed)
        return {"dismissed": sorted(before - keys if again else before | keys)}

    return _change_rows(ChangeKind.DISMISSED, transcript, chosen, spacing, by, request_key, after)


def _fix_text(row: Utterance, chosen: ChosenWarnings, spacing: Spacing, glossary: Glossary) -> str:
    """Fixes one place after the other, as one may reveal the next; the tests of the checks prove that this ends."""
    text = row.text
    while True:
        warnings = (
            warning
            for warning in check_text(text, spacing, glossary)
            if warning.fix and warning.key not in row.dismissed
        )
        fix = next((warning.fix for warning in warnings if chosen.has(row.pk, warning)), None)
        if fix is None:
            return text
        text = fix
        if chosen.row is not None:
            return text


def _change_rows(
    kind: ChangeKind,
    transcript: Transcript,
    chosen: ChosenWarnings,
    spacing: Spacing,
    by: User,
    request_key: str,
    after: Callable[[Utterance, set[str]], dict[str, Any]],
) -> Sequence[Utterance]:
    keys: dict[int, set[str]] = defaultdict(set)
    if chosen.row is not None:
        keys[chosen.row] = {chosen.key}
    else:
        for found in find_warnings(transcript, spacing):
            if chosen.has(found.row, found.warning):
                keys[found.row].add(found.warning.key)

    concerned: dict[int, Utterance] = {}

    def edits(pks: Collection[int]) -> Iterator[Edit]:
        rows = transcript.utterances.visible().select_related("speaker")
        for row in rows.filter(pk__in=[pk for pk in pks if pk in keys]):
            if len(keys) <= BATCH:
                concerned[row.pk] = row
            yield row, after(row, keys[row.pk])

    preparation = Preparation(transcript, edits)
    preparation.store_once(keys, kind=kind, by=by, request_key=request_key)
    if preparation.repeated:
        return get_changed_rows(preparation.repeated)
    return list(concerned.values()) if len(keys) <= BATCH else StoredRows(list(keys))
