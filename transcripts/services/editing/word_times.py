"""When the words of a row are said, and how far it reaches into the pauses beside it for words that the engine missed.

docs/text-and-time.md describes both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from transcripts.models import Change, Utterance
from transcripts.text.alignment import align, align_row
from transcripts.text.tokens import Word


def align_words(row: Utterance) -> list[list[Any]]:
    """The words of the row's text with their times, in the form that is stored."""
    return _list_words(align(_get_engine_words(row), row.text, bounds=(row.start_ms, row.end_ms)))


def _get_engine_words(row: Utterance) -> list[Word]:
    return [Word(word, start, end) for word, start, end in row.engine_words]


def _list_words(words: Iterable[Word]) -> list[list[Any]]:
    return [[word.text, word.start_ms, word.end_ms, word.source] for word in words]


def is_text_alone(changed: Mapping[str, Any]) -> bool:
    """Whether a row gets another text for the same words of the engine, so that only `reach_out` moves its bounds."""
    return "text" in changed and not {"engine_words", "removed"} & changed.keys()


def keep_apart(row: Utterance, state: dict[str, Any], since: Change) -> dict[str, Any]:
    """The state, without reaching into other rows if anybody else has changed the transcript since that change."""
    start_ms, end_ms = state.get("start_ms", row.start_ms), state.get("end_ms", row.end_ms)
    if not is_text_alone(state) or (start_ms >= row.start_ms and end_ms <= row.end_ms):
        return state
    if not since.transcript.changes.filter(version__gt=since.version).exclude(by=since.by_id).exists():
        return state
    row.read_room()
    low, high = row.room or (start_ms, end_ms)
    return {**state, "start_ms": max(start_ms, low), "end_ms": min(end_ms, high)}


def reach_out(
    row: Utterance, changed: Mapping[str, Any], *, shares_room: bool
) -> tuple[dict[str, int], list[list[Any]]] | None:
    """The row's new start and end, where they change, and its words; None if it was not read `with_room`.

    A new text moves them for words that the engine missed at the row's edges, and back when these are gone.
    """
    room = row.room
    if room is None or not is_text_alone(changed) or {"start_ms", "end_ms"} & changed.keys():
        return None
    if shares_room:
        room = room[0] + (row.start_ms - room[0] + 1) // 2, row.end_ms + (room[1] - row.end_ms) // 2
    found = align_row(_get_engine_words(row), changed["text"], bounds=_find_own_bounds(row), room=room)
    start_ms, end_ms = found.bounds
    moved = {"start_ms": start_ms} if start_ms != row.start_ms else {}
    moved |= {"end_ms": end_ms} if end_ms != row.end_ms else {}
    return moved, _list_words(found.words)


def _find_own_bounds(row: Utterance) -> tuple[int, int]:
    """The row's start and end without what it reaches out for words that the engine missed.

    Its history tells, which is read only if there are such words.
    """
    timed = [(start, end) for _text, start, end in row.engine_words if start >= 0]
    if not timed or not row.words or (row.words[0][1] >= timed[0][0] and row.words[-1][2] <= timed[-1][1]):
        return row.start_ms, row.end_ms
    revisions = list(row.revisions.order_by("-version").values_list("before", "after"))
    return (
        _find_own_edge(revisions, "start_ms", row.start_ms, max),
        _find_own_edge(revisions, "end_ms", row.end_ms, min),
    )


def _find_own_edge(
    revisions: Iterable[tuple[Any, Any]], field: str, edge: int, nearer: Callable[[int, int], int]
) -> int:
    """Goes back to where a person moved the edge, or the row was split or merged there; `revisions` newest first."""
    shift_ms = 0
    for before, after in revisions:
        if field not in after or field not in before:
            continue
        if "text" in after and "engine_words" not in after:
            edge = nearer(edge, before[field] + shift_ms)
        elif "text" not in after and "engine_words" in after:
            shift_ms += after[field] - before[field]
        else:
            break
    return edge
