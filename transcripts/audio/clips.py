"""Clips of the playback copy, cut between its frames without decoding it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path


def cut_clips(playback: Path, spans: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """Give an M4A file for each span (start and end in ms), accurate to two frames (128 ms).

    `playback` is a copy of our own making. A span after its end gives empty bytes.
    """
    import av  # only where it is used, for its memory

    with av.open(str(playback)) as source:
        stream = source.streams.audio[0]
        base = stream.time_base
        if base is None:
            raise ValueError("The playback copy has no time base.")
        for start_ms, end_ms in spans:
            content = BytesIO()
            with av.open(content, "w", format="ipod") as target:
                out = target.add_stream_from_template(stream)
                begin, end = int(start_ms / 1000 / base), int(end_ms / 1000 / base)
                source.seek(begin, stream=stream, backward=True)
                first: int | None = None
                for packet in source.demux(stream):
                    if packet.pts is None or packet.dts is None:  # the end
                        break
                    if packet.pts + (packet.duration or 0) <= begin:
                        continue
                    if packet.pts >= end:
                        break
                    first = packet.pts if first is None else first
                    packet.pts, packet.dts = packet.pts - first, packet.dts - first
                    packet.stream = out
                    target.mux(packet)
            yield content.getvalue() if first is not None else b""
