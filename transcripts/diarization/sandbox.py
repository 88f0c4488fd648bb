"""Telling speakers apart in a limited child: the sound is a stranger's, and arrays would stay in our memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from transcripts import limited_child
from transcripts.audio.results import NotAudio, Reason
from transcripts.diarization.results import Diarized, EncoderMissing, Hint, NotWindows, Span
from transcripts.limited_child import ChildFailed as ChildFailed
from transcripts.limited_child import LimitExceeded, Limits, Refused
from transcripts.limited_child import WorkCancelled as WorkCancelled

_MODULE = "transcripts.diarization.tools"
_MEMORY_BYTES = 1 << 30  # of addresses; libraries take most of them and use few
_TELL_LIMITS = Limits(memory_bytes=_MEMORY_BYTES, cpu_s=120, file_bytes=1 << 20, wall_s=600)


def embed(
    source: Path,
    words: Sequence[Span],
    target: Path,
    *,
    track: int | None = None,
    model: Path | None = None,
    cancelled: Callable[[], bool] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> None:
    """Write the embeddings of the speech of `source` to `target`, which appears complete or not at all.

    Words (of any order, in ms) tell where speech is. `model` is the folder of another encoder. A second of sound costs
    about 0.03 s of CPU, two hours make 4 MB. Progress is in ms of the sound. Raises `NotAudio`, `EncoderMissing`,
    `ChildFailed`, `WorkCancelled`, and whatever `on_progress` raises.
    """
    longest_s = min(source.stat().st_size // 200, 12 * 3600)
    cpu_s = 120 + longest_s // 5
    limits = Limits(_MEMORY_BYTES, cpu_s, (1 << 20) + longest_s * 1000, 60 + 4 * cpu_s)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=target.absolute().parent, ignore_cleanup_errors=True) as name:
        made = Path(name) / target.name
        request = {
            "tool": "embed",
            "source": str(source.absolute()),
            "words": [list(word) for word in words],
            "target": str(made),
            "track": track,
            "model": str(model.absolute()) if model else None,
        }
        _run(request, limits, cancelled, on_progress)
        made.replace(target)


def tell_apart(
    windows: Path,
    words: Sequence[Span],
    *,
    hint: Hint | None = None,
    examples: Mapping[str, Sequence[Span]] | None = None,
    within: Sequence[Span] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Diarized:
    """Tell the voices of `words` apart by the embeddings that `embed` wrote: seconds for hours of sound.

    With `examples` (stretches by key), each key is a voice, and all words are sorted by likeness to these; `hint` does
    not matter then. With `within`, only words in these stretches are looked at, and others are in no turn. Raises
    `NotWindows`, `ChildFailed`, `WorkCancelled`, or `OSError` for a missing file.
    """
    windows.stat()
    request = {
        "tool": "tell_apart",
        "windows": str(windows.absolute()),
        "words": [list(word) for word in words],
        "hint": (hint or Hint()).to_json(),
        "examples": {key: [list(span) for span in spans] for key, spans in examples.items()} if examples else None,
        "within": [list(span) for span in within] if within is not None else None,
    }
    return Diarized.from_json(_run(request, _TELL_LIMITS, cancelled, None))


def _run(
    request: Mapping[str, object],
    limits: Limits,
    cancelled: Callable[[], bool] | None,
    on_progress: Callable[[int], None] | None,
) -> dict[str, Any]:
    try:
        return limited_child.run(_MODULE, request, limits, cancelled=cancelled, on_progress=on_progress)
    except Refused as refusal:
        kind, reason = refusal.reason
        if kind == "encoder":
            raise EncoderMissing(reason) from refusal
        if kind == "windows":
            raise NotWindows(reason) from refusal
        raise NotAudio(reason) from refusal
    except LimitExceeded as error:
        raise NotAudio(Reason.LIMITS) from error
