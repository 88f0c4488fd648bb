"""`manage.py read`: what would come in of a file of another program, without the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from transcripts.imports.reading import to_json
from transcripts.imports.rows import NotReadable, ReadOptions
from transcripts.imports.sandbox import read_in_child


class Command(BaseCommand):
    help = "Prints as JSON what would come in of a file of another program: rows, what was not read, what was assumed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, help="a transcript: JSON, SRT, VTT, ASS, TTML, LRC, EAF, TextGrid, DOCX, TXT"
        )
        parser.add_argument(
            "--encoding", metavar="NAME", help="of its text, such as gb18030; without it, it is found out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            reading = read_in_child(path, path.name, ReadOptions(encoding=options["encoding"]))
        except NotReadable as error:
            raise CommandError(f"{path}: {error.args[0]}") from None
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}.") from None
        content = json.dumps(to_json(reading), ensure_ascii=False, indent=2)
        # UTF-8 whatever the terminal's locale is.
        binary = getattr(self.stdout, "buffer", None)
        if binary is None:
            self.stdout.write(content)
        else:
            binary.write(f"{content}\n".encode())
            binary.flush()
