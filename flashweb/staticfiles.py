"""How static files are named: by their content, so that browsers may keep them for ever."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

# Comments that have their lines to themselves: a quarter of what our modules weigh, compressed.
COMMENT = r"(?P<matched>(?m:^)[ \t]*(?:/\*(?:[^*]|\*(?!/))*\*/[ \t]*|//[^\n]*)\n)"
IMPORTS = ("import", "export")
TYPE = re.compile(r"\.(?!then\b|catch\b)\w")  # after `import("…")` in a comment: no import, and circles are allowed


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise is untyped
    """Our own ES modules lose their comments and import each other by these names; those of packages stay."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # One for each step in the longest chain of imports, which must not be a circle.
    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("*.js", ((COMMENT, ""),)))

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        is_ours = name.startswith("js/")
        if template == "":
            return lambda found: "" if is_ours else found["matched"]
        if template and template.startswith(IMPORTS) and not is_ours:
            return lambda found: found["matched"]
        converter: Callable[[re.Match[Any]], str] = super().url_converter(name, hashed_files, template)
        return lambda found: found["matched"] if TYPE.match(found.string, found.end()) else converter(found)
