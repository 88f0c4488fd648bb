"""A two-hour transcript and one of a tenth of it, made by seed and stored without asking anybody; with their sound.

`python -m tests.bench._transcripts` stores them in the installation that the environment names, for the account NAME,
and prints their ids as JSON. The static page with the same text comes with them.
"""

from __future__ import annotations

import html
import json
import os
import tempfile
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import av
import numpy as np

from tests.bench.bench_text_alignment import Speech
from tests.files import path_of
from transcripts.audio.playback import make_playback
from transcripts.flash.answer import parse_answer
from transcripts.text.tokens import Word

NAME, PASSWORD = "bench", "correct horse"
LONG_MS, LONG_HAN = 7_200_000, 30_000
SHARES = {"long": 1, "short": 10}
SPEAKERS = 4
LONGEST_ROW = 25  # words
PIECE_S = 60  # of sound, which comes again and again
STATIC = "bench/{}.html"


class Line(NamedTuple):
    text: str
    words: tuple[Word, ...]
    speaker: int


class Stored(TypedDict):
    transcript: str
    recording: str
    rows: int
    words: int
    han: int


def speech(han: int, duration_ms: int, seed: int = 1) -> list[Line]:
    """Rows of so many Han characters with some English between them, that fill the time."""
    talk, lines, now, count = Speech("mixed", seed), [], 0, 0
    while count < han:
        words, text = talk.row(now, LONGEST_ROW)
        now = words[-1].end_ms + talk.random.randrange(80, 900)
        count += sum("一" <= char <= "鿿" for char in text)
        lines.append(Line(text, words, talk.random.randrange(SPEAKERS) if lines else 0))
    scale = duration_ms / now
    return [
        Line(
            line.text,
            tuple(Word(word.text, int(word.start_ms * scale), int(word.end_ms * scale)) for word in line.words),
            line.speaker,
        )
        for line in lines
    ]


def answer(lines: list[Line]) -> dict[str, Any]:
    """What the service would have said."""
    utterances = [
        {
            "additions": {"speaker": str(line.speaker + 1)},
            "start_time": line.words[0].start_ms,
            "end_time": line.words[-1].end_ms,
            "text": line.text,
            "words": [
                {"confidence": 0, "start_time": word.start_ms, "end_time": word.end_ms, "text": word.text}
                for word in line.words
            ],
        }
        for line in lines
    ]
    whole = "".join(line.text for line in lines)
    return {
        "audio_info": {"duration": lines[-1].words[-1].end_ms},
        "result": {"text": whole, "utterances": utterances},
    }


def make_sound(folder: Path, duration_ms: int) -> None:
    """`playback.m4a` and `peaks.dat` of a recording: a minute of speech, repeated without encoding it again."""
    from tests.bench.bench_call_cost import write_wav

    folder.mkdir(parents=True, exist_ok=True)
    times = -(-duration_ms // (1000 * PIECE_S))
    with tempfile.TemporaryDirectory() as name:
        sound = write_wav(Path(name) / "piece.wav", PIECE_S * 2 * 16_000, rate_hz=16_000, channels=1)
        piece, peaks = Path(name) / "piece.m4a", Path(name) / "peaks.dat"
        make_playback(sound, piece, peaks)
        _repeat(piece, folder / "playback.m4a", times)
        np.tile(np.fromfile(peaks, dtype=np.int8), times).tofile(folder / "peaks.dat")


def _repeat(piece: Path, target: Path, times: int) -> None:
    options = {"movflags": "+faststart"}
    with av.open(str(piece)) as source, av.open(str(target), "w", format="ipod", options=options) as file:
        (old,) = source.streams.audio
        new = file.add_stream_from_template(old)
        packets = [(bytes(packet), packet.duration) for packet in source.demux(old) if packet.size]
        at = 0
        for data, duration in packets * times:
            packet = av.Packet(data)
            packet.stream, packet.time_base = new, old.time_base
            packet.pts = packet.dts = at
            packet.duration = duration
            at += duration
            file.mux(packet)


def static_page(lines: list[Line], audio: str) -> str:
    """The same paragraphs as plain text, one field, and a click that plays."""
    paragraphs = "\n".join(f'<p data-start="{line.words[0].start_ms}">{html.escape(line.text)}</p>' for line in lines)
    return f"""<!DOCTYPE html>
<html lang="zh"><meta charset="utf-8"><title>Static</title>
<style>body {{ font: 17px/1.75 sans-serif; max-width: 44rem; margin: 0 auto }} textarea {{ font: inherit }}</style>
<audio preload="metadata" src="{audio}"></audio>
<textarea name="text" cols="60" rows="4"></textarea>
{paragraphs}
<script>
const audio = document.querySelector("audio");
document.addEventListener("click", (event) => {{
  const row = event.target.closest("[data-start]");
  if (!row) return;
  audio.currentTime = row.dataset.start / 1000;
  audio.play();
}});
</script>
</html>
"""


def make(share: int) -> tuple[Stored, str]:
    """What was stored, and the static page."""
    from django.contrib.auth.models import User

    from transcripts.enums import PreparationState, TranscriptionState
    from transcripts.models import Recording, Transcription
    from transcripts.services.accounts.accounts import get_personal_project
    from transcripts.services.recognition.from_answer import attach_transcript, build_rows, store_rows

    by = User.objects.get(username=NAME)
    duration_ms = LONG_MS // share
    lines = speech(LONG_HAN // share, duration_ms)
    recording = Recording.objects.create(
        project=get_personal_project(by),
        uploaded_by=by,
        title=f"{duration_ms // 60_000} minutes",
        duration_ms=duration_ms,
        channels=1,
        rate_hz=16_000,
        state=PreparationState.DONE,
    )
    make_sound(path_of(recording.folder), duration_ms)
    run = Transcription.objects.create(recording=recording, requested_by=by, state=TranscriptionState.DONE)
    transcript = store_rows(build_rows(parse_answer(answer(lines)).utterances))
    attach_transcript(transcript, transcription=run)
    stored: Stored = {
        "transcript": str(transcript.pk),
        "recording": str(recording.pk),
        "rows": len(lines),
        "words": sum(len(line.words) for line in lines),
        "han": sum("一" <= char <= "鿿" for line in lines for char in line.text),
    }
    return stored, static_page(lines, f"/recordings/{recording.pk}/audio/")


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from whitenoise.compress import Compressor

    found = {}
    for name, share in SHARES.items():
        found[name], page = make(share)
        file = Path(settings.STATIC_ROOT) / STATIC.format(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page)
        list(Compressor(quiet=True).compress(str(file)))
    print(json.dumps(found))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flashweb.settings")
    main()
