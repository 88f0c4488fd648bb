"""Tags, by which the recordings of a project are told apart."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db import models
from django.db.models import Q

from transcripts.models.projects import Project
from transcripts.models.recordings import Recording
from transcripts.text.limits import MAX_TAG_NAME, TAG_COLOURS


class Tag(models.Model):
    """A word that recordings of one project share. `folded` is its name as names are compared: without case."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=MAX_TAG_NAME)
    folded = models.CharField(max_length=3 * MAX_TAG_NAME, editable=False)
    colour = models.PositiveSmallIntegerField(default=1, help_text="of `TAG_COLOURS`")
    recordings: models.ManyToManyField[Any, Any] = models.ManyToManyField(Recording, related_name="tags")

    class Meta:
        ordering = ["folded"]
        constraints = [
            models.UniqueConstraint(fields=["project", "folded"], name="tag_once"),
            models.CheckConstraint(condition=~Q(folded=""), name="tag_has_name"),
            models.CheckConstraint(condition=Q(colour__range=(1, TAG_COLOURS)), name="tag_colour_known"),
        ]

    def __str__(self) -> str:
        return self.name


def tidy_tag_name(text: str) -> str:
    """As it is kept: composed, without control characters, with single spaces, no longer than it may be."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(sign for sign in spaced if sign.isprintable())[:MAX_TAG_NAME].strip()


def fold_tag_name(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())
