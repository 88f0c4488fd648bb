"""`manage.py transcribe`: one recording in, its answer out, without the database."""

from __future__ import annotations

import json
import logging
import os
import queue
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from transcripts.audio import sandbox
from transcripts.audio.results import NotAudio
from transcripts.errors import NotFetched
from transcripts.exports import registry
from transcripts.exports.document import Document, DocumentRow
from transcripts.exports.options import BY_NAME as EXPORT_OPTIONS
from transcripts.flash.answer import Answer
from transcripts.flash.audio import AudioUrl
from transcripts.flash.errors import ErrorKind, FlashError
from transcripts.flash.options import OPTION_FIELDS, RecognitionOptions
from transcripts.flash.reply import Recognition, read_reply
from transcripts.flash.stitching import RecognisedPart, stitch_recognitions
from transcripts.options import OptionError
from transcripts.services.recognition.api_requests import ADDRESS_REFUSED, ApiRequest, prepare_requests
from transcripts.services.recognition.dispatch import send_request

if TYPE_CHECKING:
    from transcripts.flashserver.server import FlashServer

# What only some need, a format or a local server, is imported where it is used: it is most of what there is to load.
FORMATS = registry.OFFERED
RECOGNITION_OPTIONS = [option.name for option in OPTION_FIELDS if option.name != "voices"]


class Command(BaseCommand):
    help = "Recognises one recording and writes the answer, without touching the database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="path or http(s) address of a recording")
        parser.add_argument("--format", help=f"{', '.join(FORMATS)}; without it, the raw answer as JSON")
        parser.add_argument(
            "-o", "--output", type=Path, metavar="FILE", help="file to write instead of standard output"
        )
        parser.add_argument(
            "--track",
            type=int,
            metavar="N",
            help="the audio track, from 1, where there are several (the one with speech)",
        )
        parser.add_argument(
            "--option",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help=(
                f"can be repeated; for recognition: {', '.join(RECOGNITION_OPTIONS)}; "
                f"of the format: {', '.join(EXPORT_OPTIONS)}"
            ),
        )

    def run_from_argv(self, argv: list[str]) -> None:
        super().run_from_argv(_repeat_option_flag(argv))

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path | None = options["output"]
        try:
            asked, wanted = _split_options(_parse_options(options["option"]))
            chosen = RecognitionOptions.from_mapping(asked)
            track = _parse_track(options["track"])
            export = _choose_export(options["format"], wanted, asked=chosen, track=track)
            if output is not None and (output.is_dir() or not output.parent.is_dir()):
                raise CommandError(f"{output} cannot be written.")
            with _silence_logs(), ExitStack() as stack:
                recognition = self._recognise_source(options["source"], chosen, track, stack)
                content = export(recognition, options["source"], stack)
                self._report(recognition)
                self._write_content(content, output)
        except OptionError as error:
            raise CommandError(f"Option {error}") from None
        except NotAudio as error:
            from transcripts.messages import REFUSALS

            raise CommandError(f"{options['source']}: {REFUSALS[error.reason]}") from None
        except NotFetched as error:
            from transcripts.messages import FETCHING

            raise CommandError(f"{options['source']}: {FETCHING[error.reason]}") from None
        except FlashError as error:
            logid = f" (logid {error.logid})" if error.logid else ""
            hint = (
                " Name a resource that is activated in FLASH_RESOURCE_ID."
                if error.kind is ErrorKind.NOT_GRANTED
                else ""
            )
            raise CommandError(f"Recognition failed: {error}{logid}{hint}") from None
        except OSError as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped.", returncode=130) from None

    def _recognise_source(
        self, source: str, options: RecognitionOptions, track: int | None, stack: ExitStack
    ) -> Recognition:
        """The answer; if the service refuses the address, the answer to a copy that we fetch."""
        api_requests = _prepare_requests(source, options, track, stack)
        url = _choose_url(api_requests, stack)
        try:
            return _recognise(url, api_requests, options)
        except FlashError as error:
            if not _is_address(source) or error.kind not in ADDRESS_REFUSED:
                raise
        return _recognise(url, _prepare_requests(str(_fetch_copy(source, stack)), options, track, stack), options)

    def _report(self, recognition: Recognition) -> None:
        self.stderr.write(f"X-Api-Status-Code: {recognition.code}", str)
        self.stderr.write(f"X-Api-Message: {recognition.message}", str)
        self.stderr.write(f"X-Tt-Logid: {recognition.logid}", str)
        self.stderr.write(f"seconds: {recognition.seconds:.3f}", str)

    def _write_content(self, content: Iterable[bytes], output: Path | None) -> None:
        if output is not None:
            with output.open("wb") as file:
                file.writelines(content)
            return
        # UTF-8 whatever the terminal's locale is.
        binary = getattr(self.stdout, "buffer", None)
        if binary is None:
            self.stdout.write(b"".join(content).decode(), ending="")
        else:
            self.stdout.flush()
            binary.writelines(content)
            binary.flush()


def _repeat_option_flag(argv: list[str]) -> list[str]:
    """Turns `--option a=1 b=2` into `--option a=1 --option b=2`: argparse could not tell where the values end."""
    named: list[str] = []
    in_options = False
    for argument in argv:
        follows = bool(named) and named[-1] == "--option"
        if in_options and not follows and re.match(r"\w+=", argument):
            named.append("--option")
            follows = True
        in_options = follows or argument == "--option"
        named.append(argument)
    return named


def _parse_options(pairs: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise CommandError(f"--option takes NAME=VALUE, not {pair!r}.")
        if name in values:
            raise CommandError(f"Option {name} is given twice.")
        values[name] = value
    return values


def _is_address(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _parse_track(number: int | None) -> int | None:
    """Counted from 0."""
    if number is not None and number < 1:
        raise CommandError("--track takes a number from 1.")
    return None if number is None else number - 1


def _prepare_requests(
    source: str, options: RecognitionOptions, track: int | None, stack: ExitStack
) -> list[ApiRequest]:
    """What to send: an address as it is, a file as the service accepts it, in parts if it is too long.

    Of an address with a `track` it is our copy: the service would choose by itself.
    """
    if _is_address(source) and track is not None:
        source = str(_fetch_copy(source, stack))
    if _is_address(source):
        return [ApiRequest(1, 0, 0, AudioUrl(source))]
    path = Path(source)
    if not path.is_file():
        raise CommandError(f"{source} {'is not a file' if path.exists() else 'does not exist'}.")
    info = sandbox.probe(path, track=track)
    if track not in (None, info.track):
        raise CommandError(f"{source} has no audio track {track + 1}.")
    return prepare_requests(
        path,
        _make_folder(stack),
        options=options,
        api_format=info.api_format,
        channels=info.channels,
        duration_ms=info.duration_ms,
        track=info.track if info.tracks else None,
    )


def _choose_url(api_requests: list[ApiRequest], stack: ExitStack) -> str:
    """Empty for the configured service; without credentials, where none answers, a local server started here."""
    by_address = isinstance(api_requests[0].audio, AudioUrl)
    # A running server has its model loaded, but fetches no addresses.
    addresses = (settings.FLASH_API_URL, *settings.MORE_FLASHSERVER_URLS)
    if settings.FLASH_IS_LOCAL and (by_address or not any(map(_is_answering, addresses))):
        return stack.enter_context(_start_local_server()).url
    return ""


def _recognise(url: str, api_requests: list[ApiRequest], options: RecognitionOptions) -> Recognition:
    """Joins the answers to all requests into one recognition. The first failure ends it at once."""
    if len(api_requests) == 1:
        return _recognise_request(url, api_requests[0], options)
    started = time.monotonic()
    waiting: queue.SimpleQueue[ApiRequest] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Recognition | Exception]] = queue.SimpleQueue()
    for request in api_requests:
        waiting.put(request)

    def work() -> None:
        while not waiting.empty():
            with suppress(queue.Empty):
                request = waiting.get_nowait()
                try:
                    done.put((request.number, _recognise_request(url, request, options)))
                except Exception as error:
                    done.put((request.number, error))

    for _thread in range(min(settings.FLASH_CONCURRENCY, len(api_requests))):
        threading.Thread(target=work, daemon=True).start()
    recognitions: dict[int, Recognition] = {}
    while len(recognitions) < len(api_requests):
        number, outcome = done.get()
        if isinstance(outcome, Exception):
            raise outcome
        recognitions[number] = outcome
    parts = [RecognisedPart(request.start_ms, request.end_ms, recognitions[request.number]) for request in api_requests]
    return stitch_recognitions(parts, seconds=time.monotonic() - started)


def _recognise_request(url: str, request: ApiRequest, options: RecognitionOptions) -> Recognition:
    """Recognises one request. An answer that can't be parsed was paid for: it is kept in a file named by the error."""
    reply = send_request(request, options, url=url)
    try:
        return read_reply(reply)
    except FlashError as error:
        if reply.body:
            with tempfile.NamedTemporaryFile(prefix="transcribe-answer-", suffix=".json", delete=False) as file:
                file.write(reply.body)
            error.message += f" What came is kept in {file.name}."
        raise


def _start_local_server() -> FlashServer:
    from transcripts.flashserver.registry import make_recognizer
    from transcripts.flashserver.server import serve

    if find_spec("faster_whisper") is None:
        raise CommandError(
            "No credentials are set and the local recogniser is not installed. Set FLASH_API_KEY, or install the extra "
            "`local`."
        )
    model = os.environ.get("FLASHSERVER_MODEL")
    cache = settings.DATA_DIR / "models"
    recognizer = make_recognizer("whisper", cache=cache, folder=Path(model) if model else None)
    return serve(recognizer=recognizer, allow_urls=True)


def _is_answering(url: str) -> bool:
    import requests

    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(urljoin(url, "/healthz"), timeout=2).status_code == 200
    except requests.RequestException:
        return False


def _split_options(values: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Separates the options of the recognition from those of the format."""
    if "voices" in values:
        raise CommandError(
            "Option voices is for recordings in the library; here the service alone tells speakers apart."
        )
    wanted = {name: value for name, value in values.items() if name in EXPORT_OPTIONS}
    return {name: value for name, value in values.items() if name not in wanted}, wanted


def _choose_export(
    format_name: str | None, wanted: dict[str, str], *, asked: RecognitionOptions, track: int | None
) -> Callable[[Recognition, str, ExitStack], Iterable[bytes]]:
    """Makes a function from a recognition and its source to a file; invalid options are refused before sending."""
    if format_name is None:
        for name in wanted:
            raise CommandError(f"Option {name} belongs to a format; choose one with --format.")
        return lambda recognition, _source, _stack: [
            f"{json.dumps(recognition.answer.raw, ensure_ascii=False, indent=2)}\n".encode()
        ]
    if format_name not in FORMATS:
        raise CommandError(f"Unknown format {format_name!r}; choose one of {', '.join(FORMATS)}.")
    chosen = FORMATS[format_name].choose(wanted)
    if format_name == registry.BUNDLE.name:
        return lambda recognition, source, stack: _make_bundle(recognition, source, asked, track, stack)

    def select_document(recognition: Recognition, source: str) -> Document:
        from transcripts.exports.selection import select_rows

        return select_rows(_make_document(recognition.answer, Path(source).stem, asked.language), chosen)

    if format_name == registry.CLIPS.name:
        return lambda recognition, source, stack: _make_clips(
            select_document(recognition, source), _fetch_copy(source, stack), track, stack
        )
    return lambda recognition, source, _stack: [
        FORMATS[format_name].export(select_document(recognition, source), chosen)
    ]


def _fetch_copy(source: str, stack: ExitStack) -> Path:
    """The file itself, or a download of the address."""
    if not _is_address(source):
        return Path(source)
    from transcripts.services.recordings.fetching import fetch_recording

    copy = _make_folder(stack) / "copy"
    fetch_recording(source, copy, private_too=True)
    return copy


def _make_folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="transcribe-")))


def _make_bundle(
    recognition: Recognition, source: str, asked: RecognitionOptions, track: int | None, stack: ExitStack
) -> Iterator[bytes]:
    from transcripts.exports.bundle import ORIGINAL, make_answer_bundle, read_file

    name = Path(source).name
    recording: dict[str, Any] = {
        "title": Path(source).stem[:300] or name[:300],
        "file_name": name[:300],
        "source_url": source if _is_address(source) else "",
        "duration_ms": recognition.answer.duration_ms or None,
        "track": track,
        "tags": [],
    }
    transcription = {
        "options": asked.to_json(),
        "track": track,
        "status_code": recognition.code,
        "message": recognition.message,
        "logid": recognition.logid,
        "request_id": recognition.request_id,
    }
    return make_answer_bundle(
        recognition.answer,
        recording=recording,
        transcription=transcription,
        sound={ORIGINAL: partial(read_file, _fetch_copy(source, stack))},
        at=datetime.now(UTC),
    ).stream()


def _make_clips(document: Document, source: Path, track: int | None, stack: ExitStack) -> Iterator[bytes]:
    from transcripts.exports.archive import Archive
    from transcripts.services.exporting.clips import make_named_clips

    playback = _make_folder(stack) / "playback.m4a"
    sandbox.make_playback(source, playback, playback.with_name("peaks.dat"), track=track)
    archive = Archive()
    for name, content in make_named_clips(playback=playback, document=document):
        yield archive.add(name, "m4a", content)
    yield archive.end()


def _make_document(answer: Answer, title: str, language: str) -> Document:
    from transcripts.text.alignment import align

    lines = (
        DocumentRow(
            id="",
            start_ms=row.start_ms,
            end_ms=row.end_ms,
            speaker=f"Speaker {row.speaker}" if row.speaker else "",
            channel=row.channel,
            speaker_label=row.speaker,
            text=row.text,
            words=tuple(align(row.words, row.text, bounds=(row.start_ms, row.end_ms))),
            additions=row.additions,
            engine_text=row.text,
            engine_words=row.words,
        )
        for row in answer.utterances
    )
    return Document(title, language, answer.duration_ms, tuple(lines), answer.raw)


@contextmanager
def _silence_logs() -> Iterator[None]:
    """Silences the logs of our own modules: standard error is for the command's own report."""
    logger = logging.getLogger("transcripts")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
