"""Forms for importing transcripts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.flash.answer import Answer
from transcripts.imports.reading import ENDINGS, MOST_BYTES, make_answer
from transcripts.imports.rows import NotReadable, Reading, ReadOptions, SpokenRow
from transcripts.imports.sandbox import read_in_child

_KINDS = ",".join(f".{kind}" for kind in ENDINGS)


class ImportForm(forms.Form):
    """If valid, `reading` has the content of the file and what was not understood, and `answer` its rows.

    `known` are speakers whose names may precede texts; `spoken` returns rows to which a text without times is aligned.
    """

    answer: Answer
    reading: Reading

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
        spoken: Callable[[], Sequence[SpokenRow]] = tuple,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.spoken = list(known), spoken

    def clean_transcript(self) -> Any:
        file = self.cleaned_data["transcript"]
        try:
            if file.size > MOST_BYTES:
                raise NotReadable(NotReadable.LARGE)
            self.reading = self._read(file)
        except NotReadable as error:
            raise forms.ValidationError(_(error.args[0])) from None
        self.answer = make_answer(self.reading)
        return file

    def _read(self, file: Any) -> Reading:
        """A text without times is aligned to what was said, and refused where nothing is known of that."""
        content = file.read()
        reading = read_in_child(content, file.name, ReadOptions(known=tuple(self.known)))
        if not reading.assumed.timed and reading.raw is None:
            if not (spoken := tuple(self.spoken())):
                raise NotReadable(NotReadable.UNTIMED)
            reading = read_in_child(content, file.name, ReadOptions(known=tuple(self.known), spoken=spoken))
        if not reading.rows:
            raise NotReadable(NotReadable.EMPTY)
        return reading


class NewImportForm(ImportForm):
    """A transcript together with its recording."""

    recording = forms.FileField(
        allow_empty_file=True,  # It is refused with a message, as any file without audio is.
        label=gettext_lazy("Recording"),
        error_messages={"required": gettext_lazy("Choose a file first.")},
        widget=forms.FileInput({"accept": "audio/*,video/*"}),
    )
    field_order = ["recording", "transcript"]
