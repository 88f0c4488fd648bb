"""What people choose about a file before it is imported: how to read it, and where unread texts belong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts.flash.answer import MAX_TIME_MS
from transcripts.forms.fields import ClockField
from transcripts.forms.imports import FileReader
from transcripts.imports.decisions import add_rows
from transcripts.imports.reading import ImportedAnswer, make_answer
from transcripts.imports.rows import ImportedRow, NotRead, NotReadable, Reading, ReadOptions
from transcripts.templatetags.flashweb import signed_clock

MOST_ASKED = 200
"""How many texts have fields of their own on the page; of what goes beyond, one choice holds for all."""
_SHOWN_ROWS = 5
_SHOWN_TEXTS = 500
_SHOWN_CHARS = 1000


class ChoicesForm(forms.Form):
    """How a file is to be read. `base`, the reading without any choice, tells what there is to choose."""

    NAMES = {"": None, "yes": True, "no": False}

    shift = ClockField(
        required=False,
        signed=True,
        show_hidden_initial=True,
        label=gettext_lazy("Move all rows by"),
        help_text=gettext_lazy("Hours, minutes and seconds, such as 0:00:02.5; with a minus sign, rows move earlier."),
    )
    merge_captions = forms.BooleanField(
        required=False, show_hidden_initial=True, label=gettext_lazy("Keep repeated lines of captions only once")
    )
    names_in_text = forms.ChoiceField(
        required=False,
        show_hidden_initial=True,
        label=gettext_lazy("Names before colons"),
        choices=[
            ("", gettext_lazy("Speakers where the file shows it")),
            ("yes", gettext_lazy("Always speakers")),
            ("no", gettext_lazy("Part of the text")),
        ],
    )
    carry_names = forms.BooleanField(
        required=False,
        show_hidden_initial=True,
        label=gettext_lazy("Rows without a name belong to the speaker before them"),
    )
    leave_rest = forms.BooleanField(required=False, label=gettext_lazy("Leave out all others"))

    def __init__(self, *args: Any, base: Reading, **kwargs: Any) -> None:
        assumed = base.assumed
        initial = {"shift": assumed.proposed_shift_ms, "encoding": assumed.encoding, "merge_captions": True}
        super().__init__(*args, **kwargs | {"initial": initial | kwargs.get("initial", {})})
        self.base = base
        encodings = [(choice.name, choice.name) for choice in assumed.encoding_choices]
        self.fields["encoding"] = forms.ChoiceField(required=False, show_hidden_initial=True, choices=encodings)
        has_names = assumed.names_in_text or assumed.kept_names
        asked = {
            "encoding": assumed.encoding_choices,
            "shift": assumed.timed,
            "merge_captions": assumed.merged_captions,
            "names_in_text": has_names,
            "carry_names": has_names,
        }
        for name in [name for name, is_asked in asked.items() if not is_asked]:
            del self.fields[name]

    @property
    def encodings(self) -> list[tuple[str, str, bool]]:
        """Name, preview, and whether it is chosen."""
        chosen = self["encoding"].value()
        return [(choice.name, choice.preview, choice.name == chosen) for choice in self.base.assumed.encoding_choices]

    @property
    def is_otherwise(self) -> bool:
        """Whether the file is to be read in another way than on the page that was sent."""
        return bool(set(self.changed_data) - {"leave_rest"})

    def get_options(self) -> dict[str, Any]:
        """For `FileReader.read`: of a valid form what was chosen, of one that was not sent what it proposes.

        Empty where that is how `base` was read.
        """
        chosen = self.cleaned_data if self.is_bound else self.initial
        options: dict[str, Any] = {
            "shift_ms": chosen.get("shift") or 0,
            "names_in_text": self.NAMES[chosen.get("names_in_text", "")],
            "carry_names": bool(chosen.get("carry_names")),
            "merge_captions": chosen.get("merge_captions", True),
        }
        usual = ReadOptions()
        options = {name: value for name, value in options.items() if value != getattr(usual, name)}
        if chosen.get("encoding", "") not in ("", self.base.assumed.encoding):
            options["encoding"] = chosen["encoding"]
        return options

    def get_shown_shift_ms(self) -> int:
        """By how much the rows were shifted on the page that was sent; 0 where it says nothing readable."""
        try:
            return self.fields["shift"].clean(self.data.get(self["shift"].html_initial_name)) or 0
        except (KeyError, forms.ValidationError):
            return 0


class UnreadForm(forms.Form):
    """What to do with a text that was not read: a row from `time` on, or nothing."""

    time = ClockField(required=False, label=gettext_lazy("Time"))
    leave = forms.BooleanField(required=False, label=gettext_lazy("Leave out"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        if cleaned.get("leave"):
            self.errors.pop("time", None)
        elif "time" not in self.errors and cleaned.get("time") is None:
            self.add_error("time", _("Enter a time, or leave it out."))
        return cleaned


@dataclass(frozen=True, slots=True)
class UnreadText:
    left: NotRead

    @property
    def place(self) -> str:
        place = self.left.place
        return _(place.where) % {"number": place.number, "name": place.name}

    @property
    def reason(self) -> str:
        return _(self.left.reason)

    @property
    def words(self) -> str:
        """Enough of them to know what it is: a hostile file's page is no larger than another's."""
        text = self.left.text
        return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


@dataclass(frozen=True, slots=True)
class UnreadItem(UnreadText):
    form: UnreadForm


class ShownReading:
    """What a kept file holds, as the page shows it, with the forms that were sent or that are to be sent.

    Raises NotReadable where the file can't be read at all.
    """

    def __init__(
        self,
        reader: FileReader,
        path: Path,
        file_name: str,
        sent: Mapping[str, Any] | None = None,
        base: Reading | None = None,
    ) -> None:
        """`base`: what the reader made of the file without any choice, if that is known already."""
        self.base = self.reading = base or reader.read(path, file_name)
        self.choices = ChoicesForm(sent, base=self.base)
        self.is_final = False
        """Whether all is to be stored as the page showed it."""
        self._moved_ms = 0
        if sent is None or self.choices.is_valid():
            self._read_chosen(reader, path, file_name)
        asked = [left for left in self.reading.not_read if left.may_be_speech]
        self.items = list(self._make_items(asked[:MOST_ASKED], sent or {}))
        self.rest = [UnreadText(left) for left in asked[MOST_ASKED:]]
        self.no_speech = [UnreadText(left) for left in self.reading.not_read if not left.may_be_speech]
        self.shown_rest, self.shown_no_speech = self.rest[:_SHOWN_TEXTS], self.no_speech[:_SHOWN_TEXTS]

    @property
    def unread_count(self) -> int:
        return len(self.items) + len(self.rest)

    @property
    def has_undecided(self) -> bool:
        return any(item.form.errors for item in self.items)

    @property
    def base_start_ms(self) -> int:
        return self.base.rows[0].start_ms if self.base.rows else 0

    @property
    def file_shift(self) -> str:
        return signed_clock(self.base.assumed.shift_ms)

    @property
    def first_rows(self) -> tuple[ImportedRow, ...]:
        return self.reading.rows[:_SHOWN_ROWS]

    @property
    def has_more_rows(self) -> bool:
        return len(self.reading.rows) > _SHOWN_ROWS

    @property
    def end_ms(self) -> int:
        return max((row.end_ms for row in self.reading.rows), default=0)

    @property
    def speakers(self) -> list[str]:
        return list(dict.fromkeys(row.speaker for row in self.reading.rows if row.speaker))

    def get_answer(self) -> ImportedAnswer | None:
        """What is to be stored; None while something is undecided, or other than it was shown."""
        if not self.is_final or self.has_undecided:
            return None
        decided = [(item.left, item.form.cleaned_data) for item in self.items]
        placed = [(left, decision["time"]) for left, decision in decided if not decision["leave"]]
        if not self.choices.cleaned_data["leave_rest"]:
            placed += [(text.left, self._get_near_ms(text.left) or 0) for text in self.rest]
        reading = add_rows(self.reading, placed)
        if not reading.rows:
            self.choices.add_error(None, _(NotReadable.EMPTY))
            return None
        return make_answer(reading)

    def _read_chosen(self, reader: FileReader, path: Path, file_name: str) -> None:
        sent = self.choices
        options = sent.get_options()
        try:
            self.reading = reader.read(path, file_name, **options) if options else self.base
        except NotReadable as error:
            if not sent.is_bound:
                raise
            sent.add_error(None, _(error.args[0]))
            return
        if not sent.is_bound:
            return
        self.is_final = sent.data.get("step") == "import" and not sent.is_otherwise
        self._moved_ms = options.get("shift_ms", 0) - sent.get_shown_shift_ms()
        if not self.is_final:  # The next page compares with what this one shows.
            self.choices = ChoicesForm(base=self.base, initial=sent.cleaned_data)

    def _make_items(self, asked: Iterable[NotRead], sent: Mapping[str, Any]) -> Iterator[UnreadItem]:
        """With what was typed so far; times move along with the rows."""
        seen: Counter[str] = Counter()
        for left in asked:
            words = f"{left.place}|{left.text}"
            seen[words] += 1
            key = sha256(f"{seen[words]}|{words}".encode()).hexdigest()[:12]
            if self.is_final:
                yield UnreadItem(left, UnreadForm(sent, prefix=key))
            elif f"{key}-time" in sent:
                time = self._move_time(sent[f"{key}-time"])
                leave = f"{key}-leave" in sent
                yield UnreadItem(left, UnreadForm(prefix=key, initial={"time": time, "leave": leave}))
            else:
                yield UnreadItem(left, UnreadForm(prefix=key, initial={"time": self._get_near_ms(left)}))

    def _move_time(self, typed: str) -> int | str:
        try:
            time_ms = ClockField(required=False).clean(typed)
        except forms.ValidationError:
            return typed
        return typed if time_ms is None else _limit_time(time_ms + self._moved_ms)

    def _get_near_ms(self, left: NotRead) -> int | None:
        return None if left.near_ms is None else _limit_time(left.near_ms + self.reading.assumed.shift_ms)


def _limit_time(time_ms: int) -> int:
    return min(max(0, time_ms), MAX_TIME_MS - 1)
