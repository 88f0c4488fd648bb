"""What a project that keeps voices knows of its speakers' voices, and what it is not to keep."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from transcripts.models.projects import Project
from transcripts.models.recordings import Recording
from transcripts.models.transcripts import Speaker
from transcripts.text.limits import MAX_SPEAKER_NAME
from transcripts.text.tokens import fold


class KeptVoice(models.Model):
    """How a named speaker of a transcript sounds, so that the same person is found in the project's other recordings.

    It is derived from the rows (`services.kept_voices`), and its name is the speaker's. Which project it belongs to is
    the recording's to say.
    """

    recording = models.ForeignKey(Recording, models.CASCADE, related_name="kept_voices")
    speaker = models.OneToOneField(Speaker, models.CASCADE, related_name="kept_voice")
    encoder = models.CharField(max_length=100, help_text="what made the centroid; others can't be compared with it")
    centroid = models.TextField(help_text="Voice.centroid of `diarization.results`")
    ms = models.PositiveIntegerField(help_text="how much speech it was made of")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.recording_id} · {self.speaker_id}"


class RefusedVoice(models.Model):
    """A name whose voice is not to be kept: an owner has deleted it, from the whole project or from one recording."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="refused_voices")
    recording = models.ForeignKey(Recording, models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=MAX_SPEAKER_NAME)
    folded = models.CharField(max_length=3 * MAX_SPEAKER_NAME, editable=False, help_text="as names are compared")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["folded", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "folded"], condition=Q(recording=None), name="refused_voice_once"
            ),
            models.UniqueConstraint(fields=["recording", "folded"], name="refused_voice_once_a_recording"),
        ]

    def __str__(self) -> str:
        return self.name


class RefusedOffer(models.Model):
    """Says that this speaker is none of those whose voices are kept: no name is offered for them again."""

    speaker = models.OneToOneField(Speaker, models.CASCADE, primary_key=True, related_name="refused_offer")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.speaker_id)


def fold_speaker_name(name: str) -> str:
    """The name as names are compared: without case, width and spaces around it."""
    return fold(" ".join(name.split()))[: 3 * MAX_SPEAKER_NAME]
