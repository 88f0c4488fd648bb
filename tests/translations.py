"""`python -m tests.translations`: every text of code and templates is in the catalogue, translated and not fuzzy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "transcripts/locale/zh_Hans/LC_MESSAGES/django.po"


def faults(catalogue: polib.POFile, gathered: polib.POFile) -> list[str]:
    """One line for each message that is missing, twice there, untranslated, fuzzy, or no longer asked for."""
    known = {(entry.msgctxt, entry.msgid): entry for entry in catalogue if not entry.obsolete}
    wanted = {(entry.msgctxt, entry.msgid) for entry in gathered if not entry.obsolete}
    found = [f"not gathered (make messages): {msgid}" for _context, msgid in sorted(wanted - known.keys(), key=str)]
    found += [f"no longer used (make messages): {msgid}" for _context, msgid in sorted(known.keys() - wanted, key=str)]
    for entry in (entry for entry in catalogue if not entry.obsolete):
        if entry is not known[entry.msgctxt, entry.msgid]:
            found.append(f"twice: {entry.msgid}")
        elif entry.fuzzy:
            found.append(f"fuzzy: {entry.msgid}")
        elif not entry.translated():
            found.append(f"untranslated: {entry.msgid}")
    return found


def gather() -> polib.POFile:
    """What `make messages` would write, gathered in a copy so that the tree stays as it is."""
    with tempfile.TemporaryDirectory(prefix="flashweb-messages-") as folder:
        copy = Path(folder)
        for name in ("manage.py", "pyproject.toml", "flashweb", "transcripts", "templates"):
            source = ROOT / name
            ignore = shutil.ignore_patterns("__pycache__", "*.mo", "*.po")
            shutil.copytree(source, copy / name, ignore=ignore) if source.is_dir() else shutil.copy(source, copy)
        (copy / "static").mkdir()
        (copy / "transcripts/locale/zh_Hans/LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "manage.py", "makemessages", "--locale", "zh_Hans", "--no-location"]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "flashweb.settings", "FLASHWEB_DATA": str(copy / "var")}
        subprocess.run(command, cwd=copy, env=environment, check=True, stdout=subprocess.DEVNULL)
        return polib.pofile(str(copy / "transcripts/locale/zh_Hans/LC_MESSAGES/django.po"))


def main() -> int:
    found = faults(polib.pofile(str(CATALOGUE)), gather())
    print("\n".join(found) or "The Chinese translation is complete.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
