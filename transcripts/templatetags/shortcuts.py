"""What the dialog of keys says."""

from __future__ import annotations

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def shortcut_strings() -> SafeString:
    """The names of the commands in `shortcuts.js`, and the sentences about their keys."""
    return json_script({**_commands(), **_sentences()}, "shortcut-strings")


def _commands() -> dict[str, str]:
    return {
        "play": _("Play or pause"),
        "hold_to_play": _("Play while the key is held"),
        "back": _("Back 3 seconds"),
        "forward": _("Forward 3 seconds"),
        "slower": _("Slower"),
        "faster": _("Faster"),
        "normal_speed": _("Normal speed"),
        "play_row": _("Play this row alone"),
        "play_on": _("Play on from this row"),
        "loop_row": _("Repeat this row"),
        "previous_row": _("Previous row"),
        "next_row": _("Next row"),
        "playhead": _("Back to the playhead"),
        "find": _("Find"),
        "replace": _("Find and replace"),
        "next_hit": _("Next hit"),
        "previous_hit": _("Previous hit"),
        "edit": _("Edit the row"),
        "close": _("Save and close the row"),
        "split": _("Split the row at the caret"),
        "merge_above": _("Merge with the row above"),
        "merge_below": _("Merge with the row below"),
        "insert_after": _("Insert a row after this one"),
        "delete_row": _("Delete the row"),
        "original_text": _("What the engine heard"),
        "history": _("History of the row"),
        "undo": _("Take back the last change"),
        "redo": _("Do again what was taken back"),
        "verify_next": _("Verify the row and go on"),
        "next_unverified": _("Next unverified row"),
        "flag": _("Flag the row"),
        "comment": _("Comment on the row or the selected words"),
        "mark_inaudible": _("Write that it can't be understood"),
        "mark_crosstalk": _("Write that several speak at once"),
        "next_warning": _("Next warning of the checks"),
        "start_earlier": _("Row starts earlier"),
        "start_later": _("Row starts later"),
        "end_earlier": _("Row ends earlier"),
        "end_later": _("Row ends later"),
        "estimated": _("Show which times are estimated"),
        "speaker": _("Speaker {number} speaks the row"),
        "help": _("Show this list"),
    }


def _sentences() -> dict[str, str]:
    return {
        "loop_on": _("Repeating this row"),
        "loop_off": _("No longer repeating"),
        "group_listening": _("Listening"),
        "group_going": _("Getting about"),
        "group_text": _("Text and rows"),
        "group_times": _("Times"),
        "group_review": _("Review"),
        "group_speakers": _("Speakers"),
        "group_general": _("Help"),
        "where_outside": _("outside of text fields"),
        "where_row": _("on a row"),
        "where_field": _("in the row being edited"),
        "key_enter": _("Enter"),
        "key_escape": _("Esc"),
        "key_space": _("Space"),
        "key_change": _("{command}: {keys}. Change"),
        "key_add": _("{command}: add a key"),
        "key_reset": _("{command}: as it was at first"),
        "key_press": _("Press a key"),
        "key_remove": _("Remove"),
        "key_awaits": _("Press the key for “{command}”. Esc leaves it as it is."),
        "key_set": _("{keys}: {command}"),
        "key_taken": _("{keys} is already used for “{command}”."),
        "key_take": _("Use it here"),
        "key_text": _("{keys} copies, pastes or undoes in every text field. Choose another key."),
        "key_never": _("{keys} writes in the text. Hold Ctrl or Alt with it, or choose another key."),
        "key_all_reset": _("All keys are as they were at first."),
    }
