"""The texts of the keyboard shortcuts dialog."""

from __future__ import annotations

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def shortcut_strings() -> SafeString:
    """The names of the commands in `shortcuts.js`, and the texts about their keys."""
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
        "play_row": _("Play this row only"),
        "play_on": _("Play from this row"),
        "loop_row": _("Repeat row"),
        "previous_row": _("Previous row"),
        "next_row": _("Next row"),
        "playhead": _("Back to the playhead"),
        "find": _("Find"),
        "replace": _("Find and replace"),
        "recurrences": _("Find the selected or corrected words by sound"),
        "export": _("Export menu"),
        "next_hit": _("Next match"),
        "previous_hit": _("Previous match"),
        "select_above": _("Select the row above as well"),
        "select_below": _("Select the row below as well"),
        "select_turn_above": _("Select back to where the speaker began"),
        "select_turn_below": _("Select until the next change of speaker"),
        "select_to_top": _("Select all rows until here"),
        "select_to_bottom": _("Select all rows from here"),
        "select_all": _("Select all rows"),
        "edit": _("Edit row"),
        "edit_spoken": _("Edit at the spoken word"),
        "close": _("Save and close row"),
        "split": _("Split row at the caret"),
        "merge_above": _("Merge with the row above"),
        "merge_below": _("Merge with the row below"),
        "words_above": _("Move the words before the caret to the row above"),
        "words_below": _("Move the words after the caret to the row below"),
        "insert_after": _("Insert a row below"),
        "delete_row": _("Delete row"),
        "original_text": _("Original text"),
        "history": _("Row history"),
        "undo": _("Undo the last change"),
        "redo": _("Redo the last undone change"),
        "verify_next": _("Verify row and go to the next"),
        "verify_until": _("Verify all rows until here"),
        "next_unverified": _("Next unverified row"),
        "flag": _("Flag row"),
        "comment": _("Comment on the row or the selected words"),
        "remember": _("Put the selected words into the glossary"),
        "mark_inaudible": _("Mark as inaudible"),
        "mark_crosstalk": _("Mark as crosstalk"),
        "next_warning": _("Next warning"),
        "next_unsure": _("Next row with an unsure speaker"),
        "start_earlier": _("Move start earlier"),
        "start_later": _("Move start later"),
        "end_earlier": _("Move end earlier"),
        "end_later": _("Move end later"),
        "shift_rows": _("Move all rows by…"),
        "estimated": _("Highlight estimated times"),
        "fillers": _("Strike through fillers and repetitions"),
        "hide_fillers": _("Hide fillers and repetitions"),
        "speaker": _("Set speaker {number}"),
        "speaker_menu": _("Choose or name the speaker"),
        "help": _("Show this list"),
    }


def _sentences() -> dict[str, str]:
    return {
        "loop_on": _("Repeating this row"),
        "loop_off": _("Repeat off"),
        "files_elsewhere": _("Files are added on the Recordings page."),
        "files_nowhere": _("Files can't be added here."),
        "group_listening": _("Playback"),
        "group_going": _("Navigation"),
        "group_selecting": _("Selecting rows"),
        "group_text": _("Text and rows"),
        "group_times": _("Times"),
        "group_review": _("Review"),
        "group_speakers": _("Speakers"),
        "group_general": _("Help"),
        "where_outside": _("outside text fields"),
        "where_row": _("on a row"),
        "where_field": _("while editing a row"),
        "click": _("Click"),
        "click_ctrl": _("Ctrl+click (⌘ on a Mac)"),
        "click_twice": _("Double click"),
        "hint_close": _("{keys} saves"),
        "hint_verify": _("{keys} verifies and goes on"),
        "hint_click": _("Ctrl+click plays from a word"),
        "hint_click_mac": _("⌘+click plays from a word"),
        "only_reading": _("You can read and listen here, but not edit."),
        "key_enter": _("Enter"),
        "key_escape": _("Esc"),
        "key_space": _("Space"),
        "key_change": _("{command}: {keys}. Change"),
        "key_add": _("{command}: add a shortcut"),
        "key_reset": _("{command}: reset to default"),
        "key_press": _("Press keys"),
        "key_remove": _("Remove"),
        "key_awaits": _("Press the new shortcut for “{command}”. Esc keeps it as it is."),
        "key_set": _("{keys}: {command}"),
        "key_set_outside": _("{keys}: {command}. These keys type text, so they work outside text fields only."),
        "key_taken": _("{keys} is already used for “{command}”."),
        "key_take": _("Use for this command"),
        "key_text": _("{keys} is for copying, pasting or undoing in text fields. Choose another shortcut."),
        "key_never": _("{keys} types text or moves the caret. Add Ctrl or Alt, or choose another shortcut."),
        "key_never_mac": _("{keys} types text or moves the caret. Add ⌃ or ⌘, or choose another shortcut."),
        "key_all_reset": _("All shortcuts were reset to their defaults."),
    }
