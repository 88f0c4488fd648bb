"""The addresses that a transcript's page uses, for members and for people with a share link."""

from __future__ import annotations

from django.urls import reverse

from transcripts import access
from transcripts.enums import Action
from transcripts.models import ShareLink, Transcript

OF_TRANSCRIPT = (
    "words",
    "fillers",
    "live",
    "rows",
    "here",
    "player",
    "find",
    "replace",
    "shift",
    "undo",
    "redo",
    "comments",
    "assignments",
)
OF_RECORDING = ("audio", "peaks", "overview")
OF_GUESTS = ("words", "fillers", "live", "rows", "player", "find", "audio", "peaks", "overview")

Addresses = dict[str, str]


def build_member_addresses(transcript: Transcript) -> Addresses:
    return {
        "page": transcript.get_absolute_url(),
        **{name: reverse(f"transcript_{name}", args=[transcript.pk]) for name in OF_TRANSCRIPT},
        **{name: reverse(f"recording_{name}", args=[transcript.recording_id]) for name in OF_RECORDING},
    }


def build_guest_addresses(link: ShareLink) -> Addresses:
    """All of them below the link's own address: a link opens nothing else."""
    names = (*OF_GUESTS, "comments") if Action.COMMENT in access.rights_of(link) else OF_GUESTS
    return {"page": link.get_absolute_url(), **{name: reverse(f"shared_{name}", args=[link.token]) for name in names}}
