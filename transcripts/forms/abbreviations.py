"""Forms for a person's abbreviations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.imports.abbreviation_table import read_table
from transcripts.imports.rows import NotReadable
from transcripts.text.limits import MAX_ABBREVIATION, MAX_EXPANSION

MOST_BYTES = 1 << 18
# As people type them with a Chinese input method on, and mean the others.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


class AbbreviationForm(forms.Form):
    """One abbreviation of those in `kept`; `was` is how it was spelt before it was changed, and empty for a new one."""

    was = forms.CharField(required=False, max_length=MAX_ABBREVIATION, widget=forms.HiddenInput)
    abbreviation = forms.CharField(
        max_length=MAX_ABBREVIATION,
        label=gettext_lazy("Abbreviation"),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
        error_messages={
            "required": gettext_lazy("Enter what you will type."),
            "max_length": gettext_lazy("An abbreviation has at most %(limit_value)d characters."),
        },
    )
    expansion = forms.CharField(
        max_length=MAX_EXPANSION,
        label=gettext_lazy("Becomes"),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": gettext_lazy("Enter what it becomes."),
            "max_length": gettext_lazy("An abbreviation becomes at most %(limit_value)d characters."),
        },
    )

    def __init__(self, *args: Any, kept: Mapping[str, str], **more: Any) -> None:
        self.kept = kept
        super().__init__(*args, **more)

    def clean_abbreviation(self) -> str:
        abbreviation: str = self.cleaned_data["abbreviation"].translate(_HALF_WIDTH)
        if len(abbreviation.split()) != 1:
            raise forms.ValidationError(_("An abbreviation has no spaces: a space ends it."))
        if len(abbreviation) == 1:
            raise forms.ValidationError(_("Use at least two characters: a single one would change ordinary text."))
        if abbreviation in self.kept and abbreviation != self.cleaned_data.get("was"):
            raise forms.ValidationError(_("You have this abbreviation already. Change it in the list."))
        return abbreviation

    def clean_expansion(self) -> str:
        return " ".join(self.cleaned_data["expansion"].split())

    def clean(self) -> None:
        values = self.cleaned_data
        if not self.errors and values["abbreviation"] == values["expansion"]:
            self.add_error("expansion", _("This is the abbreviation itself."))

    @property
    def changes(self) -> dict[str, str | None]:
        """For `change_preferences`."""
        was, abbreviation = self.cleaned_data["was"], self.cleaned_data["abbreviation"]
        return ({was: None} if was else {}) | {abbreviation: self.cleaned_data["expansion"]}


class ImportAbbreviationsForm(forms.Form):
    """If valid, `abbreviations` has those of the file, and `refused` a sentence for each line that is left out."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy(
            "One per line: the abbreviation, then what it becomes. What you already have is replaced."
        ),
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt,text/csv"}),
        error_messages={"required": gettext_lazy("Choose a file."), "empty": gettext_lazy("The file is empty.")},
    )

    def clean_file(self) -> None:
        file = self.cleaned_data["file"]
        self.abbreviations: dict[str, str] = {}
        self.refused: list[str] = []
        try:
            if file.size > MOST_BYTES:
                raise NotReadable(NotReadable.LARGE)
            lines = read_table(file.read())
        except NotReadable as error:
            raise forms.ValidationError(_(error.args[0])) from None
        for line in lines:
            form = AbbreviationForm(line, kept={})
            if form.is_valid():
                self.abbreviations[form.cleaned_data["abbreviation"]] = form.cleaned_data["expansion"]
            else:
                sentence = str(next(iter(form.errors.values()))[0])
                self.refused.append(f"{line.get('abbreviation') or line.get('expansion')}: {sentence}")
