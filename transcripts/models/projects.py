"""Projects, their members, and invitations to them."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from transcripts.enums import Role
from transcripts.models.bins import IN_BIN, Binned
from transcripts.models.links import Link, LinkQuerySet


class Project(Binned):
    """A folder of recordings that its members share. `personal_of` marks a person's own project."""

    name = models.CharField(_("name"), max_length=200)
    personal_of = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="personal_project"
    )
    members: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="projects"
    )
    options = models.JSONField(default=dict, blank=True, help_text="RecognitionOptions.to_json() for new recordings")
    second_reader = models.BooleanField(
        default=False, help_text="Whether a row must be verified by somebody else than who edited it last"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # How long things are kept; nothing of it touches what is on hold.
    audio_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="until its audio is deleted; 0: never; empty: as the installation says"
    )
    recording_days = models.PositiveIntegerField(null=True, blank=True, help_text="until the whole recording is")
    retention_set_at = models.DateTimeField(null=True, editable=False, help_text="when these were changed last")
    legal_hold = models.BooleanField(default=False, db_default=False, help_text="Whether nothing may be deleted")
    keep_voices = models.BooleanField(
        default=False, db_default=False, help_text="Whether it keeps how the speakers who have names sound"
    )
    voices_due_at = models.DateTimeField(
        null=True, editable=False, help_text="when a worker looks for voices to keep; a later time while one does"
    )

    class Meta:
        indexes = [models.Index(fields=["binned_at"], condition=IN_BIN, name="project_in_bin")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("project", args=[self.pk])


class Membership(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.list_choices)
    shares_effort = models.BooleanField(
        default=False, db_default=False, help_text="Whether the other members see how long the person has worked"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.role}"


class InvitationQuerySet(LinkQuerySet["Invitation"]):
    def open(self) -> Self:
        return super().open().unused().filter(project__binned_at=None)

    def unused(self) -> Self:
        """Those with a use left, by columns of this table alone: an UPDATE asks for these again once it has the row."""
        return self.filter(models.Q(once=False) | models.Q(uses=0))


class Invitation(Link):
    """A link that makes anyone who opens it a member of the project."""

    SALT = "transcripts.invitation"

    project = models.ForeignKey(Project, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role.list_choices)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations")
    once = models.BooleanField(default=True, help_text="Whether it is for one person, or for all who have the link")
    uses = models.PositiveIntegerField(default=0, help_text="How many people became members by it")

    objects = InvitationQuerySet.as_manager()

    class Meta(Link.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(condition=models.Q(once=False) | models.Q(uses__lte=1), name="invitation_used_once"),
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.role}"

    def get_absolute_url(self) -> str:
        return reverse("invitation", args=[self.token])

    @property
    def is_used(self) -> bool:
        return self.once and self.uses > 0
