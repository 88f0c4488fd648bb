from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management import call_command

FROM = re.compile(r"""(?:\bfrom|\bimport\(?)\s*["'](\.[^"']+)["']""")


def test_modules_import_each_other_by_the_names_of_their_content(settings: Any, tmp_path: Path) -> None:
    """Else a browser asks for every module again at each visit, and may take an old one with a new one."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "flashweb.staticfiles.ModuleStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin", "*.ts", "plugins"])
    named = [path for path in (tmp_path / "js").rglob("*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]
    imports = {path: FROM.findall(path.read_text()) for path in named}
    assert sum(map(len, imports.values())) > 20
    for path, found in imports.items():
        for name in found:
            assert re.search(r"\.[0-9a-f]{12}\.js$", name), f"{path.name} imports {name}"
            assert (path.parent / name).exists()
