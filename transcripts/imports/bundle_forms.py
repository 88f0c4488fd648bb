"""What has to stand in the files of a bundle, line by line; and whether the lines fit each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from transcripts.flash.answer import MAX_TIME_MS
from transcripts.imports.checked import (
    Check,
    Unexpected,
    flag,
    maybe,
    moment,
    one_of,
    plain_object,
    record,
    several,
    text,
    whole,
    words,
)
from transcripts.imports.rows import MOST_ROWS
from transcripts.text.limits import (
    MAX_COMMENT,
    MAX_COMMENTER_NAME,
    MAX_SPEAKER_LABEL,
    MAX_SPEAKER_NAME,
    MAX_TAG_NAME,
    MAX_TEXT,
    MAX_WARNING_KEY,
    MOST_TAGS,
    SPEAKER_COLOURS,
)

MOST_CHANGES, MOST_REVISIONS, MOST_COMMENTS = 200_000, 2_000_000, 100_000
MOST_PEOPLE = 2000
_NUMBER = whole(1, 2**30)
_TIME = whole(0, MAX_TIME_MS)
_NAME = text(150)
_TRACK = whole(0, 2**15 - 1)

_RECORDING: Mapping[str, Check] = {
    "title": text(300),
    "file_name": text(300),
    "source_url": text(2000),
    "duration_ms": maybe(_TIME),
    "track": maybe(_TRACK),
    "tags": several(text(MAX_TAG_NAME), MOST_TAGS),
}
_TRY: Mapping[str, Check] = dict.fromkeys(
    ("error", "status_code", "message", "logid", "request_id", "at"), text(100_000)
)
_TRANSCRIPTION: Mapping[str, Check] = {
    "options": plain_object,
    "track": maybe(_TRACK),
    "status_code": text(20),
    "message": text(100_000),
    "logid": text(100),
    "request_id": text(100),
    "tries": several(lambda value: bool(record(value, _TRY, optional=True)) or value == {}, 1000),
    "created_at": moment,
    "started_at": maybe(moment),
    "finished_at": maybe(moment),
    "by": maybe(_NAME),
}
_TRANSCRIPT: Mapping[str, Check] = {"version": _NUMBER, "created_at": moment}
_SPEAKER: Mapping[str, Check] = {
    "label": text(MAX_SPEAKER_LABEL),
    "name": text(MAX_SPEAKER_NAME),
    "colour": whole(1, SPEAKER_COLOURS),
}
_PART: Mapping[str, Check] = {
    "number": whole(1, 2**15 - 1),
    "start_ms": _TIME,
    "end_ms": _TIME,
    "status_code": text(20),
    "message": text(100_000),
    "logid": text(100),
    "request_id": text(100),
    "raw_answer": plain_object,
}
_CHANGE: Mapping[str, Check] = {
    "version": _NUMBER,
    "by": maybe(_NAME),
    "at": moment,
    "details": plain_object,
    "undoes": maybe(_NUMBER),
    "rows": several(lambda value: isinstance(value, dict), MOST_ROWS),
}
_COMMENT: Mapping[str, Check] = {
    "row": maybe(_NUMBER),
    "thread": maybe(_NUMBER),
    "start": whole(0, 2**31 - 1),
    "end": whole(0, 2**31 - 1),
    "text": text(200_000),
    "at_ms": _TIME,
    "by": maybe(_NAME),
    "name": text(MAX_COMMENTER_NAME),
    "body": text(MAX_COMMENT),
    "created_at": moment,
    "edited_at": maybe(moment),
    "deleted_at": maybe(moment),
    "resolved_at": maybe(moment),
    "resolved_by": text(150),
}


@dataclass
class Content:
    """Takes the files of a bundle in their order and says of each line whether it may stand there.

    Every method raises Unexpected. `people` are all who are named.
    """

    kinds: frozenset[str]
    """Those of changes."""
    speakers: int = 0
    rows: int = 0
    people: set[str] = field(default_factory=set)
    _version: int = 0
    _row_versions: list[int] = field(default_factory=list)
    _spans: list[tuple[int, int]] = field(default_factory=list)
    _last: dict[int, int] = field(default_factory=dict)
    _before: dict[int, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    _undone: set[int] = field(default_factory=set)
    _versions: set[int] = field(default_factory=set)
    _last_version: int = 0
    _revisions: int = 0
    _long_texts: set[str] = field(default_factory=set)
    _threads: list[bool] = field(default_factory=list)

    def about(self, value: dict[str, Any]) -> None:
        head = record(value, _HEAD)
        record(head["recording"], _RECORDING)
        address = head["recording"]["source_url"]
        if not head["recording"]["title"].strip() or (address and not address.startswith(("http://", "https://"))):
            raise Unexpected("recording")
        record(head["transcription"], _TRANSCRIPTION)
        record(head["transcript"], _TRANSCRIPT)
        labels = [record(one, _SPEAKER)["label"] for one in head["speakers"]]
        if len(set(labels)) < len(labels):
            raise Unexpected("speakers")
        self.speakers, self._version = len(labels), head["transcript"]["version"]
        self._named(head["transcription"]["by"])

    def part(self, value: Any) -> None:
        part = record(value, _PART)
        if part["end_ms"] <= part["start_ms"]:
            raise Unexpected("end_ms")

    def row(self, value: Any) -> None:
        if isinstance(value, dict):
            value.setdefault("speaker_confidence", None)  # Rows of version 4 have none.
        row = record(value, self._row)
        if row["end_ms"] <= row["start_ms"]:
            raise Unexpected("end_ms")
        self._check_texts(row)
        self.rows += 1
        if self.rows > MOST_ROWS:
            raise Unexpected("number of rows")
        self._row_versions.append(row["version"])
        self._spans.append((row["start_ms"], row["end_ms"]))
        self._named(row["verified_by"])

    def change(self, value: Any) -> None:
        """In the order of versions; each takes back another one at most once."""
        change = record(value, {**_CHANGE, "kind": one_of(self.kinds)})
        version, undoes = change["version"], change["undoes"]
        if not self._last_version < version <= self._version or len(self._versions) >= MOST_CHANGES:
            raise Unexpected("version")
        if undoes is not None and (undoes not in self._versions or undoes in self._undone):
            raise Unexpected("undoes")
        self._last_version = version
        self._versions.add(version)
        self._undone.add(undoes)
        details = change["details"]
        record({name: details[name] for name in details.keys() & self._details.keys()}, self._details, optional=True)
        if "speaker" in details and not details.keys() >= {"before", "after"}:
            raise Unexpected("details")
        if details.get("edit_session") and len(change["rows"]) != 1:
            raise Unexpected("rows")
        self._named(change["by"])
        self._named(details.get("person"))
        for one in change["rows"]:
            self._revision(record(one, _REVISION))

    def comment(self, value: Any) -> None:
        """Of a row, or in the thread of a comment that stands above."""
        comment = record(value, _COMMENT)
        row, thread = comment["row"], comment["thread"]
        if (row is None) == (thread is None) or (row or 0) > self.rows or comment["end"] < comment["start"]:
            raise Unexpected("row")
        if thread is not None and not (thread <= len(self._threads) and self._threads[thread - 1]):
            raise Unexpected("thread")
        self._threads.append(thread is None)
        if len(self._threads) > MOST_COMMENTS:
            raise Unexpected("number of comments")
        self._named(comment["by"])

    def end(self) -> None:
        """Whether rows end after they start however far one goes back."""
        for number, states in self._before.items():
            start_ms, end_ms = self._spans[number - 1]
            for before in reversed(states):
                start_ms, end_ms = before.get("start_ms", start_ms), before.get("end_ms", end_ms)
                if end_ms <= start_ms:
                    raise Unexpected(f"row {number}")

    @cached_property
    def _state(self) -> Mapping[str, Check]:
        return {**ROW_STATE, "speaker": maybe(whole(1, self.speakers)), "verified_by": maybe(_NAME)}

    @cached_property
    def _row(self) -> Mapping[str, Check]:
        own = {"channel": text(8), "additions": _additions, "changed_at": maybe(moment), "version": _NUMBER}
        return {**self._state, **own}

    @cached_property
    def _details(self) -> Mapping[str, Check]:
        return {**_DETAILS, "speaker": maybe(whole(1, self.speakers)), "row": maybe(whole(1, self.rows))}

    def _revision(self, one: Mapping[str, Any]) -> None:
        number, version = one["row"], one["version"]
        self._revisions += 1
        if number > self.rows or self._revisions > MOST_REVISIONS:
            raise Unexpected("row")
        if not self._last.get(number, 0) < version <= self._row_versions[number - 1]:
            raise Unexpected("version of a row")
        self._last[number] = version
        if one["before"].keys() != one["after"].keys() and one["before"] != {"removed": True}:
            raise Unexpected("before")
        states = [record(one[name], self._state, optional=True) for name in ("before", "after")]
        self._check_texts(*states)
        for state in states:
            self._named(state.get("verified_by"))
            if state.get("end_ms", MAX_TIME_MS + 1) <= state.get("start_ms", -1):
                raise Unexpected("end_ms")
        if one["before"].keys() & {"start_ms", "end_ms"}:
            self._before[number].append({name: one["before"][name] for name in one["before"].keys() & _SPAN})

    def _check_texts(self, *states: Mapping[str, Any]) -> None:
        """No longer than can be typed, but for what the service wrote itself, whole or in parts."""
        for state in states:
            if len(wrote := state.get("engine_text", "")) > MAX_TEXT:
                self._long_texts.add(wrote)
        for state in states:
            said = state.get("text", "")
            if len(said) > MAX_TEXT and not any(said in wrote for wrote in self._long_texts):
                raise Unexpected("length of text")

    def _named(self, name: str | None) -> None:
        if name is None:
            return
        if not name.strip():
            raise Unexpected("name")
        self.people.add(name)
        if len(self.people) > MOST_PEOPLE:
            raise Unexpected("number of people")


def _additions(value: Any) -> bool:
    said = text(2000)
    return (
        isinstance(value, dict) and len(value) <= 1000 and all(said(name) and said(one) for name, one in value.items())
    )


_SPAN = {"start_ms", "end_ms"}
_HEAD: Mapping[str, Check] = {
    **dict.fromkeys(("recording", "transcription", "transcript"), plain_object),
    "speakers": several(lambda value: isinstance(value, dict), 10_000),
}
_REVISION: Mapping[str, Check] = {"row": _NUMBER, "version": _NUMBER, "before": plain_object, "after": plain_object}
# What our own code takes out of the details of a change; whatever else stands there is only kept.
_DETAILS: Mapping[str, Check] = {
    "person": maybe(_NAME),
    "along": several(_NUMBER, MOST_CHANGES),
    "edit_session": text(200),
    "before": text(MAX_SPEAKER_NAME),
    "after": text(MAX_SPEAKER_NAME),
    "undoes": _NUMBER,
    "version": _TIME,
    "kept": _TIME,
    "shift_ms": whole(-MAX_TIME_MS, MAX_TIME_MS),
    "count": _TIME,
    "diarization": text(100),
    "voices": _TIME,
    "splits": _TIME,
    "automatic": flag,
}
ROW_STATE: Mapping[str, Check] = {
    "text": text(200_000),
    "start_ms": _TIME,
    "end_ms": whole(0, MAX_TIME_MS),
    "engine_text": text(200_000),
    "engine_words": words(1000, 50_000, MAX_TIME_MS),
    "speaker_confidence": maybe(whole(0, 100)),
    "removed": flag,
    "verified_at": maybe(moment),
    "flagged": flag,
    "dismissed": several(text(MAX_WARNING_KEY), 1000),
}
"""The fields that revisions tell of, but for the speaker and the person, who are told by number and by name."""
