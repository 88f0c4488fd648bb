from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponse
from django.test import RequestFactory
from whitenoise.middleware import WhiteNoiseMiddleware

from flashweb.staticfiles import COMMENT, NEEDLESS, StaticFiles, shorten_headers

NAMED = re.compile(r"\.[0-9a-f]{12}\.js$")
FROM = re.compile(r"""(?:\bfrom|\bimport\(?)\s*["'](\.[^"']+)["'](?!\)\.[A-Z])""")  # not of types, in comments
PARSE = """
import { readFileSync } from "node:fs";
import { SourceTextModule } from "node:vm";
for (const path of process.argv.slice(1)) new SourceTextModule(readFileSync(path, "utf8"), { identifier: path });
"""


def test_modules_are_sent_without_comments_and_import_each_other_by_the_names_of_their_content(
    settings: Any, tmp_path: Path
) -> None:
    """Without such names browsers ask for every module again at each visit, and may take an old one with a new one."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "flashweb.staticfiles.ModuleStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin", "*.ts", "plugins"])
    for packed in ".br", ".gz":
        names = {path.name.removesuffix(packed) for path in (tmp_path / "css").iterdir() if path.name.endswith(packed)}
        assert len(names) > 10
        assert [name for name in names if not re.search(r"\.[0-9a-f]{12}\.css$", name)] == []
    modules = [path for path in (tmp_path / "js").rglob("*.js") if NAMED.search(path.name)]
    imports = {path: FROM.findall(path.read_text()) for path in modules}
    assert sum(map(len, imports.values())) > 20
    for path, found in imports.items():
        assert [name for name in found if not NAMED.search(name) or not (path.parent / name).exists()] == []
        assert not any(re.search(needless, path.read_text()) for needless in NEEDLESS["*.js"]), path.name
    sheets = [path for path in (tmp_path / "css").rglob("*.css") if re.search(r"\.[0-9a-f]{12}\.css$", path.name)]
    assert len(sheets) > 20
    for path in sheets:
        assert not any(re.search(needless, path.read_text()) for needless in NEEDLESS["*.css"]), path.name
    if node := shutil.which("node"):
        command = [node, "--experimental-vm-modules", "--no-warnings", "--input-type=module", "--eval", PARSE]
        parsed = subprocess.run([*command, *map(str, modules)], capture_output=True, text=True, check=False)
        assert (parsed.returncode, parsed.stderr) == (0, "")


def test_only_comments_that_have_their_lines_to_themselves_go() -> None:
    kept = 'const url = "https://example.org/*"; // stays\nlet a = /* stays */ (b);\n  * 2;\n'
    gone = "// one\n  /* two */\n/**\n * three ** /\n */\n\t// four // five\n"
    assert re.sub(COMMENT, "", gone + kept + gone) == kept


def test_types_in_comments_and_indents_go() -> None:
    text = 'const a = /** @type {Map<string, {b: number}>} */ (new Map());\n  if (a) {\n\t  b = "  c";\n  }\n'
    for needless in NEEDLESS["*.js"]:
        text = re.sub(needless, "", text)
    assert text == 'const a = (new Map());\nif (a) {\nb = "  c";\n}\n'


def test_signs_with_another_text_for_screen_readers_stand_without_it_before() -> None:
    """Browsers that know no such text take the line before."""
    alternatives = 0
    for sheet in (settings.BASE_DIR / "static/css").glob("*.css"):
        lines = [line.strip() for line in sheet.read_text().splitlines()]
        for before, line in itertools.pairwise(lines):
            if sign := re.fullmatch(r'(content: ".*?") / ".*";', line):
                alternatives += 1
                assert before == f"{sign[1]};", f"{sheet.name}: {line}"
    assert alternatives > 3


@pytest.mark.django_db  # Closing an answer looks after the connection that other tests may have left.
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 200),
        ("GET", {"Accept-Encoding": "br"}, 200),
        ("GET", {"Range": "bytes=9000-9999"}, 206),
        ("GET", {"Range": "bytes=20000-"}, 416),
        ("GET", {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
        ("HEAD", {}, 200),
        ("POST", {}, 405),
    ],
)
def test_static_files_are_sent_whole_and_else_as_by_whitenoise(
    settings: Any, tmp_path: Path, method: str, headers: dict[str, str], status: int
) -> None:
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "large.js").write_bytes(b"0123456789" * 1000)
    (tmp_path / "large.js.br").write_bytes(b"packed" * 1000)
    request = RequestFactory().generic(method, "/static/large.js", headers=headers)
    theirs, ours = (kind(lambda _request: HttpResponse())(request) for kind in (WhiteNoiseMiddleware, StaticFiles))
    assert (ours.status_code, ours.streaming, ours.headers) == (status, False, theirs.headers)
    assert ours.content == b"".join(theirs)
    theirs.close()


SAFETY = ("X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")


@pytest.mark.parametrize(
    ("path", "caching", "kept"),
    [
        ("/static/css/base.0a430c9503f5.css", "max-age=315360000, public, immutable", set()),
        ("/static/css/base.css", "max-age=60, public", {"ETag", "Last-Modified"}),
        ("/projects/", "max-age=60, public", {"ETag", "Last-Modified", *SAFETY[1:]}),
    ],
)
def test_static_files_are_sent_with_few_headers(path: str, caching: str, kept: set[str]) -> None:
    headers = {"Cache-Control": caching, "ETag": '"1"', "Last-Modified": "Sun", **dict.fromkeys(SAFETY, "x")}
    answer = shorten_headers(lambda _request: HttpResponse(headers=headers))(RequestFactory().get(path))
    assert answer.headers.keys() == {"Content-Type", "Cache-Control", "X-Content-Type-Options", *kept}
