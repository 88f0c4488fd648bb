from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from flashweb.staticfiles import COMMENT

FROM = re.compile(r"""(?:\bfrom|\bimport\(?)\s*["'](\.[^"']+)["']""")


@pytest.fixture
def modules(settings: Any, tmp_path: Path) -> list[Path]:
    """Our modules as browsers get them."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "flashweb.staticfiles.ModuleStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin", "*.ts", "plugins"])
    return [path for path in (tmp_path / "js").rglob("*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]


def test_modules_import_each_other_by_the_names_of_their_content(modules: list[Path]) -> None:
    """Else a browser asks for every module again at each visit, and may take an old one with a new one."""
    imports = {path: FROM.findall(path.read_text()) for path in modules}
    assert sum(map(len, imports.values())) > 20
    for path, found in imports.items():
        for name in found:
            assert re.search(r"\.[0-9a-f]{12}\.js$", name), f"{path.name} imports {name}"
            assert (path.parent / name).exists()


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node")
def test_modules_without_their_comments_are_good(modules: list[Path]) -> None:
    for path in modules:
        text = path.read_text()
        assert not re.search(COMMENT, text), path.name
        checked = subprocess.run(
            ["node", "--check", "--input-type=module"], input=text, text=True, capture_output=True, check=False
        )
        assert (checked.returncode, checked.stderr) == (0, ""), path.name


def test_only_comments_that_have_their_lines_to_themselves_go() -> None:
    kept = 'const url = "https://example.org/*"; // stays\nlet a = /** @type {any} */ (b);\n  * 2;\n'
    gone = "// one\n  /* two */\n/**\n * three ** /\n */\n\t// four // five\n"
    assert re.sub(COMMENT, "", gone + kept + gone) == kept
