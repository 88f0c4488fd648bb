"""The form for doing one thing to many recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.db.models import Sum
from django.utils.translation import gettext as _

from transcripts import access
from transcripts.enums import BULK_RIGHTS, Action, BulkKind
from transcripts.errors import NotFound
from transcripts.forms.projects import MOST_ID, ProjectField
from transcripts.messages import get_project_name
from transcripts.models import Recording
from transcripts.queries.bulk import BulkCount, count_allowed, list_people
from transcripts.queries.library import list_projects

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from django.http import QueryDict

MOST_TICKED = 1000
NOBODY = 0


class _RecordingsField(forms.Field):
    """Ids of recordings, each once."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> list[UUID]:
        try:
            pks = list(dict.fromkeys(UUID(pk) for pk in value or []))
        except ValueError:
            raise forms.ValidationError(_("This recording does not exist.")) from None
        if not pks:
            raise forms.ValidationError(_("Select at least one recording."))
        if len(pks) > MOST_TICKED:
            raise forms.ValidationError(
                _("At most %(number)s recordings can be selected one by one.") % {"number": MOST_TICKED}
            )
        return pks


class BulkForm(forms.Form):
    """What is to be done, and with which recordings. Nothing is done before it is `confirmed`.

    `count` says with how many it can be done. Moving asks for a project, assigning for a person.
    """

    kind = forms.ChoiceField(choices=BulkKind.choices)
    recording = _RecordingsField()
    confirmed = forms.BooleanField(required=False)
    project = ProjectField()
    person = forms.IntegerField(required=False, min_value=NOBODY, max_value=MOST_ID)

    count: BulkCount

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    @property
    def recordings(self) -> QuerySet[Recording]:
        """Those that the person may see."""
        return Recording.objects.filter(access.is_of_member(self.user), pk__in=self.cleaned_data["recording"])

    @property
    def minutes(self) -> int:
        """Of audio, of those with which it can be done, rounded up."""
        allowed = self.recordings.filter(
            access.membership_allows(self.user, BULK_RIGHTS[BulkKind(self.cleaned_data["kind"])])
        )
        total: int = allowed.aggregate(ms=Sum("duration_ms"))["ms"] or 0
        return -(-total // 60_000)

    @property
    def choices(self) -> list[tuple[int, str]]:
        """The projects or people to choose from, for what asks for one."""
        match self.cleaned_data["kind"]:
            case BulkKind.MOVE:
                projects = [one for one in list_projects(self.user) if Action.EDIT in access.rights_of(one)]
                return [(project.pk, get_project_name(project, self.user)) for project in projects]
            case BulkKind.ASSIGN:
                people = [(person.pk, person.get_username()) for person in list_people(self.recordings)]
                return [*people, (NOBODY, _("Nobody"))]
        return []

    @property
    def asks_for(self) -> str:
        """The name of the field that this kind needs."""
        return {BulkKind.MOVE: "project", BulkKind.ASSIGN: "person"}.get(self.cleaned_data["kind"], "")

    @property
    def choice_errors(self) -> list[str]:
        return [str(error) for error in self.errors.get(self.asks_for, [])]

    @property
    def details(self) -> dict[str, Any]:
        if not self.asks_for:
            return {}
        return {self.asks_for: self.cleaned_data[self.asks_for] or None}

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if "kind" in chosen and "recording" in chosen:
            self.count = count_allowed(chosen["kind"], self.recordings, self.user)
            if not self.count.chosen:
                raise NotFound
            name = self.asks_for
            if chosen["confirmed"] and name and chosen.get(name) not in dict(self.choices):
                self.errors.pop(name, None)
                self.add_error(name, _("Choose one."))
        return chosen
