"""Filters and tags for templates, and the texts of the scripts."""

from __future__ import annotations

import json
from datetime import datetime
from math import ceil
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from transcripts.messages import (
    LANGUAGES,
    describe_origin,
    describe_taken_track,
    explain_failure,
    explain_unread_end,
    format_position,
)
from transcripts.models import Change, Recording, Transcript
from transcripts.text.scripts import get_language_tag

register = template.Library()


@register.filter
def clock(milliseconds: int | None) -> str:
    """`0:12:04`, as in the player; "" for None."""
    return format_position(milliseconds)


@register.filter
def minutes_up(milliseconds: int) -> int:
    """Minutes, the last one begun."""
    return ceil(milliseconds / 60_000)


@register.filter
def script_name(tag: str) -> str:
    """The language that a text's script stands for, in words."""
    return str(LANGUAGES.get(tag, tag))


@register.filter
def person_names(people: list[dict[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(person["name"] for person in people))


@register.filter
def cue_clock(milliseconds: int) -> str:
    """`0:12:04.250`, as in captions."""
    return f"{clock(milliseconds)}.{milliseconds % 1000:03}"


@register.filter
def short_clock(milliseconds: int) -> str:
    """`12:04.250`, and `1:12:04.250` from an hour on."""
    return cue_clock(milliseconds).removeprefix("0:")


@register.filter
def signed_clock(milliseconds: int) -> str:
    """`-1:00:00.000`, as `ClockField` reads it."""
    return f"-{cue_clock(-milliseconds)}" if milliseconds < 0 else cue_clock(milliseconds)


@register.filter
def failure(error: str) -> str:
    return explain_failure(error)


@register.filter
def taken_track(recording: Recording) -> str:
    return describe_taken_track(recording)


@register.filter
def change_kind(change: Change) -> str:
    """People change speakers of rows, and so does telling them apart."""
    return _("Speakers told apart") if change.details.get("diarization") else str(change.get_kind_display())


@register.filter
def origin(transcript: Transcript) -> str:
    return describe_origin(transcript)


@register.filter
def unread_end(recording: Recording) -> str:
    return explain_unread_end(recording)


@register.filter
def language_tag(text: str) -> str:
    return get_language_tag(text)


@register.filter
def percent_of(part: int, whole: int) -> int:
    """Whole per cent; 100 only if nothing is missing."""
    return 100 * part // whole if whole else 0


@register.filter
def compact_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


@register.filter
def seconds_between(start: Any, end: Any) -> float | None:
    return round((end - start).total_seconds(), 1) if start and end else None


@register.filter
def seconds_left(moment: datetime) -> int:
    """Whole seconds until then; 0 for a moment in the past."""
    return max(0, ceil((moment - timezone.now()).total_seconds()))


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of static/img/icons.svg, hidden from screen readers: a text or label next to it says what it means."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


@register.simple_tag
def page_strings() -> SafeString:
    """The texts of the scripts on every page, as a JSON block."""
    return json_script({"copied": _("Copied"), "nothing_copied": _("Could not copy")}, "page-strings")


@register.simple_tag
def library_strings() -> SafeString:
    strings = {
        "selected": _("{count} selected"),
        "select_all": _("Select all {count} that match"),
        "waiting": _("Waiting"),
        "sent": _("{sent} of {total}"),
        "checking": _("Checking the file"),
        "addresses": _("{count} web addresses"),
        "too_many_addresses": _("Add at most {most} addresses at once; these are {count}."),
        "offer_addresses": _("Add recordings from these web addresses?"),
        "offer_rest": _("Only the first {most} are taken; {count} more are left out."),
        "minutes": _("Files: {count} · {minutes} min to recognise"),
        "minutes_unknown": _(", and {count} whose length is not known yet"),
        "minutes_left": _(" · {count} min left this month"),
        "offer_files": _("Recordings in these folders: {count}"),
        "offer_none": _("There are no recordings in these folders."),
        "offer_tags": _("Each gets the names of its folders as tags."),
        "offer_cut": _("Only the first {most} files and folders were looked at."),
        "offer_left_out": _("Other files, which are left out: {count}"),
        "offer_add": _("Add {count}"),
        "comparing": _("Comparing with what is here"),
        "known_count": _("{count} of these files are here already."),
        "known_add": _("Upload all {count} anyway"),
        "known_skip": _("Skip all {count}"),
        "broken": _(
            "The connection broke. What has been sent is kept, and the upload resumes when the server responds."
        ),
        "busy": _("The server is busy. What has been sent is kept, and it goes on by itself."),
        "no_room": _("The server has no space left. What has been sent is kept, and it goes on by itself."),
        "signed_out": _(
            "{file}: You are signed out. Sign in again in another tab, then try again; the upload resumes where it "
            "stopped."
        ),
        "too_large": _("{file}: The server does not accept files this large."),
        "no_connection": _("{file}: The connection broke. The file was not saved."),
        "server_error": _("{file}: The server could not accept the file. It was not saved."),
        "discard": _("Discard"),
        "recording_name": _("Recording of {time}"),
        "recorded_offline": _(
            "No connection. What is recorded is kept on this device, and sent when the server responds."
        ),
        "recorded_signed_out": _(
            "You are signed out. Sign in again in another tab: what is recorded is kept on this device until then."
        ),
        "recorded_waiting": _("What is recorded is kept on this device, and sent as soon as the server accepts it."),
        "pause": _("Pause"),
        "resume": _("Resume"),
        "paused": _("Paused"),
        "interrupted": _("The microphone is silent: another app or a call is using it."),
        "microphone_denied": _(
            "This page may not use the microphone. Allow it in the browser's settings for this site, then try again."
        ),
        "microphone_missing": _("No microphone was found. Connect one, then try again."),
        "microphone_busy": _(
            "The microphone cannot be used; another program may be using it. Close that, then try again."
        ),
        "microphone_insecure": _(
            "Browsers give a page the microphone only over HTTPS. Open this site by its https:// address to record "
            "here."
        ),
        "cannot_record": _("This browser cannot record. Record with another app, then add the file."),
    }
    return json_script(strings, "library-strings")


@register.simple_tag
def editor_strings() -> SafeString:
    strings = {
        "saving": _("Saving"),
        "saved": _("Saved"),
        "retrying": _("Not saved: retrying. Your text is kept in this browser."),
        "signed_out": _(
            "Not saved: you are signed out. Sign in again in another tab. Your text is kept in this browser."
        ),
        "forbidden": _("Not saved: you cannot edit this transcript. Your text is kept in this browser."),
        "gone": _("Not saved: this row no longer exists. Your text is kept in this browser."),
        "conflict": _("Not saved: someone changed the same words."),
        "invalid": _("Not saved: {reason}"),
        "nothing_to_undo": _("Nothing to undo"),
        "undone": _("Undone"),
        "nothing_to_redo": _("Nothing to redo"),
        "redone": _("Redone"),
        "not_done": _("Failed: the server is not responding. Try again in a moment."),
        "changed_since": _("Failed: someone has changed this row in the meantime. Check it and try again."),
        "refused": _("Failed: {reason}"),
        "row_gone": _("Failed: this row no longer exists."),
        "undone_also_changed": _("Undone. What {name} has changed in the same row since is kept."),
        "rows_kept": _("Rows left unchanged because someone has changed them since: {count}."),
        "show_history": _("Show row history"),
        "undo_conflict": _(
            "Not undone: someone has changed the same words since. Press again to skip this and continue."
        ),
        "gone_typed": _("Someone deleted the row you were typing in. You had written: {text}"),
        "split_where": _("Put the caret where you want to split the row, then split it."),
        "pass_where": _("Put the caret between the words to move and the others, then move them."),
        "passed_above": _("Words moved to the row above"),
        "passed_below": _("Words moved to the row below"),
        "no_neighbour": _("There is no row to merge with."),
        "was_split": _("Row split"),
        "was_merged": _("Rows merged"),
        "words_given": _("The words of row {number} ({other}) now belong to {name}."),
        "words_given_nobody": _("The words of row {number} ({other}) now have no speaker."),
        "words_given_rows": _("The words of rows {number} ({other}) now belong to {name}."),
        "words_given_rows_nobody": _("The words of rows {number} ({other}) now have no speaker."),
        "was_deleted": _("Row deleted"),
        "deleted": _("Deleted"),
        "deleted_at": _("Row at {time} deleted"),
        "was_inserted": _("Row inserted"),
        "was_empty": _("Empty row removed"),
        "was_moved": _("Time saved"),
        "row_changed": _("{what}: row {rows}"),
        "rows_changed": _("{what}: rows {rows}"),
        "starts_at": _("Start: {time}"),
        "ends_at": _("End: {time}"),
        "no_time": _("Enter a time such as 0:12:04.350."),
        "not_loaded": _("Not loaded: the server is not responding. Try again in a moment."),
        "pace": _("{seconds} s · {rate} characters/s"),
        "pace_title": _("Length of the row, and characters per second"),
        "select_words": _("Select the words to look for first."),
        "restored": _("Unsaved text was restored. Rows: {count}."),
        "changed_by": _("{name} has changed this row in the meantime"),
        "live_signed_out": _(
            "You are signed out and no longer see other people's changes. Sign in again in another tab."
        ),
        "live_no_access": _("You no longer have access to this transcript. What you typed is kept in this browser."),
        "row_label": _("Text at {time}"),
        "no_words": _("Word times could not be loaded, so only whole rows can be played. Reload the page."),
        "no_waveform": _("The waveform could not be loaded. Reload the page."),
        "no_sound": _("The audio could not be played. Reload the page."),
        "no_aac": _("This browser can't play AAC audio. Use another one or, on Linux, install FFmpeg."),
        "position": _("{time} of {duration}"),
    }
    return json_script(strings, "editor-strings")
