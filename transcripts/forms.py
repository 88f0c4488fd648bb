"""Everything that comes from outside passes one of these."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from transcripts.services import editing


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or many; cleans to a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, (list, tuple)) and data else [data or None]
        return [super(FilesField, self).clean(file, initial) for file in files]


class UploadForm(forms.Form):
    file = FilesField(
        allow_empty_file=True,  # An empty file gets its own sentence, like every other file that holds no sound.
        error_messages={"required": _("Choose a file first.")},
    )


class TitleForm(forms.Form):
    title = forms.CharField(max_length=300, error_messages={"required": _("A recording needs a title.")})


class UtteranceForm(forms.Form):
    text = forms.CharField(
        strip=True,
        max_length=editing.MAX_TEXT,
        error_messages={
            "required": _("A row can't be empty."),
            "max_length": _("This row is too long to be stored."),
        },
    )
    base_version = forms.IntegerField(min_value=1)
    request_key = forms.CharField(max_length=64, required=False)

    def clean_text(self) -> str:
        text = editing.clean(self.cleaned_data["text"])
        if not text:
            raise forms.ValidationError(self.fields["text"].error_messages["required"])
        return text
