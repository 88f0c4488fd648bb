"""What bulk actions are called, and how far they are."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext_lazy, pgettext_lazy

from transcripts.enums import BulkKind
from transcripts.queries.bulk import list_reasons

register = template.Library()

REASONS = {
    "gone": gettext_lazy("no longer there"),
    "not_allowed": gettext_lazy("you may not do this with it"),
    "on_hold": gettext_lazy("under a legal hold"),
    "running": gettext_lazy("being recognised already"),
    "recognised": gettext_lazy("recognised meanwhile; its new transcript stays"),
    "changed_since": gettext_lazy("changed since"),
    "nothing": gettext_lazy("nothing to undo"),
    "no_transcript": gettext_lazy("has no transcript"),
    "not_a_member": gettext_lazy("the person is not a member of its project"),
    "second_reader": gettext_lazy("you edited all of its rows last, and someone else must verify them"),
    "audio": gettext_lazy("its audio was deleted"),
    "tags_full": gettext_lazy("already has the maximum number of tags"),
    "person_minutes": gettext_lazy("your recognition quota for this month is used up"),
    "project_minutes": gettext_lazy("the project's recognition quota for this month is used up"),
}
"""Why something was not possible with a recording, after its number: "3: under a legal hold"."""

QUESTIONS: dict[str, Any] = {
    BulkKind.MOVE: ngettext_lazy("Move %(count)s recording?", "Move %(count)s recordings?", "count"),
    BulkKind.TAG: ngettext_lazy("Tag %(count)s recording?", "Tag %(count)s recordings?", "count"),
    BulkKind.UNTAG: ngettext_lazy(
        "Remove a tag from %(count)s recording?", "Remove a tag from %(count)s recordings?", "count"
    ),
    BulkKind.RECOGNISE: ngettext_lazy(
        "Recognise %(count)s recording again?", "Recognise %(count)s recordings again?", "count"
    ),
    BulkKind.VERIFY: ngettext_lazy(
        "Verify all rows of %(count)s recording?", "Verify all rows of %(count)s recordings?", "count"
    ),
    BulkKind.ASSIGN: ngettext_lazy("Assign %(count)s recording?", "Assign %(count)s recordings?", "count"),
    BulkKind.ARCHIVE: ngettext_lazy("Archive %(count)s recording?", "Archive %(count)s recordings?", "count"),
    BulkKind.UNARCHIVE: ngettext_lazy(
        "Bring %(count)s recording back from the archive?",
        "Bring %(count)s recordings back from the archive?",
        "count",
    ),
    BulkKind.BIN: ngettext_lazy("Delete %(count)s recording?", "Delete %(count)s recordings?", "count"),
    "export": ngettext_lazy(
        "Export the transcript of %(count)s recording?", "Export the transcripts of %(count)s recordings?", "count"
    ),
}
VERBS: dict[str, Any] = {
    BulkKind.MOVE: gettext_lazy("Move"),
    BulkKind.TAG: pgettext_lazy("bulk", "Tag"),
    BulkKind.UNTAG: pgettext_lazy("bulk", "Untag"),
    BulkKind.RECOGNISE: gettext_lazy("Recognise again"),
    BulkKind.VERIFY: pgettext_lazy("bulk", "Verify"),
    BulkKind.ASSIGN: gettext_lazy("Assign"),
    BulkKind.ARCHIVE: gettext_lazy("Archive"),
    BulkKind.UNARCHIVE: gettext_lazy("Bring back"),
    BulkKind.BIN: gettext_lazy("Delete"),
    "export": gettext_lazy("Export"),
}
DONE: dict[str, Any] = {
    BulkKind.MOVE: ngettext_lazy("%(count)s recording moved", "%(count)s recordings moved", "count"),
    BulkKind.TAG: ngettext_lazy("%(count)s recording tagged", "%(count)s recordings tagged", "count"),
    BulkKind.UNTAG: ngettext_lazy(
        "Tag removed from %(count)s recording", "Tag removed from %(count)s recordings", "count"
    ),
    BulkKind.RECOGNISE: ngettext_lazy(
        "%(count)s recording is being recognised again", "%(count)s recordings are being recognised again", "count"
    ),
    BulkKind.VERIFY: ngettext_lazy("%(count)s recording verified", "%(count)s recordings verified", "count"),
    BulkKind.ASSIGN: ngettext_lazy("%(count)s recording assigned", "%(count)s recordings assigned", "count"),
    BulkKind.ARCHIVE: ngettext_lazy("%(count)s recording archived", "%(count)s recordings archived", "count"),
    BulkKind.UNARCHIVE: ngettext_lazy("%(count)s recording brought back", "%(count)s recordings brought back", "count"),
    BulkKind.BIN: ngettext_lazy("%(count)s recording deleted", "%(count)s recordings deleted", "count"),
}
LINES: dict[str, Any] = {
    BulkKind.MOVE: ngettext_lazy("Moving %(count)s recording", "Moving %(count)s recordings", "count"),
    BulkKind.TAG: ngettext_lazy("Tagging %(count)s recording", "Tagging %(count)s recordings", "count"),
    BulkKind.UNTAG: ngettext_lazy(
        "Removing a tag from %(count)s recording", "Removing a tag from %(count)s recordings", "count"
    ),
    BulkKind.RECOGNISE: ngettext_lazy(
        "Recognising %(count)s recording again", "Recognising %(count)s recordings again", "count"
    ),
    BulkKind.VERIFY: ngettext_lazy(
        "Verifying all rows of %(count)s recording", "Verifying all rows of %(count)s recordings", "count"
    ),
    BulkKind.ASSIGN: ngettext_lazy("Assigning %(count)s recording", "Assigning %(count)s recordings", "count"),
    BulkKind.ARCHIVE: ngettext_lazy("Archiving %(count)s recording", "Archiving %(count)s recordings", "count"),
    BulkKind.UNARCHIVE: ngettext_lazy(
        "Bringing %(count)s recording back from the archive",
        "Bringing %(count)s recordings back from the archive",
        "count",
    ),
    BulkKind.BIN: ngettext_lazy("Deleting %(count)s recording", "Deleting %(count)s recordings", "count"),
}
"""What heads the question that comes before a bulk action, its button, and its line when it is done and before."""
MERGED = ngettext_lazy(
    "“%(tag)s” merged into “%(into)s” on %(count)s recording",
    "“%(tag)s” merged into “%(into)s” on %(count)s recordings",
    "count",
)
UNTAGGED = ngettext_lazy(
    "“%(tag)s” removed from %(count)s recording", "“%(tag)s” removed from %(count)s recordings", "count"
)
REMOVED = gettext_lazy("“%(tag)s” deleted")
RENAMED = gettext_lazy("“%(tag)s” renamed to “%(name)s”")
COLOURED = gettext_lazy("Colour of “%(tag)s” changed")
CHANGED = gettext_lazy("“%(tag)s” renamed to “%(name)s” and recoloured")
"""The line of a tag that was merged into another, deleted, renamed and given another colour."""


@register.simple_tag
def bulk_question(kind: str, count: int) -> str:
    return str(QUESTIONS[kind] % {"count": count})


@register.simple_tag
def bulk_line(action: Any) -> str:
    """What is being done, or was."""
    if action.is_of_tag:
        return _name_tag_change({"count": action.total, **action.details})
    if action.is_unfinished or action.is_undo:
        return str(LINES[action.kind] % {"count": action.total})
    return str(DONE[action.kind] % {"count": action.done})


def _name_tag_change(known: dict[str, Any]) -> str:
    if "before" not in known:
        line = MERGED if "into" in known else UNTAGGED if known["count"] else REMOVED
        return str(line % known)
    before, after = known["before"], known["after"]
    if before["name"] == after["name"]:
        return str(COLOURED % known)
    line = RENAMED if before["colour"] == after["colour"] else CHANGED
    return str(line % {"tag": before["name"], "name": after["name"]})


@register.simple_tag
def bulk_verb(kind: str) -> str:
    return str(VERBS[kind])


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
    return [(str(REASONS.get(reason, reason)), count) for reason, count in list_reasons(action)]
