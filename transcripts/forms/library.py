"""The form above the library: what it shows, in what order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.encoding import uri_to_iri
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.enums import LibraryState, Whose
from transcripts.forms.projects import ProjectField
from transcripts.messages import LANGUAGES
from transcripts.queries.filters import ORDERS, LibraryFilter
from transcripts.queries.pages import Order
from transcripts.text.limits import MAX_FILTER_NAME, MAX_FILTER_QUERY, MAX_TAG_NAME

USUAL = "-date"
ORDER_NAMES = {
    "-date": gettext_lazy("Newest first"),
    "date": gettext_lazy("Oldest first"),
    "title": gettext_lazy("Title"),
    "-title": gettext_lazy("Title, Z to A"),
    "-length": gettext_lazy("Longest first"),
    "length": gettext_lazy("Shortest first"),
    "progress": gettext_lazy("Least verified first"),
    "-progress": gettext_lazy("Most verified first"),
    "-changed": gettext_lazy("Recently changed first"),
    "changed": gettext_lazy("Least recently changed first"),
    "person": gettext_lazy("Person who added it"),
    "-person": gettext_lazy("Person who added it, Z to A"),
}
MORE = ("person", "language", "tag")
FILTERS = ("title", "state", "whose", "person", "language", "tag")
MAX_TITLE = 300
MAX_PERSON = 150
LONGEST_QUERY = 12 * (MAX_TITLE + MAX_PERSON + MAX_TAG_NAME) + 300
"""Of the address: up to twelve characters for one that is percent-encoded, and what can be chosen."""


class LibraryForm(forms.Form):
    """`chosen_filter` and `chosen_order` have what was asked for; what cannot be, as in an old link, is left out."""

    project = ProjectField()
    title = forms.CharField(required=False, max_length=MAX_TITLE, label=gettext_lazy("Title contains"))
    state = forms.ChoiceField(
        required=False, label=gettext_lazy("State"), choices=[("", gettext_lazy("All states")), *LibraryState.choices]
    )
    whose = forms.ChoiceField(
        required=False, label=gettext_lazy("Whose"), choices=[("", gettext_lazy("Everyone’s")), *Whose.choices]
    )
    person = forms.CharField(
        required=False,
        max_length=MAX_PERSON,
        label=gettext_lazy("Person"),
        help_text=gettext_lazy("Who added it, or whom it is assigned to."),
    )
    language = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Language"),
        choices=[("", gettext_lazy("All languages")), *LANGUAGES.items()],
    )
    tag = forms.CharField(required=False, max_length=MAX_TAG_NAME, label=gettext_lazy("Tag"))
    order = forms.ChoiceField(required=False, label=gettext_lazy("Order"), choices=list(ORDER_NAMES.items()))

    def __init__(self, data: QueryDict) -> None:
        super().__init__({"order": USUAL, **data.dict()}, auto_id="filter-%s")
        self.full_clean()
        for name in ("title", "person", "tag"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        self.fields["title"].widget.input_type = "search"
        for name, choices in (("person", "filter-people"), ("tag", "filter-tags")):
            self.fields[name].widget.attrs["list"] = choices

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) or "" for name in FILTERS}

    @property
    def chosen_filter(self) -> LibraryFilter:
        return LibraryFilter(**self.chosen)

    @property
    def is_usual(self) -> bool:
        """Whether nothing is narrowed or ordered."""
        return not self.narrows and self.is_newest_first

    @property
    def narrows(self) -> bool:
        """A project alone does not."""
        return not self.chosen_filter.is_empty

    @property
    def chosen_order(self) -> Order:
        return ORDERS[self.cleaned_data.get("order") or USUAL]

    @property
    def is_newest_first(self) -> bool:
        return self.chosen_order == ORDERS[USUAL]

    @property
    def more(self) -> list[forms.BoundField]:
        """The fields that few people need."""
        return [self[name] for name in MORE]

    @property
    def has_more(self) -> bool:
        return any(self.chosen[name] for name in MORE)

    @property
    def query(self) -> str:
        """As in the address, with letters as they are and without what is as usual."""
        return self._write_query(self.chosen)

    @property
    def query_for_all(self) -> str:
        """That of all recordings of the project, in the same order."""
        return self._write_query({})

    def _write_query(self, chosen: dict[str, Any]) -> str:
        order = self.cleaned_data.get("order") or USUAL
        query = QueryDict(mutable=True)
        query.update({name: value for name, value in chosen.items() if value})
        if project := self.cleaned_data.get("project"):
            query["project"] = str(project)
        if order != USUAL:
            query["order"] = order
        return uri_to_iri(query.urlencode())


class KeepFilterForm(forms.Form):
    name = forms.CharField(
        max_length=MAX_FILTER_NAME,
        label=gettext_lazy("Keep this filter as"),
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter a name for the filter.")},
    )
    query = forms.CharField(max_length=LONGEST_QUERY, required=False, widget=forms.HiddenInput)

    def clean_query(self) -> str:
        """Only what the library knows."""
        query = LibraryForm(QueryDict(self.cleaned_data["query"])).query
        if len(query) > MAX_FILTER_QUERY:
            raise forms.ValidationError(_("This filter is too long to be kept."))
        return query
