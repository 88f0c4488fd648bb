"""Static files are named by their content, so that browsers can cache them for ever."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

# What browsers don't need, a third of the size of our files when compressed: comments on lines of their own, types in
# comments, and indents (none of our strings spans several lines: eslint.config.js sees to it).
COMMENT = r"(?P<matched>(?m:^)[ \t]*(?:/\*(?:[^*]|\*(?!/))*\*/[ \t]*|//[^\n]*)\n)"
TYPE_COMMENT = r"(?P<matched>/\*\* @type [^\n]*?\*/ ?)"
INDENT = r"(?P<matched>(?m:^)[ \t]+)"
NEEDLESS = {"*.js": (COMMENT, TYPE_COMMENT, INDENT), "*.css": (COMMENT, INDENT)}
OURS = ("js/", "css/")
IMPORTS = ("import", "export")
TYPE = re.compile(r"\.(?!then\b|catch\b)\w")  # after `import("…")` in a comment: no import, and circles are allowed


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise is untyped
    """Strips our own files of what browsers don't need, and makes our modules import each other by hashed names."""

    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # One for each step of the longest chain of imports, which must not be circular.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        *((kind, tuple((needless, "") for needless in patterns)) for kind, patterns in NEEDLESS.items()),
    )

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Only what pages link to: to compress the files by their plain names, too, takes as long again."""
        yield from super().compress_files(set(self.hashed_files.values()) & {*paths})

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        is_ours = name.startswith(OURS)
        if template == "":
            return lambda found: "" if is_ours else found["matched"]
        if template and template.startswith(IMPORTS) and not is_ours:
            return lambda found: found["matched"]
        converter: Callable[[re.Match[Any]], str] = super().url_converter(name, hashed_files, template)
        return lambda found: found["matched"] if TYPE.match(found.string, found.end()) else converter(found)


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise is untyped
    """Sends each file whole: none is large, and each of the parts of 4 kB would wait for a thread."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        with found.file or io.BytesIO() as file:
            response = HttpResponse(file.read(), status=int(found.status))
        del response.headers["Content-Type"]  # "Not modified" has none.
        for name, value in found.headers:
            response.headers[name] = value
        return response


NEEDLESS_HEADERS = ("Cross-Origin-Opener-Policy", "Referrer-Policy")  # They are about documents.
NEEDLESS_WHERE_NAMED_BY_CONTENT = ("ETag", "Last-Modified")  # Nobody asks whether it has changed.


def shorten_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: static files go without headers that say nothing, which take as much as our smallest modules."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith(settings.STATIC_URL):
            is_immutable = "immutable" in response.headers.get("Cache-Control", "")
            for name in NEEDLESS_HEADERS + (NEEDLESS_WHERE_NAMED_BY_CONTENT if is_immutable else ()):
                del response.headers[name]
        return response

    return answer
