"""Bundles in the limited child, which checks all of one and leaves what it holds in files, a line for each row.

The parent never parses what a stranger wrote before it was checked, and each line once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from transcripts.exports.bundle import ANSWER, CHANGES, COMMENTS, ORIGINAL, PARTS, PEAKS, PLAYBACK, ROWS
from transcripts.imports.bundle import NotBundle, Reader, Sizes, opened, parse
from transcripts.imports.bundle_forms import Content
from transcripts.imports.checked import Unexpected
from transcripts.imports.rows import NotReadable
from transcripts.imports.sandbox import LIMITS, run_in_child
from transcripts.limited_child import Limits, Refused
from transcripts.text.alignment import align
from transcripts.text.finding import fold_for_search
from transcripts.text.tokens import Word

_TEXTS = (PARTS, ROWS, CHANGES, COMMENTS)
_GROWTH = 3  # times that rows take more room with their words than without


@dataclass(frozen=True, slots=True)
class BundleContent:
    """What is in `folder`: `answer.json` and lines of JSON, all of it checked. Rows have `words` and `search_text`."""

    about: Mapping[str, Any]
    people: Collection[str]
    """All who are named."""
    sound: Collection[str]
    """The names of the files of sound that were there."""
    folder: Path

    def answer(self) -> str | None:
        """The service's answer as JSON."""
        file = self.folder / ANSWER
        return file.read_text("utf-8") if file.exists() else None

    def lines(self, name: str) -> Iterator[Any]:
        with (self.folder / name).open("rb") as file:
            for line in file:
                yield json.loads(line)


def measure_bundle(bundle: Path) -> Sizes:
    """Raises NotBundle."""
    with opened(bundle) as reader:
        return reader.sizes()


def unpack_in_child(
    bundle: Path, sizes: Sizes, *, folder: Path, sound: Mapping[str, Path], kinds: Collection[str]
) -> BundleContent:
    """Writes the texts of the bundle into `folder`, and its `sound` by the names in the bundle to those paths.

    `kinds` are those of changes. Raises NotBundle.
    """
    request = {
        "bundle": str(bundle.absolute()),
        "folder": str(folder.absolute()),
        "sound": {name: str(path.absolute()) for name, path in sound.items()},
        "kinds": sorted(kinds),
    }
    try:
        answer = run_in_child("transcripts.imports.bundle_sandbox", request, _limit(sizes, bundle.stat().st_size))
    except Refused as refusal:
        raise NotBundle(*refusal.reason) from None
    except NotReadable as error:
        raise NotBundle(NotBundle.BUSY if error.args == (NotReadable.BUSY,) else NotBundle.LIMITS) from None
    return BundleContent(answer["about"], answer["people"], answer["sound"], folder)


def _limit(sizes: Sizes, bundle_bytes: int) -> Limits:
    """As for other files, and a second of CPU more for each MB that texts take in the zip, and 64 MB of sound.

    What a bundle says of itself is believed as far as its own size allows.
    """
    cpu_s = LIMITS.cpu_s + (min(sizes.packed_text, bundle_bytes) >> 20) + (min(sizes.sound, 20 * bundle_bytes) >> 26)
    file_bytes = max(_GROWTH * sizes.text + (1 << 20), sizes.sound)
    return replace(LIMITS, cpu_s=cpu_s, wall_s=6 * cpu_s, file_bytes=file_bytes)


def serve(request: Mapping[str, Any], report: object) -> dict[str, Any]:
    """The child's side of `unpack_in_child`."""
    del report
    sound = {name: Path(path) for name, path in request["sound"].items()}
    try:
        with opened(Path(request["bundle"])) as reader:
            return _unpack(reader, Path(request["folder"]), sound, frozenset(request["kinds"]))
    except NotBundle as error:
        raise Refused([error.reason, error.where]) from None


def _unpack(reader: Reader, folder: Path, sound: Mapping[str, Path], kinds: frozenset[str]) -> dict[str, Any]:
    content = Content(kinds)
    about = reader.about()
    _check("bundle.json", content.about, about)
    if not about["recording"]["source_url"] and not reader.has(ORIGINAL):
        raise NotBundle(NotBundle.BROKEN, ORIGINAL)
    if answer := reader.answer():
        (folder / ANSWER).write_bytes(answer)
        del answer
    checks = {PARTS: content.part, ROWS: content.row, CHANGES: content.change, COMMENTS: content.comment}
    for name in _TEXTS:
        _copy_lines(reader, name, checks[name], folder / name)
    _check(CHANGES, lambda _nothing: content.end(), None)
    for name in (ORIGINAL, PLAYBACK, PEAKS):
        reader.extract(name, sound[name])
    return {"about": about, "people": sorted(content.people), "sound": [name for name in sound if reader.has(name)]}


def _copy_lines(reader: Reader, name: str, check: Callable[[Any], None], target: Path) -> None:
    with target.open("wb") as file:
        for line in reader.lines(name):
            value = parse(line, name)
            _check(name, check, value)
            file.write((json.dumps(_derive(value)).encode() if name == ROWS else line) + b"\n")


def _check(name: str, look: Callable[[Any], None], value: Any) -> None:
    try:
        look(value)
    except Unexpected as error:
        raise NotBundle(NotBundle.BROKEN, f"{name}: {error}") from error


def _derive(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its words' times and what is searched, which bundles do not hold."""
    engine = [Word(*word) for word in row["engine_words"]]
    words = align(engine, row["text"], bounds=(row["start_ms"], row["end_ms"]))
    row["words"] = [[word.text, word.start_ms, word.end_ms, word.source] for word in words]
    row["search_text"] = fold_for_search(row["text"])
    return row
