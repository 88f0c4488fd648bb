"""Forms for exports and their options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.exports.options import BY_NAME, OPTION_FIELDS, ExportOption, ExportOptions, FormSection
from transcripts.exports.registry import BUNDLE, FORMATS, Format
from transcripts.forms.fields import FlagInput
from transcripts.options import Kind, OptionError

PARTS = {
    FormSection.WHAT: gettext_lazy("Content"),
    FormSection.LAYOUT: gettext_lazy("Layout"),
    FormSection.CAPTIONS: gettext_lazy("Captions"),
    FormSection.FIGURES: gettext_lazy("Caption rule values"),
    FormSection.FILE: gettext_lazy("File"),
}


class ExportForm(forms.Form):
    """The options of one format, generated from their description; missing ones get the format's defaults.

    If valid, `options` has them. `speakers` are the names to choose from, by their labels, which can be given too.
    """

    options: ExportOptions

    def __init__(self, data: QueryDict, *, known: Format, speakers: Mapping[str, str]) -> None:
        given = {name: data.getlist(name)[-1] for name in known.options if name in data}
        if (speaker := given.get("speaker", "")) and speaker not in speakers.values():
            given["speaker"] = speakers.get(speaker, speaker)
        super().__init__({**known.format_defaults(), **given})
        self.known = known
        # One that was asked for and has no rows is shown as chosen.
        self.speakers = list(dict.fromkeys(filter(None, [*speakers.values(), given.get("speaker", "")])))
        for name in known.options:
            self.fields[name] = _make_export_field(BY_NAME[name], self.speakers)

    def parts(self) -> list[dict[str, Any]]:
        """The fields by section of the form; sections that few people need are collapsed.

        Where nobody is told apart, there is no speaker to choose.
        """
        parts: dict[FormSection, list[forms.BoundField]] = {}
        for option in OPTION_FIELDS:
            if option.name in self.known.options and (option.name != "speaker" or self.speakers):
                parts.setdefault(option.section, []).append(self[option.name])
        return [
            {"title": PARTS[part], "fields": fields, "folded": part in (FormSection.FIGURES, FormSection.FILE)}
            for part, fields in parts.items()
        ]

    def clean(self) -> dict[str, Any]:
        try:
            self.options = self.known.choose(self.cleaned_data)
        except OptionError as error:
            self.add_error(error.field, _(error.template) % error.params)
        return self.cleaned_data


def _make_export_field(option: ExportOption, speakers: list[str]) -> forms.Field:
    widget: forms.Widget
    match option.kind:
        case Kind.CHOICE:
            widget = forms.Select(choices=[(value, gettext_lazy(name)) for value, name in option.choices.items()])
        case Kind.FLAG:
            widget = FlagInput()
        case Kind.WHOLE | Kind.DECIMAL:
            step = 1 if option.kind is Kind.WHOLE else "any"
            widget = forms.NumberInput({"min": option.minimum, "max": option.maximum, "step": step})
            if option.section is FormSection.FIGURES:
                widget.attrs["placeholder"] = gettext_lazy("rule default")
        case Kind.WORDS:
            widget = forms.Textarea({"rows": 2})
        case _ if option.name == "speaker":
            widget = forms.Select(choices=[("", gettext_lazy("Everyone")), *((name, name) for name in speakers)])
        case _:
            widget = forms.TextInput()
    field = forms.Field(required=False, label=gettext_lazy(option.label), widget=widget)
    if option.help and not isinstance(widget, forms.Select):
        field.help_text = gettext_lazy(option.help)
    return field


class _TranscriptsField(forms.Field):
    """Ids of transcripts, each once."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> list[UUID]:
        try:
            pks = list(dict.fromkeys(UUID(pk) for pk in value or []))
        except ValueError:
            raise forms.ValidationError(_("This transcript does not exist.")) from None
        if not pks:
            raise forms.ValidationError(_("Choose at least one transcript."))
        return pks


class TitleSearchForm(forms.Form):
    """Whose titles have `q` in them."""

    q = forms.CharField(required=False, max_length=300)


class ExportsForm(TitleSearchForm):
    """Several transcripts in one format; the query's other fields are the format's options."""

    format = forms.ChoiceField(choices=[(name, name) for name in (*FORMATS, BUNDLE.name)])
    transcript = _TranscriptsField()
