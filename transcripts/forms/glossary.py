"""Forms for the glossary of a project."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.flash.languages import LANGUAGES
from transcripts.forms.projects import MOST_ID, ProjectField
from transcripts.imports.glossary_table import read_lines_in_child
from transcripts.imports.rows import NotReadable
from transcripts.models import GlossaryEntry
from transcripts.services.glossary.entries import EntryValues
from transcripts.services.glossary.tables import join_lines
from transcripts.text.limits import MAX_NOTE, MAX_TERM, MAX_TEXT, MOST_MISHEARINGS

MAX_MISHEARINGS = MOST_MISHEARINGS * (MAX_TERM + 2)
WAYS = ("approve", "dismiss", "on", "off", "delete", "restore", "copy")


class AddEntryForm(forms.Form):
    term = forms.CharField(
        max_length=MAX_TERM,
        label=gettext_lazy("Term"),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter a term.")},
    )
    mishearings = forms.CharField(
        required=False,
        max_length=MAX_MISHEARINGS,
        label=gettext_lazy("Heard as"),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("What stands in the text instead, between commas."),
    )

    def clean_mishearings(self) -> dict[str, int]:
        return {text.strip(): 0 for text in re.split(r"[\n,，、;；]", self.cleaned_data["mishearings"])}

    @property
    def values(self) -> EntryValues:
        return EntryValues(**self.cleaned_data)


class EntryForm(AddEntryForm):
    """All of an entry. What stays of its mishearings keeps its count."""

    note = forms.CharField(
        required=False,
        max_length=MAX_NOTE,
        label=gettext_lazy("Note"),
        widget=forms.Textarea({"rows": 2, "autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("It goes with recognitions in this language, and with automatic ones."),
        choices=[("", gettext_lazy("Any language")), *((code, name) for code, name in LANGUAGES.items() if code)],
    )
    is_on = forms.BooleanField(
        required=False,
        label=gettext_lazy("Use it"),
        help_text=gettext_lazy("In recognitions, captions and checks."),
    )

    def __init__(self, data: QueryDict | None = None, *, entry: GlossaryEntry) -> None:
        initial = {name: getattr(entry, name) for name in ("term", "note", "language")}
        initial["is_on"] = entry.is_on
        initial["mishearings"] = "\n".join(entry.mishearings.values_list("text", flat=True))
        super().__init__(data, initial=initial)
        field = self.fields["mishearings"]
        field.widget = forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false"})
        field.help_text = _("What stands in the text instead, one a line.")
        choices = self.fields["language"].choices  # type: ignore[attr-defined]
        self.fields["language"].choices = [(code, _(str(name))) for code, name in choices]  # type: ignore[attr-defined]


class ChangeEntriesForm(forms.Form):
    """`way` is done to each `entry`, or what `one` says ("approve 12") to a single one."""

    way = forms.ChoiceField(choices=[(way, way) for way in WAYS], required=False)
    one = forms.RegexField(rf"^({'|'.join(WAYS[:-1])}) ([0-9]{{1,19}})$", required=False)
    entry = forms.TypedMultipleChoiceField(coerce=int, required=False)
    project = ProjectField()

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        given = [pk for pk in data.getlist("entry") if re.fullmatch(r"[0-9]{1,19}", pk) and int(pk) <= MOST_ID]
        self.fields["entry"].choices = [(pk, pk) for pk in given]  # type: ignore[attr-defined]

    def clean(self) -> None:
        if one := self.cleaned_data.get("one"):
            way, pk = one.split()
            self.cleaned_data |= {"way": way, "entry": [int(pk)] if int(pk) <= MOST_ID else []}
        if not self.errors and not self.cleaned_data.get("way"):
            self.add_error("way", "required")


class MergeEntryForm(forms.Form):
    """The term of the project's other entry into which one is merged."""

    into = forms.CharField(
        max_length=MAX_TERM,
        label=gettext_lazy("Merge into"),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "list": "terms"}),
        error_messages={"required": gettext_lazy("Enter a term of the glossary.")},
    )


class ImportGlossaryForm(forms.Form):
    """If valid, `values` has the entries of the file."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("The columns of an export, or one term a line. Nothing that is there is replaced."),
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt,text/csv"}),
        error_messages={"required": gettext_lazy("Choose a file."), "empty": gettext_lazy("The file is empty.")},
    )

    def clean_file(self) -> list[EntryValues]:
        """Raises ValidationError where it can't be read."""
        with tempfile.NamedTemporaryFile(prefix="import-") as copy:
            for chunk in self.cleaned_data["file"].chunks():
                copy.write(chunk)
            copy.flush()
            try:
                lines = read_lines_in_child(Path(copy.name))
            except NotReadable as error:
                raise forms.ValidationError(_(error.args[0])) from None
        return join_lines(lines)

    @property
    def values(self) -> list[EntryValues]:
        entries: list[EntryValues] = self.cleaned_data["file"]
        return entries


class RememberForm(forms.Form):
    """The selected words of a row, and where they stand in it, in code points."""

    term = forms.CharField(
        max_length=MAX_TERM,
        error_messages={
            "required": gettext_lazy("Select the words of a name or term first."),
            "max_length": gettext_lazy("This is too long for a term."),
        },
    )
    start = forms.IntegerField(min_value=0, max_value=MAX_TEXT)
    end = forms.IntegerField(min_value=0, max_value=MAX_TEXT)
