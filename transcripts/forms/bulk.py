"""The form for doing one thing to many recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.db.models import OuterRef, Subquery, Sum
from django.http import QueryDict
from django.utils.translation import gettext as _

from transcripts import access
from transcripts.enums import BULK_RIGHTS, Action, BulkKind
from transcripts.errors import NotFound
from transcripts.exports.registry import TOGETHER
from transcripts.forms.library import LONGEST_QUERY, LibraryForm
from transcripts.forms.projects import MOST_ID, ProjectField
from transcripts.messages import get_project_name
from transcripts.models import Recording, Tag, Transcript
from transcripts.models.tags import tidy_tag_name
from transcripts.queries.bulk import BulkCount, count_allowed, list_people
from transcripts.queries.library import list_projects
from transcripts.text.limits import MAX_TAG_NAME

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

MOST_TICKED = 1000
MOST_EXPORTED = 1000
EXPORT = "export"
"""It changes nothing, so it is no bulk action: the person gets a download."""
NOBODY = 0
MOST_OFFERED = 100
ASKED_FOR = {
    EXPORT: "format",
    BulkKind.MOVE: "project",
    BulkKind.ASSIGN: "person",
    BulkKind.TAG: "tag",
    BulkKind.UNTAG: "tag",
}


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

    kind = forms.ChoiceField(choices=[*BulkKind.choices, (EXPORT, EXPORT)])
    recording = _RecordingsField()
    query = forms.CharField(
        required=False, max_length=LONGEST_QUERY, help_text="of the library: all that it shows, on whatever page"
    )
    confirmed = forms.BooleanField(required=False)
    project = ProjectField()
    tag = forms.CharField(required=False, max_length=MAX_TAG_NAME)
    format = forms.ChoiceField(required=False, choices=[(name, name) for name in TOGETHER])
    person = forms.IntegerField(required=False, min_value=NOBODY, max_value=MOST_ID)

    count: BulkCount

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        if self.is_all:
            self.fields["recording"] = forms.Field(required=False)
        self.user = user

    @property
    def recordings(self) -> QuerySet[Recording]:
        """Those of them that the person may see."""
        mine = Recording.objects.filter(access.is_of_member(self.user))
        if not self.is_all:
            return mine.filter(pk__in=self.cleaned_data["recording"])
        asked = LibraryForm(QueryDict(self.cleaned_data["query"]))
        if project := asked.cleaned_data.get("project"):
            mine = mine.filter(project=project)
        return asked.chosen_filter.narrow(mine, self.user)

    @property
    def is_all(self) -> bool:
        """Whether it is about all that match, whichever were ticked."""
        return "all" in self.data

    @property
    def action(self) -> Action:
        """What the person must be allowed to do."""
        kind = self.cleaned_data["kind"]
        return Action.EXPORT if kind == EXPORT else BULK_RIGHTS[BulkKind(kind)]

    def list_transcripts(self) -> list[UUID]:
        """The current ones of those that the person may export, newest first, at most MOST_EXPORTED."""
        allowed = self.recordings.filter(access.membership_allows(self.user, self.action), transcripts__isnull=False)
        current = Transcript.objects.filter(recording=OuterRef("pk")).current_first().values("pk")[:1]
        found = allowed.distinct().order_by("-created_at", "-pk").annotate(shown=Subquery(current))
        return list(found.values_list("shown", flat=True)[:MOST_EXPORTED])

    @property
    def minutes(self) -> int:
        """Of audio, of those with which it can be done, rounded up."""
        allowed = self.recordings.filter(access.membership_allows(self.user, self.action))
        total: int = allowed.aggregate(ms=Sum("duration_ms"))["ms"] or 0
        return -(-total // 60_000)

    @property
    def choices(self) -> list[tuple[int | str, str]]:
        """The projects or people to choose from, for what asks for one."""
        match self.cleaned_data["kind"]:
            case BulkKind.MOVE:
                projects = [one for one in list_projects(self.user) if Action.EDIT in access.rights_of(one)]
                return [(project.pk, get_project_name(project, self.user)) for project in projects]
            case BulkKind.ASSIGN:
                people = [(person.pk, person.get_username()) for person in list_people(self.recordings)]
                return [*people, (NOBODY, _("Nobody"))]
            case kind if kind == EXPORT:
                return [(name, f"{_(known.label)} (.{known.extension})") for name, known in TOGETHER.items()]
        return []

    @property
    def asks_for(self) -> str:
        """The name of the field that this kind needs."""
        return ASKED_FOR.get(self.cleaned_data["kind"], "")

    @property
    def tags(self) -> list[str]:
        """The names of tags to offer: those of the recordings, or of their projects."""
        if self.cleaned_data["kind"] == BulkKind.UNTAG:
            found = Tag.objects.filter(recordings__in=self.recordings)
        else:
            found = Tag.objects.filter(project__in=self.recordings.order_by().values("project"))
        return list(found.order_by("folded").values_list("name", flat=True).distinct()[:MOST_OFFERED])

    @property
    def choice_errors(self) -> list[str]:
        return [str(error) for error in self.errors.get(self.asks_for, [])]

    @property
    def details(self) -> dict[str, Any]:
        if not self.asks_for:
            return {}
        return {self.asks_for: self.cleaned_data[self.asks_for] or None}

    def clean_query(self) -> str:
        """What the library would leave out, as it cannot be, is refused here: else more was meant than was seen."""
        query: str = self.cleaned_data["query"]
        if LibraryForm(QueryDict(query)).errors:
            raise forms.ValidationError("")
        return query

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if {"kind", "recording", "query"} <= chosen.keys():
            self.count = count_allowed(self.action, self.recordings, self.user, moves=chosen["kind"] == BulkKind.MOVE)
            if not self.count.chosen and not self.is_all:
                raise NotFound
            name = self.asks_for
            if name == "tag":
                if chosen["confirmed"] and not tidy_tag_name(chosen.get("tag", "")):
                    self.add_error("tag", _("Enter a tag."))
            elif chosen["confirmed"] and name and chosen.get(name) not in dict(self.choices):
                self.errors.pop(name, None)
                self.add_error(name, _("Choose one."))
        return chosen
