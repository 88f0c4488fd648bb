"""What bulk actions are called, and how far they are."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from transcripts.messages import BULK_DONE, BULK_LINES, BULK_QUESTIONS, BULK_REASONS, BULK_VERBS
from transcripts.queries.bulk import list_reasons

register = template.Library()


@register.simple_tag
def bulk_question(kind: str, count: int) -> str:
    return str(BULK_QUESTIONS[kind] % {"count": count})


@register.simple_tag
def bulk_line(action: Any) -> str:
    """What is being done, or was."""
    if action.is_unfinished or action.is_undo:
        return str(BULK_LINES[action.kind] % {"count": action.total})
    return str(BULK_DONE[action.kind] % {"count": action.done})


@register.simple_tag
def bulk_verb(kind: str) -> str:
    return str(BULK_VERBS[kind])


@register.simple_tag
def bulk_progress(action: Any) -> SafeString:
    """The attributes of its bar."""
    done, total = (
        (action.undone, action.undone + action.done) if action.is_undo else (action.done + action.refused, action.total)
    )
    return format_html('value="{}" max="{}"', done, max(total, 1))


@register.simple_tag
def bulk_reasons(action: Any) -> list[tuple[str, int]]:
    """Sentences with the number of recordings for which each holds."""
    if not action.refused and not action.kept:
        return []
    return [(str(BULK_REASONS.get(reason, reason)), count) for reason, count in list_reasons(action)]
