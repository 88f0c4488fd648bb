"""Forms for the tags of a project."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.models import Tag
from transcripts.queries.tags import list_tags
from transcripts.text.limits import MAX_TAG_NAME, TAG_COLOURS


class TagForm(forms.Form):
    name = forms.CharField(
        max_length=MAX_TAG_NAME,
        label=gettext_lazy("Name"),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter a name for the tag.")},
    )
    colour = forms.TypedChoiceField(
        coerce=int, label=gettext_lazy("Colour"), choices=[(number, number) for number in range(1, TAG_COLOURS + 1)]
    )


class MergeTagForm(forms.Form):
    """Into which of its project's other tags one is merged."""

    into = forms.TypedChoiceField(
        coerce=int,
        label=gettext_lazy("Merge into"),
        widget=forms.Select({"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Choose a tag."), "invalid_choice": gettext_lazy("Choose a tag.")},
    )

    def __init__(self, data: QueryDict | None = None, *, tag: Tag) -> None:
        super().__init__(data, auto_id="merge-%s")
        self.others = {other.pk: other for other in list_tags(tag.project).exclude(pk=tag.pk)}
        named = [(pk, f"{other.name} ({other.count})") for pk, other in self.others.items()]  # type: ignore[attr-defined]
        self.fields["into"].choices = [("", _("Choose a tag")), *named]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Tag:
        return self.others[self.cleaned_data["into"]]
