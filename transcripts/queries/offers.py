"""What an edit corrected, and where else in the transcript that may have been recognised wrong."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from transcripts.enums import ChangeKind
from transcripts.models import Utterance
from transcripts.text.offers import Offer, find_offers

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_MOST_SAVES = 50  # of one edit session that are looked at


def list_offers(row: Utterance, by: User) -> list[Offer]:
    """The offers after the person's latest edit of the row, in all of its saves.

    None where it has changed since, or has its original text again.
    """
    saves = list(
        row.revisions.filter(after__has_key="text")
        .order_by("-version")
        .values_list("change__kind", "change__by", "change__details__edit_session", "before__text", "after__text")[
            :_MOST_SAVES
        ]
    )
    if not saves or saves[0][:2] != (ChangeKind.EDITED, by.pk):
        return []
    session = list(takewhile(lambda save: save[:3] == saves[0][:3], saves)) if saves[0][2] else saves[:1]
    old, new = session[-1][3], session[0][4]
    if new == row.engine_text:
        return []
    return find_offers(old, new, list(row.transcript.utterances.visible().values_list("text", flat=True)))
