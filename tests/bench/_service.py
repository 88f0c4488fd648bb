"""The speech service on a process of its own: answers so many words to everybody, at once and over a slow link.

`python -m tests.bench._service WORDS BITS_PER_S` prints both addresses as JSON and ends when its input is closed.
"""

from __future__ import annotations

import json
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.bench.bench_text_alignment import Speech
from transcripts.flashserver.server import serve

_STEP_BYTES = 16 * 1024
_MOST_LATE_S = 0.05  # a link that was idle, or whose process was not run, may catch up so much


class Addresses(NamedTuple):
    fast: str
    slow: str


@contextmanager
def service(words: int, bits_per_s: int = 20_000_000) -> Iterator[Addresses]:
    command = [sys.executable, "-m", "tests.bench._service", str(words), str(bits_per_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Addresses(*json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()


def answer(words: int) -> dict[str, Any]:
    """So many words of Chinese with some English, in rows, as the service answers."""
    speech, utterances, now, count = Speech("mixed", 1), [], 0, 0
    while count < words:
        row, text = speech.row(now)
        now = row[-1].end_ms + 400
        count += len(row)
        utterances.append(
            {
                "additions": {"speaker": str(len(utterances) % 3 + 1)},
                "end_time": row[-1].end_ms,
                "start_time": row[0].start_ms,
                "text": text,
                "words": [
                    {"confidence": 0, "end_time": word.end_ms, "start_time": word.start_ms, "text": word.text}
                    for word in row
                ],
            }
        )
    whole = "".join(str(utterance["text"]) for utterance in utterances)
    result = {"additions": {"duration": str(now)}, "text": whole, "utterances": utterances}
    return {"audio_info": {"duration": now}, "result": result}


class _Link(socketserver.ThreadingTCPServer):
    """Passes connections on; what clients send is held to a rate for each of them."""

    daemon_threads = True

    def __init__(self, target: tuple[str, int], bits_per_s: int) -> None:
        self.target = target
        self.bytes_per_s = bits_per_s / 8
        super().__init__(("127.0.0.1", 0), _Connection)


class _Connection(socketserver.BaseRequestHandler):
    server: _Link

    def handle(self) -> None:
        with socket.create_connection(self.server.target) as service:
            back = threading.Thread(target=_pass_on, args=(service, self.request), daemon=True)
            back.start()
            _pass_on(self.request, service, self.server.bytes_per_s)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket, bytes_per_s: float | None = None) -> None:
    due = 0.0
    with suppress(OSError):
        while data := source.recv(_STEP_BYTES):
            target.sendall(data)
            if bytes_per_s is not None:
                now = time.monotonic()
                due = max(due, now - _MOST_LATE_S) + len(data) / bytes_per_s
                time.sleep(max(0.0, due - now))
        target.shutdown(socket.SHUT_WR)


def main(words: str, bits_per_s: str) -> None:
    with serve(script=[{"body": answer(int(words)), "repeat": True}]) as server:
        link = _Link((server.host, server.port), int(bits_per_s))
        threading.Thread(target=link.serve_forever, daemon=True).start()
        slow = f"http://127.0.0.1:{link.server_address[1]}{urlsplit(server.url).path}"
        print(json.dumps([server.url, slow]), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
