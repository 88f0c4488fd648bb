"""Forms for projects, members and invitations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy

from transcripts import access
from transcripts.enums import Action, Role
from transcripts.errors import NotFound
from transcripts.models import Project
from transcripts.services.accounts.accounts import get_personal_project

MOST_ID = 2**63 - 1
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
