"""The glossary of a project: names and terms, and how the recogniser misheard them."""

from __future__ import annotations

import unicodedata
from typing import Self

from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from transcripts.enums import EntryState
from transcripts.models.projects import Project
from transcripts.models.transcripts import Utterance
from transcripts.text.corrections import AROUND, WordCorrection
from transcripts.text.limits import MAX_NOTE, MAX_TERM
from transcripts.text.tokens import fold


class GlossaryEntryQuerySet(models.QuerySet["GlossaryEntry"]):
    def there(self) -> Self:
        """Those that nobody has deleted or merged."""
        return self.filter(deleted_at=None)

    def in_use(self) -> Self:
        """Those that people approved and that are on."""
        return self.there().filter(state=EntryState.APPROVED, is_on=True)

    def by_use(self) -> Self:
        """The most corrected first, with `uses`: how often they were misheard in all."""
        return self.annotate(uses=Coalesce(Sum("mishearings__times"), 0)).order_by("-uses", "folded", "pk")


class GlossaryEntry(models.Model):
    """A name or term of one project. `folded` is the term as terms are compared: without case and width."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="glossary")
    term = models.CharField(max_length=MAX_TERM)
    folded = models.CharField(max_length=3 * MAX_TERM, editable=False)
    note = models.CharField(max_length=MAX_NOTE, blank=True)
    language = models.CharField(max_length=8, blank=True, help_text="of `flash.languages.LANGUAGES`; empty: any")
    state = models.CharField(max_length=10, choices=EntryState.list_choices, default=EntryState.APPROVED)
    is_on = models.BooleanField(default=True, help_text="Whether recognitions, captions and checks use it")
    row = models.ForeignKey(
        Utterance,
        models.SET_NULL,
        null=True,
        db_constraint=False,
        editable=False,
        related_name="+",
        help_text="where somebody asked to remember it",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, editable=False, help_text="it can be brought back for a time")
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, editable=False, related_name="+", help_text="the entry that has its counts"
    )
    added = models.JSONField(default=list, editable=False, help_text="what `merged_into` had not been misheard as")

    objects = GlossaryEntryQuerySet.as_manager()

    class Meta:
        ordering = ["folded", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "folded"], condition=Q(deleted_at=None), name="glossary_entry_once"
            ),
            models.CheckConstraint(condition=~Q(folded=""), name="glossary_entry_has_term"),
            models.CheckConstraint(condition=Q(state__in=EntryState.values), name="glossary_state_known"),
        ]

    def __str__(self) -> str:
        return self.term


class Mishearing(models.Model):
    """What the recogniser wrote instead of an entry's term, and how often people corrected that."""

    entry = models.ForeignKey(GlossaryEntry, models.CASCADE, related_name="mishearings")
    text = models.CharField(max_length=MAX_TERM)
    folded = models.CharField(max_length=3 * MAX_TERM, editable=False)
    times = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-times", "folded"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "folded"], name="mishearing_once"),
            models.CheckConstraint(condition=~Q(folded=""), name="mishearing_has_text"),
        ]

    def __str__(self) -> str:
        return self.text


class Correction(models.Model):
    """Words of a row that its text has instead of those in its original text, with what is around them.

    Workers find them after the row was saved; see `text.corrections`.
    """

    # Processes of the version before delete rows without knowing this table.
    utterance = models.ForeignKey(
        Utterance, models.CASCADE, db_constraint=False, related_name="corrections", editable=False
    )
    original = models.CharField(max_length=MAX_TERM)
    corrected = models.CharField(max_length=MAX_TERM)
    before = models.CharField(max_length=AROUND, blank=True)
    after = models.CharField(max_length=AROUND, blank=True)
    folded = models.CharField(max_length=3 * MAX_TERM, db_index=True, help_text="`corrected`, as terms are compared")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.original} → {self.corrected}"

    @property
    def words(self) -> WordCorrection:
        return WordCorrection(self.original, self.corrected, self.before, self.after)


def tidy_term(text: str, longest: int = MAX_TERM) -> str:
    """As it is kept: composed, without control characters, with single spaces, no longer than it may be."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(sign for sign in spaced if sign.isprintable())[:longest].strip()


def fold_term(term: str) -> str:
    return fold(term)[: 3 * MAX_TERM].strip()
