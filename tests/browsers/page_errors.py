"""The errors of a page, noted by a script that runs before its own: the driver of WebKit cannot put one there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase

ADDRESS = "/page-errors.js"
# In the tab's own storage: what went wrong on a page that was left counts as well.
SCRIPT = """
(() => {
    let leaves = false; // What was still under way then is broken off, and says so.
    addEventListener("beforeunload", () => (leaves = true));
    const note = (text) => {
        if (leaves) return;
        const troubles = JSON.parse(sessionStorage.getItem("troubles") ?? "[]");
        sessionStorage.setItem("troubles", JSON.stringify([...troubles, String(text)]));
    };
    addEventListener("error", ({target, message, filename, lineno}) => {
        if (target === window) note(`${message} (${filename}:${lineno})`);
        else note(`not loaded: ${target.src ?? target.href}`);
    }, true);
    addEventListener("unhandledrejection", ({reason}) => note(`not handled: ${reason?.stack ?? reason}`));
    addEventListener("securitypolicyviolation", (event) => note(`${event.violatedDirective}: ${event.blockedURI}`));
    for (const name of ["error", "warn"]) {
        const say = console[name];
        console[name] = (...words) => (note(words.join(" ")), say.apply(console, words));
    }
})();
"""


class NotePageErrors:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == ADDRESS:
            return HttpResponse(SCRIPT, content_type="text/javascript")
        page = request.headers.get("Sec-Fetch-Dest", "document") == "document"
        if page:
            request.META.pop("HTTP_ACCEPT_ENCODING", None)
        response = self.get_response(request)
        if page and response.headers.get("Content-Type", "").startswith("text/html"):
            if response.streaming:
                response.streaming_content = with_script(response.streaming_content)  # type: ignore[attr-defined]
            else:
                response.content = b"".join(with_script([response.content]))  # type: ignore[attr-defined]
                response.headers["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]
        return response


def with_script(fragments: Iterable[bytes]) -> Iterator[bytes]:
    for fragment in fragments:
        yield fragment.replace(b"<head>", f'<head><script src="{ADDRESS}"></script>'.encode(), 1)
