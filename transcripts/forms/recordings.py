"""Forms for recordings and the options of a recognition."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.audio.results import AudioTrack
from transcripts.flash.options import OPTION_FIELDS, RecognitionOption, RecognitionOptions
from transcripts.forms.fields import AddressesField, FilesField, FlagInput, TagsField, UploadsField
from transcripts.messages import name_track
from transcripts.options import Kind, OptionError

ASK, MOST_TRACKS = "ask", 8

WIDGETS: dict[Kind, forms.Widget] = {
    Kind.FLAG: FlagInput(),
    Kind.WHOLE: forms.NumberInput(),
    Kind.NAME: forms.TextInput(),
    Kind.JSON: forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    Kind.WORDS: forms.Textarea(attrs={"rows": 3}),
    Kind.LINES: forms.Textarea(attrs={"rows": 3}),
}


class OptionsForm(forms.Form):
    """The options of a recognition, generated from their description; missing ones are as in `defaults`.

    If valid, `options` has them.
    """

    options: RecognitionOptions

    def __init__(self, *args: Any, defaults: RecognitionOptions, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.defaults = defaults
        for option in OPTION_FIELDS:
            self.fields[option.name] = _make_field(option, getattr(defaults, option.name))

    @property
    def common(self) -> list[forms.BoundField]:
        return [self[option.name] for option in OPTION_FIELDS if option.common]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self[option.name] for option in OPTION_FIELDS if not option.common]

    def _given(self, option: RecognitionOption) -> Any:
        value = self.cleaned_data.get(option.name)
        return self.data.get(_get_api_name(option)) if value is None else value

    def clean(self) -> dict[str, Any]:
        given = {option.name: value for option in OPTION_FIELDS if (value := self._given(option)) is not None}
        try:
            self.options = RecognitionOptions.from_mapping({**self.defaults.to_json(), **given})
        except OptionError as error:
            self.add_error(error.field, _(error.template) % error.params)
        return self.cleaned_data


def _get_api_name(option: RecognitionOption) -> str:
    """The API's name of the option, such as `enable_itn`, which programs can use."""
    name = option.key.rpartition(".")[2]
    return option.name if name == "context" else name


def _make_field(option: RecognitionOption, default: Any) -> forms.Field:
    """A field that only carries the value: RecognitionOptions checks it, as for every other input."""
    widget: forms.Widget
    if option.kind == Kind.CHOICE:
        choices = [(code, gettext_lazy(name)) for code, name in option.choices.items()]
        widget = forms.Select(choices=choices)
    else:
        widget = copy.deepcopy(WIDGETS[option.kind])
    if option.kind == Kind.WHOLE:
        widget.attrs |= {"min": option.minimum, "max": option.maximum}
    field = _GivenOptions(
        required=False, label=gettext_lazy(option.label), help_text=gettext_lazy(option.help), widget=widget
    )
    field.initial = "\n".join(default) if isinstance(default, tuple) else default
    return field


class _GivenOptions(forms.Field):
    """The given value, or None if there is none: an empty text is a value."""

    def clean(self, value: Any) -> Any:
        return value


class TrackForm(forms.Form):
    """One of a recording's audio tracks, as people count them: from 1. Without one, `taken` stays.

    `transcript` is the one whose page is to be shown afterwards.
    """

    track = forms.TypedChoiceField(required=False, label=gettext_lazy("Audio track"), coerce=int, empty_value=None)
    transcript = forms.UUIDField(required=False)

    def __init__(self, *args: Any, tracks: Sequence[AudioTrack], taken: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken = taken
        field: Any = self.fields["track"]
        field.choices = [(track.number + 1, name_track(track)) for track in tracks]
        field.initial = None if taken is None else taken + 1

    @property
    def chosen(self) -> int | None:
        """From 0."""
        number = self.cleaned_data["track"]
        return self.taken if number is None else number - 1


def _list_track_choices() -> list[tuple[str, str]]:
    numbered = [(str(number), _("Track %(number)s") % {"number": number}) for number in range(1, MOST_TRACKS + 1)]
    return [(ASK, _("Ask, if a file has several")), ("", _("The one with speech")), *numbered]


class UploadForm(OptionsForm):
    file = FilesField(
        required=False,
        allow_empty_file=True,  # It is refused with a message, as any file without audio is.
    )
    upload = UploadsField(required=False)
    url = AddressesField(
        required=False,
        label=gettext_lazy("Web address of a recording"),
        help_text=format_lazy(
            gettext_lazy(
                "Instead of a file: the public address of the recording itself, not of a page that plays it. Several "
                "at once: one a line, at most {most}."
            ),
            most=AddressesField.MOST,
        ),
        widget=forms.Textarea(
            attrs={
                "rows": 1,
                "placeholder": "https://",
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
                "inputmode": "url",
                "data-most": AddressesField.MOST,
            }
        ),
    )
    track = forms.ChoiceField(
        required=False, choices=_list_track_choices, initial=ASK, label=gettext_lazy("Audio track")
    )
    channels = forms.ChoiceField(
        required=False,
        choices=[
            (ASK, gettext_lazy("Ask, if each of two has its own speaker")),
            ("", gettext_lazy("As the option below says")),
            ("split", gettext_lazy("One speaker a channel")),
        ],
        initial=ASK,
        label=gettext_lazy("Channels"),
    )
    tags = TagsField()
    known = forms.ChoiceField(required=False, choices=[(ASK, ASK), ("", "")], initial=ASK, widget=forms.HiddenInput)
    keep_as_default = forms.BooleanField(
        required=False, label=gettext_lazy("Use these options for later recordings too")
    )

    @property
    def more(self) -> list[forms.BoundField]:
        return [self["track"], self["channels"], *super().more]

    @property
    def chosen_track(self) -> int | None:
        """From 0; None for the one with speech."""
        chosen = self.cleaned_data["track"]
        return int(chosen) - 1 if chosen.isdecimal() else None

    @property
    def asks_track(self) -> bool:
        return bool(self.cleaned_data["track"] == ASK)

    @property
    def asks_known(self) -> bool:
        """Whether a file that is here already is asked about; programs get their recording without."""
        return bool(self.cleaned_data["known"] == ASK)

    @property
    def asks_channels(self) -> bool:
        return bool(self.cleaned_data["channels"] == ASK)

    @property
    def bad_addresses(self) -> list[str]:
        """A sentence for each line that is no address, where others are."""
        field: Any = self.fields["url"]
        return list(field.refused)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and cleaned["channels"] == "split":
            self.options = replace(self.options, channel_split=True)
        if not self.errors and not any(cleaned.get(name) for name in ("file", "upload", "url")):
            raise forms.ValidationError(_("Choose a file first."))
        return cleaned


class ChunkForm(forms.Form):
    """Describes a file that will arrive in chunks; one that is still being recorded has no size yet."""

    file_name = forms.CharField(max_length=300, strip=False)
    size_bytes = forms.IntegerField(required=False, min_value=0, max_value=2**53)
    modified_ms = forms.IntegerField(min_value=-(2**53), max_value=2**53)
    tags = TagsField()


class KnownForm(forms.Form):
    """A file that may be here already; its hash is asked for once its size is."""

    size_bytes = forms.IntegerField(min_value=0, max_value=2**53)
    content_hash = forms.RegexField(r"\A[0-9a-f]{64}\Z", required=False)


class HoldForm(forms.Form):
    on = forms.BooleanField(required=False)


class TitleForm(forms.Form):
    title = forms.CharField(max_length=300, error_messages={"required": gettext_lazy("Enter a title.")})
