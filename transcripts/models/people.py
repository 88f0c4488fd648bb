"""What belongs to a person beside Django's own account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

LONGEST_STEP_BACK_MS = 5000
TYPING_WAIT_MS = (500, 10_000)
SPEED = (50, 300)


class Preferences(models.Model):
    """One person's settings, the same on every device. A person without a row has the defaults."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="preferences")
    keys = models.JSONField(
        default=dict, blank=True, help_text="Command to key combinations, of the commands whose keys were changed"
    )
    step_back_ms = models.PositiveSmallIntegerField(
        default=500,
        validators=[MaxValueValidator(LONGEST_STEP_BACK_MS)],
        help_text="How far to go back before going on after a pause",
    )
    pause_typing = models.BooleanField(default=False, help_text="Whether the sound waits while its owner types")
    typing_wait_ms = models.PositiveSmallIntegerField(
        default=1500,
        validators=[MinValueValidator(TYPING_WAIT_MS[0]), MaxValueValidator(TYPING_WAIT_MS[1])],
        help_text="From the last key until the sound goes on",
    )
    speed = models.PositiveSmallIntegerField(
        default=100, validators=[MinValueValidator(SPEED[0]), MaxValueValidator(SPEED[1])], help_text="Per cent"
    )
    tab_plays = models.BooleanField(default=False, help_text="Whether Tab plays and pauses in the row being edited")
    space_plays = models.BooleanField(default=False, help_text="Whether Space plays and pauses outside of text fields")
    click_edits = models.BooleanField(
        default=False, help_text="Whether a click on a word edits it, and one with Ctrl plays from it"
    )
    offers = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Whether the editor says where else the words of a correction were recognised wrong",
    )
    compact = models.BooleanField(default=False, help_text="Whether the rows stand closer together")
    tour_seen = models.BooleanField(default=False, help_text="Whether the tour was taken or declined")

    abbreviations = models.JSONField(
        null=True, blank=True, help_text="Abbreviation to what it becomes in a row's field; empty: none"
    )
    hide_fillers = models.BooleanField(
        default=False, db_default=False, help_text="Whether texts are read and exported without fillers"
    )

    language = models.CharField(
        max_length=20, blank=True, help_text="In which the person reads mails; none: not known yet"
    )
    export_format = models.CharField(max_length=20, blank=True, help_text="Of the last export, which is offered first")

    class Meta:
        verbose_name_plural = "preferences"
        constraints = [
            models.CheckConstraint(
                condition=Q(step_back_ms__lte=LONGEST_STEP_BACK_MS), name="preferences_step_back_short"
            ),
            models.CheckConstraint(
                condition=Q(typing_wait_ms__range=TYPING_WAIT_MS), name="preferences_typing_wait_bounded"
            ),
            models.CheckConstraint(condition=Q(speed__range=SPEED), name="preferences_speed_bounded"),
        ]

    def __str__(self) -> str:
        return str(self.user)

    def to_json(self) -> dict[str, Any]:
        """As pages and programs get and change them."""
        return {
            "keys": self.keys,
            "step_back_ms": self.step_back_ms,
            "pause_typing": self.pause_typing,
            "typing_wait_ms": self.typing_wait_ms,
            "speed": self.speed,
            "tab_plays": self.tab_plays,
            "space_plays": self.space_plays,
            "click_edits": self.click_edits,
            "offers": self.offers,
            "compact": self.compact,
            "tour_seen": self.tour_seen,
            "hide_fillers": self.hide_fillers,
            "abbreviations": self.abbreviations or {},
        }


class ImportedPerson(models.Model):
    """Somebody known only by a name in a bundle, as an account that nobody can sign in to."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="imported_person"
    )
    name = models.CharField(max_length=150, unique=True)

    def __str__(self) -> str:
        return self.name
