"""Forms for importing transcripts: the files, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.audio import sandbox
from transcripts.audio.results import AudioInfo, NotAudio
from transcripts.forms.fields import FileDrop
from transcripts.imports.reading import ENDINGS
from transcripts.imports.rows import NotReadable, Reading, ReadOptions, SpokenRow
from transcripts.imports.sandbox import read_in_child
from transcripts.messages import explain_busy, explain_refusal
from transcripts.places import Busy

_KINDS = ",".join(f".{kind}" for kind in ENDINGS)


@dataclass(frozen=True, slots=True)
class FileReader:
    """Reads files for one recording.

    `known` are speakers whose names may precede texts; `spoken` returns rows to which a text without times is aligned.
    """

    known: tuple[str, ...] = ()
    spoken: Callable[[], Sequence[SpokenRow]] = tuple
    duration_ms: int | None = None

    def read(self, path: Path, file_name: str, **chosen: Any) -> Reading:
        """Raises NotReadable, also for a text without times where nothing is known of what was said."""
        chosen |= {"known": self.known, "duration_ms": self.duration_ms}
        reading = read_in_child(path, file_name, ReadOptions(**chosen))
        if not reading.assumed.timed and reading.raw is None:
            if not (spoken := tuple(self.spoken())):
                raise NotReadable(NotReadable.UNTIMED)
            reading = read_in_child(path, file_name, ReadOptions(**chosen, spoken=spoken))
        if not reading.rows and not any(left.may_be_speech for left in reading.not_read):
            raise NotReadable(NotReadable.EMPTY)
        return reading


class ImportForm(forms.Form):
    """If valid, `reading` has the content of the file, what was not understood, and what was assumed."""

    reading: Reading
    info: AudioInfo | None = None
    """What probing found in a recording that comes along."""

    transcript = forms.FileField(
        allow_empty_file=True,
        label=gettext_lazy("Transcript"),
        help_text=gettext_lazy(
            "JSON from the service or an export, SRT, VTT, ASS, TTML, LRC, EAF, TextGrid, Word or plain text."
        ),
        error_messages={"required": gettext_lazy("Choose a file first.")},
        widget=FileDrop({"accept": _KINDS}),
    )

    def __init__(self, *args: Any, reader: FileReader, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader

    def clean_transcript(self) -> Any:
        file = self.cleaned_data["transcript"]
        try:
            self.reading = self.reader.read(Path(file.temporary_file_path()), file.name)
        except NotReadable as error:
            raise forms.ValidationError(_(error.args[0])) from None
        return file


class CurrentForm(forms.Form):
    """Whether what is imported for a recording becomes its current transcript."""

    current = forms.BooleanField(
        required=False,
        show_hidden_initial=True,
        label=gettext_lazy("Make it the current transcript"),
        help_text=gettext_lazy(
            "The recording opens its current transcript and lists the others under it. You can choose another later."
        ),
    )

    def get_choice(self) -> bool | None:
        """None if nothing was said, as by a program."""
        said = {self["current"].html_name, self["current"].html_initial_name} & self.data.keys()
        return bool(said and self.is_valid() and self.cleaned_data["current"]) if said else None


class NewImportForm(ImportForm):
    """A transcript together with its recording."""

    recording = forms.FileField(
        allow_empty_file=True,  # It is refused with a message, as any file without audio is.
        label=gettext_lazy("Recording"),
        error_messages={"required": gettext_lazy("Choose a file first.")},
        widget=FileDrop({"accept": "audio/*,video/*"}),
    )
    field_order = ["recording", "transcript"]

    def clean_recording(self) -> Any:
        """Comes first: the reader needs to know how long the sound is."""
        file = self.cleaned_data["recording"]
        try:
            self.info = sandbox.probe_in_turn(Path(file.temporary_file_path()))
        except NotAudio as error:
            raise forms.ValidationError(explain_refusal(file.name, error.reason)) from None
        except Busy:
            raise forms.ValidationError(explain_busy()) from None
        self.reader = replace(self.reader, duration_ms=self.info.duration_ms)
        return file
