"""How static files are named: by their content, so that browsers may keep them for ever."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise is untyped
    """Names are also put into the imports of our own ES modules; those of packages import what only bundlers know."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # One for each step in the longest chain of imports, which must not be a circle.

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        if template and template.startswith(("import", "export")) and not name.startswith("js/"):
            return lambda found: found["matched"]
        converter: Callable[[re.Match[Any]], str] = super().url_converter(name, hashed_files, template)
        return converter
