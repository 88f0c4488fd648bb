"""The hits of the search of all recordings as HTML: its templates would take longer than the search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from html import escape
from itertools import groupby
from operator import attrgetter
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from transcripts.messages import format_position
from transcripts.models.transcripts import name_speaker
from transcripts.queries.found_rows import FoundRow
from transcripts.rendering.marks import mark, mark_address, render_with_marks
from transcripts.text.finding import Mode, Search
from transcripts.text.scripts import get_language_tag

ANY = UUID(int=0)


def render_found_rows(found: Sequence[FoundRow], search: Search) -> SafeString:
    """The rows below their transcripts."""
    language, zone = get_language(), timezone.get_current_timezone_name()
    if settings.DEBUG:  # So that changes of the templates show.
        _render_transcript.cache_clear()
        _render_row.cache_clear()
    question = f"?find={quote(search.query, safe='')}&amp;mode={search.mode}"
    if search.mode == Mode.SOUND:
        question += f"&amp;replace={quote(search.replace, safe='')}"
    parts = []
    for _transcript, same in groupby(found, attrgetter("transcript")):
        rows = list(same)
        first = rows[0]
        iso, made = _write_time(first.made, zone, language)
        is_other = first.current is not None and first.current != first.transcript
        parts.append(
            _render_transcript(language, is_other)
            % {
                "transcript": first.transcript,
                "question": question,
                "title": escape(first.title),
                "iso": iso,
                "made": made,
                "rows": "".join(_fill_row(row, question, language) for row in rows),
            }
        )
    return SafeString("".join(parts))


def _fill_row(row: FoundRow, question: str, language: str) -> str:
    return _render_row(language, row.state == "done", row.label is not None) % {
        "pk": row.pk,
        "transcript": row.transcript,
        "recording": row.recording,
        "question": question,
        "start_ms": row.start_ms,
        "end_ms": row.end_ms,
        "clock": format_position(row.start_ms),
        "language": get_language_tag(row.text),
        "speaker": escape(name_speaker(row.name, row.label)),
        "text": "".join(f"<mark>{escape(text)}</mark>" if is_hit else escape(text) for text, is_hit in row.fragments),
    }


@lru_cache(maxsize=64)
def _render_transcript(_language: str, is_other: bool) -> str:
    context = {name: mark(name) for name in ("question", "title", "iso", "made", "rows")}
    context["address"] = mark_address("transcript", "transcript", ANY)
    return render_with_marks("transcripts/_found_transcript.html", {**context, "is_other": is_other})


@lru_cache(maxsize=64)
def _render_row(_language: str, is_playable: bool, has_speaker: bool) -> str:
    context = {name: mark(name) for name in ("pk", "question", "start_ms", "end_ms", "clock", "language", "text")}
    context["address"] = mark_address("transcript", "transcript", ANY)
    context["audio"] = mark_address("recording_audio", "recording", ANY) if is_playable else ""
    context["speaker"] = mark("speaker") if has_speaker else ""
    return render_with_marks("transcripts/_found_row.html", context)


@lru_cache(maxsize=4096)
def _write_time(moment: datetime, _zone: str, _language: str) -> tuple[str, str]:
    """For scripts and for people. Each search finds the newest recordings again."""
    local = timezone.localtime(moment)
    return local.isoformat(), escape(date_format(local, "SHORT_DATETIME_FORMAT"))
