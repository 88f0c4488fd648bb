"""What must be true of a transcript that a crowd has changed, by its history and by what everybody was answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.concurrency.crowd import Request

WORD = re.compile(r"w\d+x\d+")
ALWAYS_A_CHANGE = {"edit", "split", "merge", "undo", "redo", "delete", "insert"}
KINDS = {
    "edit": {"edited"},
    "split": {"split"},
    "merge": {"merged"},
    "undo": {"undone"},
    "redo": {"redone"},
    "delete": {"deleted", "undone"},  # the latter where one had inserted the row oneself and left it empty
    "insert": {"inserted"},
    "move": {"moved"},
    "verify": {"verified"},
    "assign": {"assigned"},
    "restore": {"restored"},
    "rename": {"renamed"},
    "take": {"restored", "edited"},  # the latter where it was merged with what came meanwhile
}
State = dict[str, Any]


@dataclass
class Step:
    version: int
    kind: str
    by: int | None
    key: str
    undoes: int | None
    details: State
    revisions: list[tuple[int, int, State, State]]
    vanished: Counter[str] = field(default_factory=Counter)
    appeared: Counter[str] = field(default_factory=Counter)


@dataclass
class Told:
    """What `stage.tell` wrote."""

    version: int
    steps: list[Step]
    rows: dict[int, State]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Told:
        steps = [
            Step(version, kind, by, key, undoes, details, [tuple(one) for one in revisions])
            for version, kind, by, key, undoes, details, revisions in told["changes"]
        ]
        return cls(told["version"], steps, {int(pk): row for pk, row in told["rows"].items()})


def faults(before: Told, after: Told, requests: Sequence[Request]) -> list[str]:
    """Everything that is not as it must be."""
    new = after.steps[len(before.steps) :]
    found = [] if after.steps[: len(before.steps)] == before.steps else ["the history before was altered"]
    return [*found, *_of_the_chain(before, after, new), *_of_requests(new, requests), *_of_words(new, requests)]


def _of_the_chain(before: Told, after: Told, new: Iterable[Step]) -> list[str]:
    """Each change takes the rows from where the one before left them, and the last one leaves them as they stand."""
    found = []
    rows = {pk: dict(row) for pk, row in before.rows.items()}
    expected = before.version
    for step in new:
        expected += 1
        if step.version != expected:
            found.append(f"version {step.version} comes after {expected - 1}")
            expected = step.version
        texts: list[str] = []
        for pk, version, then, now in step.revisions:
            row = rows.setdefault(pk, {"version": 0, "removed": True, "text": ""})
            if version != row["version"] + 1 or any(row[name] != value for name, value in then.items()):
                found.append(f"change {step.version} ({step.kind}) does not go on from row {pk} as it was")
            texts += [row["text"]] if not row["removed"] else []
            row |= now | {"version": version}
            step.appeared.update(WORD.findall(row["text"]) if not row["removed"] else [])
        step.vanished.update(word for text in texts for word in WORD.findall(text))
        both = step.vanished & step.appeared
        step.vanished, step.appeared = step.vanished - both, step.appeared - both
    if after.version != expected:
        found.append(f"the transcript is at version {after.version}, its last change is {expected}")
    for pk in rows.keys() | after.rows.keys():
        last, stands = rows.get(pk, {}), after.rows.get(pk, {})
        found += [
            f"row {pk}: {name} is not what its history says"
            for name in stands.keys() - {"words"}
            if last.get(name) != stands[name]
        ]
    return found


def _of_requests(new: Sequence[Step], requests: Sequence[Request]) -> list[str]:
    """What was accepted is in the history exactly once, what was refused never, and nothing else is there."""
    found = []
    settled = {request.key for request in requests if request.kind == "take"}
    by_key: dict[str, list[Step]] = {}
    for step in new:
        by_key.setdefault(step.key, []).append(step)
    for step, following in pairwise(new):
        # Settling a conflict first puts one's own text into the history.
        if not step.key and (following.by, following.key in settled) == (step.by, True):
            by_key[""].remove(step)
    if not by_key.get(""):
        by_key.pop("", None)
    for request in requests:
        steps = by_key.pop(request.key, [])
        accepted = request.status == 200
        least = int(accepted and request.kind in ALWAYS_A_CHANGE)
        # Whose first answer was lost may have been told of somebody's later change.
        most = int(accepted or request.tries > 1)
        if not least <= len(steps) <= most:
            found.append(f"{request.kind} answered {request.status} is in the history {len(steps)} times")
        for step in steps:
            if (step.by, step.kind in KINDS[request.kind]) != (request.by, True):
                found.append(f"{request.kind} of {request.by} is in the history as {step.kind} of {step.by}")
    return found + [f"{len(steps)} changes that nobody asked for" for steps in by_key.values()]


def _of_words(new: Sequence[Step], requests: Iterable[Request]) -> list[str]:
    """No word that was accepted is missing: it stands, or somebody who had seen it took it out. None stands twice."""
    found = []
    asked = {request.key: request for request in requests}
    by_version = {step.version: step for step in new}
    standing: Counter[str] = Counter()
    copied: set[str] = set()  # by people, who may write what they like
    before: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for step in new:
        vanished, appeared = before[0] + step.vanished, before[1] + step.appeared
        vanished, appeared = vanished - appeared, appeared - vanished
        before = Counter(), Counter()
        if not step.key:
            before = vanished, appeared
            continue
        request = asked.get(step.key)
        sent = Counter(WORD.findall(request.sent)) if request else Counter()
        may_vanish = Counter[str]()
        if request and request.kind == "take":
            pass  # Nothing that stands is touched.
        elif step.kind == "edited" and request:
            may_vanish = Counter(WORD.findall(request.seen)) - sent
            missing = set(WORD.findall(request.sent)) - set(WORD.findall(request.seen)) - appeared.keys()
            found += [f"{word} was accepted in change {step.version} and is not in it" for word in missing]
        elif step.kind in {"deleted", "restored"}:
            may_vanish = vanished
        elif step.kind in {"undone", "redone"} and step.undoes in by_version:
            for version in {step.undoes, *step.details.get("along", [])}:
                may_vanish += by_version[version].appeared if version in by_version else Counter()
            if step.kind == "redone":
                for version in by_version[step.undoes].details.get("along", []):
                    may_vanish += by_version[version].vanished
        if gone := vanished - may_vanish:
            found.append(f"change {step.version} ({step.kind}) lost {', '.join(sorted(gone))}")
        standing = standing - vanished + appeared
        if step.kind == "restored" or (request and request.forced):
            copied |= appeared.keys()
        twice = {word for word in appeared if standing[word] > 1} - copied
        if twice:
            found.append(f"change {step.version} ({step.kind}) doubled {', '.join(sorted(twice))}")
            copied |= twice
    return found
