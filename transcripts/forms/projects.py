"""Forms for projects, members and invitations."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from transcripts import access
from transcripts.enums import Action, Role
from transcripts.errors import NotFound
from transcripts.messages import name_days
from transcripts.models import Project
from transcripts.services.accounts.accounts import get_personal_project

MOST_ID = 2**63 - 1
MOST_DAYS = 36_500
WEEKS = (4, 12, 26, 52)
USUAL_WEEKS = 26
DAYS = [(1, gettext_lazy("1 day")), (7, gettext_lazy("7 days")), (30, gettext_lazy("30 days"))]
FOR = [
    ("one", gettext_lazy("One person")),
    ("all", gettext_lazy("Anyone with the link")),
]


class ProjectField(forms.IntegerField):
    """The id of a project."""

    def __init__(self, *, required: bool = False) -> None:
        super().__init__(required=required, min_value=1, max_value=MOST_ID)


class ChosenForm(forms.Form):
    """The project of a page or an upload; empty for all of them, or for one's own."""

    project = ProjectField()


class ShareEffortForm(forms.Form):
    """Whether the members of a project see the person's work time."""

    project = ProjectField(required=True)
    on = forms.BooleanField(required=False)


class TimeZoneField(forms.Field):
    """The name of a time zone; where there is none of this name, the installation's is taken."""

    def clean(self, value: str | None) -> tzinfo:
        try:
            return ZoneInfo(value or "")
        except (ValueError, KeyError, OSError):
            return timezone.get_default_timezone()


class OverviewForm(forms.Form):
    """How many weeks a project's overview tells of; the time zone is that of the browser, as its cookie says."""

    weeks = forms.TypedChoiceField(choices=[(weeks, weeks) for weeks in WEEKS], coerce=int, required=False)
    time_zone = TimeZoneField()

    def clean_weeks(self) -> int:
        return self.cleaned_data["weeks"] or USUAL_WEEKS


class MoveRecordingForm(forms.Form):
    """`shown` is the project whose recordings the page shows; empty for all of them."""

    project = ProjectField(required=True)
    shown = ProjectField()


class MakeProjectForm(forms.Form):
    name = forms.CharField(
        max_length=200,
        label=gettext_lazy("Project name"),
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter a name for the project.")},
    )


class ProjectForm(MakeProjectForm):
    second_reader = forms.BooleanField(
        required=False,
        label=gettext_lazy("A second person verifies"),
        help_text=gettext_lazy("People can't verify rows they edited last."),
    )


class RetentionForm(forms.Form):
    """Empty fields: as the installation says. `usual_audio_days` and `usual_recording_days` are what that is."""

    audio_days = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        label=gettext_lazy("Delete the audio after (days)"),
        widget=forms.NumberInput({"inputmode": "numeric"}),
        help_text=gettext_lazy("For good. Transcripts stay and can be edited."),
    )
    recording_days = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        label=gettext_lazy("Delete recordings after (days)"),
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    legal_hold = forms.BooleanField(
        required=False,
        label=gettext_lazy("Legal hold"),
        help_text=gettext_lazy("Nothing in this project can be deleted or moved away, by anyone or automatically."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, usual in (("audio_days", settings.AUDIO_DAYS), ("recording_days", settings.RECORDING_DAYS)):
            self.fields[name].widget.attrs["placeholder"] = name_days(usual)
        self.fields["recording_days"].help_text = ngettext(
            "They go to the bin, and after %(days)s day there they are deleted for good.",
            "They go to the bin, and after %(days)s days there they are deleted for good.",
            settings.BIN_DAYS,
        ) % {"days": settings.BIN_DAYS}


class DeleteForm(forms.Form):
    """`name` is the project's, typed as confirmation."""

    name = forms.CharField(required=False)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class InviteForm(RoleForm):
    role = forms.ChoiceField(choices=Role.choices, initial=Role.EDITOR, label=gettext_lazy("Role"), widget=forms.Select)
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=7, label=gettext_lazy("Valid for"))
    people = forms.TypedChoiceField(
        choices=FOR, coerce=lambda value: value == "one", initial="one", label=gettext_lazy("For")
    )


def get_chosen_project(user: User, data: Any) -> Project:
    """The project that a form names for new recordings; by default one's own."""
    form = ChosenForm(data)
    if not form.is_valid():
        raise NotFound
    if pk := form.cleaned_data["project"]:
        return access.project_for(user, pk, Action.EDIT)
    return get_personal_project(user)
