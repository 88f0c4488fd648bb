"""Writing one compressed audio file, block by block."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av

from transcripts.audio.decode import Samples, make_frame

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer


@contextmanager
def replace_when_done(target: Path) -> Iterator[Path]:
    """Give a temporary name beside `target`; the file is renamed to it at the end, or removed after an error."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


class Encoder:
    """One audio stream in one container. Times count samples from zero, so none is ever missing."""

    def __init__(
        self,
        path: Path,
        *,
        container: str,
        codec: str,
        rate_hz: int,
        channels: int,
        bits_per_s: int,
        codec_options: Mapping[str, str],
        container_options: Mapping[str, str] | None = None,
    ) -> None:
        self._container: OutputContainer = av.open(
            f"file:{path.absolute()}", mode="w", format=container, options=dict(container_options or {})
        )
        layout = "stereo" if channels == 2 else "mono"
        stream = self._container.add_stream(codec, rate=rate_hz, layout=layout, options=dict(codec_options))
        self._stream = cast("AudioStream", stream)
        self._stream.bit_rate = bits_per_s
        self._rate_hz = rate_hz
        self.samples = 0

    @property
    def duration_ms(self) -> int:
        return round(self.samples * 1000 / self._rate_hz)

    def write(self, block: Samples) -> None:
        frame = make_frame(block, self._rate_hz)
        frame.pts = self.samples
        self.samples += block.shape[1]
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what the codec still holds and the end of the container. The file is incomplete before."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
