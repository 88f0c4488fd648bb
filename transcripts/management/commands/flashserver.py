"""`manage.py flashserver`: the flash protocol served on this machine."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from flashweb import parent_watch
from transcripts.flashserver.registry import RECOGNIZERS, make_recognizer
from transcripts.flashserver.script import ScriptError, read_script
from transcripts.flashserver.server import serve

if TYPE_CHECKING:
    from transcripts.flashserver.recognizer import Recognizer

POLL_SECONDS = 0.5


def _recognizer(name: str) -> Recognizer | None:
    model = os.environ.get("FLASHSERVER_MODEL")
    return make_recognizer(name, cache=settings.DATA_DIR / "models", folder=Path(model) if model else None)


def _whole_number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("a whole number from 1 is needed")
    return int(text)


class Command(BaseCommand):
    help = "Serves the flash recognition protocol on this machine."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8765, help="0 chooses a free port")
        parser.add_argument("--recognizer", choices=RECOGNIZERS, default=RECOGNIZERS[0])
        parser.add_argument("--script", type=Path, metavar="FILE", help="JSON list of answers to give first")
        parser.add_argument(
            "--credential", nargs="+", action="extend", default=[], metavar="KEY", help="accepted keys (default: any)"
        )
        parser.add_argument(
            "--capacity",
            type=_whole_number,
            default=4,
            metavar="N",
            help="how many requests are recognised at once, in turns (4); as many again may wait, others are refused",
        )
        parser.add_argument(
            "--drain",
            type=float,
            default=600,
            metavar="SECONDS",
            help="how long SIGTERM waits for the recognitions under way (600)",
        )
        parser.add_argument("--allow-urls", action="store_true", help="download the recording at audio.url")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
        is_stopping, at_once = False, threading.Event()

        def on_signal(number: int, _frame: object) -> None:
            """SIGTERM lets the requests that are here have their answers; a second one, or Ctrl-C, does not."""
            nonlocal is_stopping
            if number == signal.SIGINT or is_stopping:
                at_once.set()
            is_stopping = True

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, on_signal)
        try:
            server = serve(
                host=options["host"],
                slots=max(8, 2 * options["capacity"]),
                capacity=options["capacity"],
                port=options["port"],
                recognizer=_recognizer(options["recognizer"]),
                allow_urls=options["allow_urls"],
                script=read_script(options["script"]) if options["script"] else (),
                credentials=options["credential"],
            )
        except ScriptError as error:
            raise CommandError(str(error)) from None
        except (OSError, OverflowError) as error:
            raise CommandError(f"cannot listen on {options['host']} port {options['port']}: {error}") from None
        with server:
            self.stdout.write(f"Flash server listening on {server.url}")
            self.stdout.flush()
            while not is_stopping:  # A signal that comes just before a wait without an end would not end it.
                time.sleep(POLL_SECONDS)
            server.drain(options["drain"], at_once)
        parent_watch.end_process()
