"""Everything that comes from outside passes one of these."""

from __future__ import annotations

import copy
import re
from typing import Any, cast
from urllib.parse import urlsplit

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.flash.answer import MAX_TIME_MS
from transcripts.flash.options import OPTION_FIELDS, Kind, OptionError, OptionField, RecognitionOptions
from transcripts.models.people import LONGEST_STEP_BACK_MS, SPEED, TYPING_WAIT_MS
from transcripts.services import editing, speakers


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or many; cleans to a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files if file is not None]


class FlagInput(forms.CheckboxInput):
    """A checkbox that also says no: what a page leaves unticked differs from what a program did not mention."""

    template_name = "transcripts/_flag.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        given = data.getlist(name) if hasattr(data, "getlist") else [data[name]] if name in data else []
        return given[-1] if given else None

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, value not in {"off", False, None, ""}, attrs)


WIDGETS: dict[Kind, forms.Widget] = {
    Kind.FLAG: FlagInput(),
    Kind.NUMBER: forms.NumberInput(),
    Kind.NAME: forms.TextInput(),
    Kind.JSON: forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    Kind.WORDS: forms.Textarea(attrs={"rows": 3}),
    Kind.LINES: forms.Textarea(attrs={"rows": 3}),
}


class OptionsForm(forms.Form):
    """The options of a recognition, made from their one description; what is not given is as in `defaults`.

    When valid, `options` has them.
    """

    options: RecognitionOptions

    def __init__(self, *args: Any, defaults: RecognitionOptions, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.defaults = defaults
        for option in OPTION_FIELDS:
            self.fields[option.name] = _field(option, getattr(defaults, option.name))

    @property
    def common(self) -> list[forms.BoundField]:
        return [self[option.name] for option in OPTION_FIELDS if option.common]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self[option.name] for option in OPTION_FIELDS if not option.common]

    def _given(self, option: OptionField) -> Any:
        value = self.cleaned_data.get(option.name)
        return self.data.get(_api_name(option)) if value is None else value

    def clean(self) -> dict[str, Any]:
        given = {option.name: value for option in OPTION_FIELDS if (value := self._given(option)) is not None}
        try:
            self.options = RecognitionOptions.from_mapping({**self.defaults.to_json(), **given})
        except OptionError as error:
            self.add_error(error.field, _(error.template) % error.params)
        return self.cleaned_data


def _api_name(option: OptionField) -> str:
    """The name that programs may know the option by, such as `enable_itn`."""
    name = option.key.rpartition(".")[2]
    return option.name if name == "context" else name


def _field(option: OptionField, default: Any) -> forms.Field:
    """A field that only carries the value: RecognitionOptions does the checking, for every way in."""
    widget: forms.Widget
    if option.kind == Kind.CHOICE:
        choices = [(code, gettext_lazy(name)) for code, name in option.choices.items()]
        widget = forms.Select(choices=choices)
    else:
        widget = copy.deepcopy(WIDGETS[option.kind])
    if option.kind == Kind.NUMBER:
        widget.attrs |= {"min": option.minimum, "max": option.maximum}
    field = _Given(required=False, label=gettext_lazy(option.label), help_text=gettext_lazy(option.help), widget=widget)
    field.initial = "\n".join(default) if isinstance(default, tuple) else default
    return field


class _Given(forms.Field):
    """What was given, and None for nothing: an empty text is something."""

    def clean(self, value: Any) -> Any:
        return value


class UploadForm(OptionsForm):
    file = FilesField(
        required=False,
        allow_empty_file=True,  # An empty file gets its own sentence, like every other file that holds no sound.
    )
    upload = forms.UUIDField(required=False)
    url = forms.URLField(
        required=False,
        max_length=2000,
        assume_scheme="https",
        label=gettext_lazy("Address of a recording"),
        help_text=gettext_lazy(
            "Instead of a file: the public address of the recording itself, not of a page that plays it."
        ),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("The address must begin with http:// or https://.")},
    )
    keep_as_default = forms.BooleanField(
        required=False, label=gettext_lazy("Use these options for later recordings too")
    )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url and urlsplit(url).scheme not in {"http", "https"}:
            raise forms.ValidationError(_("The address must begin with http:// or https://."))
        return url

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not any(cleaned.get(name) for name in ("file", "upload", "url")):
            raise forms.ValidationError(_("Choose a file first."))
        return cleaned


class PieceForm(forms.Form):
    """What a file that comes piece by piece is."""

    file_name = forms.CharField(max_length=300, strip=False)
    size_bytes = forms.IntegerField(min_value=0, max_value=2**53)
    modified_ms = forms.IntegerField(min_value=-(2**53), max_value=2**53)


class TitleForm(forms.Form):
    title = forms.CharField(max_length=300, error_messages={"required": gettext_lazy("A recording needs a title.")})


class UtteranceForm(forms.Form):
    text = forms.CharField(
        strip=True,
        max_length=editing.MAX_TEXT,
        error_messages={
            "required": gettext_lazy("A row can't be empty."),
            "max_length": gettext_lazy("This row is too long to be stored."),
        },
    )
    base_version = forms.IntegerField(min_value=1)
    base_text = forms.CharField(max_length=editing.MAX_TEXT, required=False)
    request_key = forms.CharField(max_length=64, required=False)
    opening = forms.CharField(max_length=64, required=False)
    refused = forms.CharField(max_length=editing.MAX_TEXT, required=False)

    def clean_text(self) -> str:
        text = editing.clean(self.cleaned_data["text"])
        if not text:
            raise forms.ValidationError(self.fields["text"].error_messages["required"])
        return text


class UndoForm(forms.Form):
    request_key = forms.CharField(max_length=64, required=False)


class BackForm(UndoForm):
    """`told`: the versions of changes that could not be taken back, as the person knows, with commas."""

    told = forms.CharField(
        max_length=4000, required=False, validators=[RegexValidator(r"\A[0-9]{1,10}(,[0-9]{1,10})*\Z")]
    )

    def clean_told(self) -> frozenset[int]:
        return frozenset(int(version) for version in self.cleaned_data["told"].split(",") if version)


class RowForm(UndoForm):
    """What every change of a row carries: the version that the person saw."""

    base_version = forms.IntegerField(min_value=1)


class SplitForm(RowForm):
    """`offset` counts code points of the row's text."""

    offset = forms.IntegerField(min_value=0, max_value=editing.MAX_TEXT)


class MergeForm(RowForm):
    """`below` is the row that is joined to this one."""

    below = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    below_version = forms.IntegerField(min_value=1)


class MoveForm(RowForm):
    start_ms = forms.IntegerField(min_value=0, max_value=MAX_TIME_MS)
    end_ms = forms.IntegerField(min_value=1, max_value=MAX_TIME_MS)


TRUTHS = [("true", "true"), ("false", "false")]
COMMAND = re.compile(r"[a-z][a-z0-9_]{0,39}")
COMBINATION = re.compile(r"((Mod|Ctrl|Meta|Alt|Shift)\+){0,4}(\?|\w{1,40})")
MOST_COMMANDS, MOST_COMBINATIONS = 200, 8
MOST_ROWS = 20_000  # in one change


def _truth() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        choices=TRUTHS, coerce=lambda value: value == "true", required=False, empty_value=None
    )


class PreferencesForm(forms.Form):
    """Any of a person's preferences; when valid, `changes` has those that were given."""

    keys = forms.JSONField(required=False)
    step_back_ms = forms.IntegerField(required=False, min_value=0, max_value=LONGEST_STEP_BACK_MS)
    pause_typing = _truth()
    typing_wait_ms = forms.IntegerField(required=False, min_value=TYPING_WAIT_MS[0], max_value=TYPING_WAIT_MS[1])
    speed = forms.IntegerField(required=False, min_value=SPEED[0], max_value=SPEED[1])
    tab_plays = _truth()
    space_plays = _truth()

    def clean_keys(self) -> dict[str, list[str] | None] | None:
        """Which commands there are, only the page knows: here their shape counts."""
        keys = self.cleaned_data["keys"]
        if keys is None:
            return None
        shaped = isinstance(keys, dict) and len(keys) <= MOST_COMMANDS
        if not shaped or not all(COMMAND.fullmatch(name) and _are_keys(its) for name, its in keys.items()):
            raise forms.ValidationError(_("These are no key combinations."))
        return cast(dict[str, list[str] | None], keys)

    @property
    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


def _are_keys(value: object) -> bool:
    """A list of combinations; or None, for those of the table."""
    if value is None:
        return True
    listed = isinstance(value, list) and len(value) <= MOST_COMBINATIONS
    return listed and all(isinstance(one, str) and COMBINATION.fullmatch(one) for one in cast(list[object], value))


class RowsField(forms.CharField):
    """Rows, each with the version that the person saw: "12:3,13:1" cleans to {12: 3, 13: 1}."""

    default_error_messages = {"invalid": gettext_lazy("Choose rows first.")}
    WELL_FORMED = re.compile(r"\d{1,19}:\d{1,9}(,\d{1,19}:\d{1,9})*")

    def clean(self, value: Any) -> dict[int, int]:
        given = super().clean(value)
        if not self.WELL_FORMED.fullmatch(given):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        pairs = (one.split(":") for one in given.split(","))
        versions = {int(pk): int(version) for pk, version in pairs}
        if len(versions) > MOST_ROWS:
            raise forms.ValidationError(_("These are too many rows at once."), code="too_many")
        if max(versions) >= 2**63:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return versions


class RowsForm(UndoForm):
    """Several rows of a transcript. (Its field is called `rows` in requests and `versions` in services.)"""

    rows = RowsField()

    @property
    def changes(self) -> dict[str, Any]:
        """What the services take."""
        rest = {name: value for name, value in self.cleaned_data.items() if name != "rows"}
        return {"versions": self.cleaned_data["rows"], **rest}


class MarkForm(RowsForm):
    on = forms.TypedChoiceField(choices=TRUTHS, coerce=lambda value: value == "true")


class AssignForm(RowsForm):
    """`speaker` is an id; without it, the speaker of that name, or a new one."""

    speaker = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    name = forms.CharField(required=False, max_length=speakers.MAX_NAME)


class SpeakerForm(forms.Form):
    name = forms.CharField(required=False, max_length=speakers.MAX_NAME)


class RenameForm(UndoForm, SpeakerForm):
    """`base_name` is the name that the person saw, "" where there was none."""

    base_name = forms.CharField(required=False, max_length=speakers.MAX_NAME)


class MergeSpeakersForm(RowsForm):
    """`into` is the speaker that gets the rows, all those of the other one."""

    into = forms.IntegerField(min_value=1, max_value=2**63 - 1)
