"""The texts of the scripts for speakers and review."""

from __future__ import annotations

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def review_strings() -> SafeString:
    return json_script({**_speakers(), **_review(), **_filters()}, "review-strings")


def _speakers() -> dict[str, str]:
    return {
        "who": _("Speaker?"),
        "channel": _("Channel {number}"),
        "new_speaker": _("New speaker"),
        "renamed": _("Renamed"),
        "merged": _("Merged into {name}"),
        "added": _("Speaker added"),
        "name_any": _("Name, or a new one"),
        "name_first": _("Name of the speaker"),
        "name_number": _("Name of speaker {number}"),
        "name_new": _("New name"),
        "add_speaker": _("Add “{name}”"),
        "speaker_share": _("Rows: {rows}, {minutes}"),
        "name_of": _("Name of {name}"),
        "merge_of": _("Merge {name}"),
        "merge_into": _("Merge {name} into"),
        "merge_same": _("There is already a speaker called {name}. Merge {other} into it?"),
        "filter_of": _("Show only {name}"),
        "unsure_rows": _("unsure: {count}"),
        "unsure_of": _("Next unsure row of {name}; unsure: {count}"),
        "unsure_place": _("Unsure row {number} of {count}"),
        "none_unsure": _("No row has an unsure speaker."),
        "run": _("Include the rows below until the speaker changes: {count}"),
        "rows_chosen": _("Rows: {count}"),
    }


def _review() -> dict[str, str]:
    return {
        "choose_row": _("Choose a row first."),
        "open_row": _("Open a row for editing first."),
        "not_stored": _("Failed: the text of the row is not saved yet."),
        "flagged": _("Flagged"),
        "comments": _("Comments"),
        "left_own": _("Verified. Rows: {count}. Skipped because you edited them last: {left}."),
        "verified": _("Verified"),
        "from_top": _("None below: back up to row {row}."),
        "none_above": _("All rows until here are verified."),
        "selected": _("Rows selected: {count}"),
        "unverified": _("No longer verified"),
        "verified_by": _("Verified by {name}, {when}"),
        "somebody": _("someone"),
        "all_verified": _("All rows are verified."),
        "none_left": _("All rows shown are verified."),
        "flag_on": _("Flagged for review"),
        "flag_off": _("Flag removed"),
        "percent": _("{percent}% verified"),
        "progress_rows": _("{done} of {all} rows"),
        "progress_minutes": _("{done} of {all} ({percent}%)"),
    }


def _filters() -> dict[str, str]:
    return {
        "show_unverified": _("unverified"),
        "show_flagged": _("flagged"),
        "show_estimated": _("estimated times"),
        "show_wordless": _("no words"),
        "show_unsure": _("unsure speaker"),
        "show_speaker": _("spoken by {name}"),
        "show_since": _("changed since {when}"),
        "show_some": _("Showing {count} of {total} rows: {what}"),
        "show_none": _("None of the {total} rows matches: {what}."),
        "and": _(", "),
        "show_all": _("Showing all rows."),
        "gap": _("… {count} more"),
        "last_visit": _("Since my last visit, {when}"),
        "no_visit": _("Since my last visit (this is your first)"),
    }
