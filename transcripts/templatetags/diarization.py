"""What the pages say of telling speakers apart."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from transcripts.diarization.results import MAX_VOICES, Hint
from transcripts.enums import DiarizationState
from transcripts.messages import explain_failure, format_position
from transcripts.queries.diarization import DiarizationPanel, ListedPart, PanelVoice

register = template.Library()


@register.filter
def work_line(panel: DiarizationPanel) -> str:
    """What has become of what was asked for last: how far it is, why it failed, or what was found."""
    job = panel.job
    if job is None or job.state == DiarizationState.DONE:
        return found_line(panel)
    if job.state == DiarizationState.FAILED and job.error:
        return explain_failure(job.error)
    return str(job.get_state_display())


@register.filter
def found_line(panel: DiarizationPanel) -> str:
    """What was found the last time, and whether it waits for somebody to look at it; "" if nothing was."""
    count = len(panel.voices)
    if panel.done is None:
        return ""
    if panel.taken and _is_named(panel):
        found = ngettext(
            "%(count)d voice told apart on this machine", "%(count)d voices told apart on this machine", count
        )
    elif panel.taken:
        found = ngettext(
            "%(count)d voice told apart on this machine: check it",
            "%(count)d voices told apart on this machine: check them",
            count,
        )
    elif count == 1:
        return _("Only one voice was found.")
    else:
        found = ngettext("%(count)d voice found.", "%(count)d voices found.", count)
    said = found % {"count": count}
    changes = panel.taken or panel.proposal_count or panel.done.dismissed
    return said if changes else said + " " + _("Nothing would change.")


def _is_named(panel: DiarizationPanel) -> bool:
    return any(voice.speaker and voice.speaker.name for voice in panel.voices)


@register.filter
def is_news(panel: DiarizationPanel) -> bool:
    """Whether people are to be told that rows have got speakers: as long as nobody has named one of the voices."""
    return panel.taken is not None and bool(panel.taken.details.get("automatic")) and not _is_named(panel)


@register.simple_tag
def last_voices(panel: DiarizationPanel) -> list[PanelVoice]:
    """The last voice of each speaker: people may have merged some."""
    return list({voice.speaker.pk: voice for voice in panel.voices if voice.speaker}.values())


@register.filter
def brief_clock(milliseconds: int) -> str:
    """`04:12`, and `1:04:12` from an hour on."""
    return format_position(milliseconds).removeprefix("0:")


@register.simple_tag
def asked_number(panel: DiarizationPanel) -> dict[str, Any]:
    """What the fields for the number of people show: what was asked for last, else nothing."""
    hint = Hint.from_json(panel.job.hint) if panel.job and panel.job.hint else Hint()
    is_free = hint == Hint()
    exactly = 0 if is_free or hint.min_voices != hint.max_voices else hint.min_voices
    return {
        "numbers": range(1, MAX_VOICES + 1),
        "exactly": exactly,
        "is_range": not is_free and not exactly,
        "least": 2 if is_free else hint.min_voices,
        "most": 4 if is_free else hint.max_voices,
    }


@register.simple_tag
def voice_name(listed: ListedPart) -> SafeString:
    """The speaker whose words these would be, or the voice that would become a new one; with ? where that is unsure."""
    part, speaker = listed.part, listed.speaker
    name = speaker.display_name if speaker else _("Voice %(number)s") % {"number": part.voice}
    colour = format_html(' data-colour="{}"', speaker.colour) if speaker else ""
    unsure = _("?") if part.is_unsure else ""
    return format_html('<span class="hit-speaker"{}>{}{}</span>', colour, name, unsure)
