"""Forms for importing transcripts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.flash.answer import Answer
from transcripts.imports.reading import MOST_BYTES, READERS, read
from transcripts.imports.rows import NotReadable
from transcripts.imports.untimed import Spoken

_KINDS = ",".join(f".{kind}" for kind in ("json", "docx", *READERS))


class ImportForm(forms.Form):
    """If valid, `answer` has the content of the file.

    `known` are speakers whose names may precede texts; `spoken` returns rows to which a text without times is aligned.
    """

    answer: Answer

    transcript = forms.FileField(
        allow_empty_file=True,
        label=gettext_lazy("Transcript"),
        help_text=gettext_lazy(
            "JSON from the service or an export, SRT, VTT, ASS, TTML, LRC, EAF, TextGrid, Word or plain text."
        ),
        error_messages={"required": gettext_lazy("Choose a file first.")},
        widget=forms.FileInput({"accept": _KINDS}),
    )

    def __init__(
        self,
        *args: Any,
        known: Collection[str] = (),
        spoken: Callable[[], Sequence[Spoken]] = tuple,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.spoken = list(known), spoken

    def clean_transcript(self) -> Any:
        file = self.cleaned_data["transcript"]
        try:
            if file.size > MOST_BYTES:
                raise NotReadable(NotReadable.LARGE)
            self.answer = read(file.name, file.read(), self.known, self.spoken)
        except NotReadable as error:
            raise forms.ValidationError(_(error.args[0])) from None
        return file


class NewImportForm(ImportForm):
    """A transcript together with its recording."""

    recording = forms.FileField(
        allow_empty_file=True,  # It is refused with a message, as any file without audio is.
        label=gettext_lazy("Recording"),
        error_messages={"required": gettext_lazy("Choose a file first.")},
        widget=forms.FileInput({"accept": "audio/*,video/*"}),
    )
    field_order = ["recording", "transcript"]
