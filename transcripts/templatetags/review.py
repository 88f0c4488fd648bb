"""What the scripts of speakers and review say."""

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
        "who": _("Who?"),
        "channel": _("Channel {number}"),
        "assigned": _("{name} speaks. Rows: {count}."),
        "new_speaker": _("A new speaker"),
        "renamed": _("Renamed"),
        "merged": _("Merged into {name}"),
        "added": _("Speaker added"),
        "no_speaker": _("No speaker has the number {number}."),
        "speaker_share": _("{rows} rows, {minutes}"),
        "name_of": _("Name of {name}"),
        "merge_of": _("Merge {name}"),
        "merge_into": _("Merge {name} into"),
        "merge_same": _("{name} is there already. Merge {other} into it?"),
        "filter_of": _("Show only {name}"),
        "run": _("Also the rows below, until the speaker changes: {count}"),
        "rows_chosen": _("Rows: {count}"),
    }


def _review() -> dict[str, str]:
    return {
        "choose_row": _("Choose a row first."),
        "open_row": _("Open a row first."),
        "not_stored": _("Not done: the text of the row is not stored yet."),
        "flagged": _("Flagged"),
        "verified": _("Verified. Rows: {count}."),
        "unverified": _("No longer verified"),
        "verified_by": _("Verified by {name}, {when}"),
        "somebody": _("somebody"),
        "all_verified": _("Every row is verified."),
        "none_left": _("No unverified row is shown."),
        "flag_on": _("Flagged for another look"),
        "flag_off": _("Flag taken off"),
        "percent": _("{percent}% verified"),
        "progress_rows": _("{done} of {all} rows"),
        "progress_minutes": _("{done} of {all}"),
    }


def _filters() -> dict[str, str]:
    return {
        "show_unverified": _("unverified"),
        "show_flagged": _("flagged"),
        "show_estimated": _("with estimated times"),
        "show_wordless": _("without words"),
        "show_since": _("changed since {when}"),
        "show_some": _("Only rows that are {what}: {count} of {total}"),
        "show_none": _("None of the {total} rows is {what}."),
        "and": _(", "),
        "show_all": _("Every row is shown."),
        "gap": _("… {count} rows"),
        "last_visit": _("since I was last here, {when}"),
        "no_visit": _("since I was last here: this is your first visit"),
    }
