"""What an edit corrected, and where else in the transcript that may have been recognised wrong."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from django.db.models import Q

from transcripts.enums import ChangeKind
from transcripts.models import GlossaryEntry, Utterance
from transcripts.models.glossary import fold_term
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
    # A time of each row would take longer to read than its text.
    rows = row.transcript.utterances.visible().annotate(verified=Q(verified_at__isnull=False))
    texts, marks = zip(*rows.values_list("text", "verified"), strict=True)
    verified = {number for number, mark in enumerate(marks) if mark}
    glossary = GlossaryEntry.objects.in_use().filter(project=row.transcript.recording.project_id)

    def is_known(term: str) -> bool:
        return glossary.filter(folded=fold_term(term)).exists()

    return find_offers(old, new, texts, verified, is_known)
