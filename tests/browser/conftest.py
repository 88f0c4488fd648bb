from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, StorageState, expect, sync_playwright

from tests.browser.launch import ARGUMENTS
from tests.browser.people import NAME, PASSWORD, Troubles, screenshot, visitor_of
from tests.machine import chromium, skip_without
from tests.processes import Site, Visitor, free_port
from transcripts.flashserver.server import FlashServer, serve

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker(pytest.mark.browser)
            if not item.path.is_relative_to(folder / "editor"):
                item.add_marker(pytest.mark.screens)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Pictures of what the person saw last, while the pages are still open."""
    report = yield
    if report.failed and report.when == "call":
        contexts = item.stash.get(CONTEXTS, [])
        for number, page in enumerate(page for context in contexts for page in context.pages):
            with contextlib.suppress(Error):  # A page that hangs has no picture; the failure itself matters more.
                screenshot(page, re.sub(r"[^\w.-]+", "-", f"{item.name}-{number}"))
    return report


Seen = list[BrowserContext]
CONTEXTS = pytest.StashKey[Seen]()


@pytest.fixture(scope="session", autouse=True)
def browser_path() -> str:
    path = chromium()
    if path is None:
        skip_without("Chromium")
    return path


# What a page keeps from one address to the next.
CHANGES = {"add_init_script", "emulate_media", "on", "route", "set_viewport_size"}
NOTHING_TO_SEND = "() => !Object.keys(localStorage).some((name) => name.startsWith('flashweb.preferences.'))"


class OneBrowser:
    """Runs while tests of this folder do. Its event loop must be gone before others talk to the database."""

    def __init__(self) -> None:
        self._running = contextlib.ExitStack()
        self._browser: Browser | None = None
        self._idle: dict[str, list[BrowserContext]] = {}

    def get(self, path: str) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            self.close()
            playwright = self._running.enter_context(sync_playwright())
            self._browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            self._running.callback(self._browser.close)
        return self._browser

    @contextlib.contextmanager
    def lend_context(self, *, kept: bool = True, **options: Any) -> Iterator[BrowserContext]:
        """One that nobody has, with nothing of earlier visitors but the cache: loading all modules takes half a second.

        Its first page may be an earlier visitor's, too: a new one takes a process of its own, and compiles everything
        again. A script that a test adds belongs on a page, with which it goes. A test about service workers has a
        context that is not kept: they are slow to go.
        """
        assert self._browser
        wanted = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "color_scheme": "light", **options}
        state = wanted.pop("storage_state", {"cookies": []})
        idle = self._idle.setdefault(json.dumps(wanted, sort_keys=True), []) if kept else []
        context = idle.pop() if idle else self._browser.new_context(**wanted)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies(state["cookies"])
        lend_page(context)
        try:
            yield context
        except BaseException:
            context.close()  # Else it would go on beside the next visitors.
            raise
        if not kept:
            context.close()
        elif context in self._browser.contexts:
            forget_visitor(context)
            idle.append(context)

    def close(self) -> None:
        self._running.close()
        self._browser = None
        self._idle = {}


BROWSER = OneBrowser()
SITES: list[Site] = []
"""Those that serve many tests. They stand still while others are run: each takes a fiftieth of a core for nothing."""


def lend_page(context: BrowserContext) -> None:
    """Has `new_page` give the page that is there, once, and notes to which pages something is added."""
    left = context.pages
    own = vars(context)
    for name in ("new_page", "new_cdp_session"):
        own.pop(name, None)
    make, connect = context.new_page, context.new_cdp_session

    def new_page() -> Page:
        page = left.pop() if left else make()
        vars(page)["is_plain"] = True
        for name in CHANGES - vars(page).keys():
            vars(page)[name] = noting(page, getattr(page, name))
        return page

    own.update(new_page=new_page, new_cdp_session=lambda page: noting(page, connect)(page))


def noting(page: Page, change: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        vars(page)["is_plain"] = False
        return change(*arguments, **options)

    return call


def is_plain(page: Page) -> bool:
    """Whether `new_page` gave it and nothing was added to it; nobody has noted what was done to a window it opened."""
    return vars(page).get("is_plain", False)


def forget_visitor(context: BrowserContext) -> None:
    """All but the cache and a page that nothing was added to, at an address where nothing happens.

    It takes a page: one of the visitor's own, when it shows nothing; a new one takes a while.
    """
    last, *others = sorted(context.pages, key=is_plain, reverse=True) or [context.new_page()]
    for page in others:
        page.close()
    context.set_offline(False)
    context.unroute_all()
    parts = urlsplit(last.url)
    try:
        last.mouse.move(0, 0)
        last.goto(f"{parts.scheme}://{parts.netloc}/livez" if parts.netloc else "about:blank", timeout=10_000)
    except Error:  # It is stuck, or has crashed, or its site is gone.
        last.close()
        last = context.new_page()
    context.clear_cookies()
    context.clear_permissions()
    stays = is_plain(last)
    devtools = context.new_cdp_session(last)
    kinds = "local_storage,indexeddb,service_workers,cache_storage"
    for site in SITES:
        devtools.send("Storage.clearDataForOrigin", {"origin": site.url, "storageTypes": kinds})
    if stays:
        devtools.detach()
    else:
        last.close()


def pytest_runtest_setup() -> None:
    for site in SITES:
        if not site.is_running():
            site.start()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None]:
    yield
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        BROWSER.close()
        for site in SITES:
            site.stop()


@pytest.fixture
def browser(browser_path: str) -> Browser:
    return BROWSER.get(browser_path)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """As after `make up`: no credentials, so the embedded recogniser listens."""
    yield from running(Site(tmp_path_factory.mktemp("site")))


@pytest.fixture(scope="session")
def service_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory, service_port: int) -> Iterator[Site]:
    """A site with credentials, whose service is what a test makes of `service`."""
    with serve(port=service_port) as server:
        address = server.url
    yield from running(
        Site(
            tmp_path_factory.mktemp("scripted"),
            DJANGO_SETTINGS_MODULE="tests.forked_settings",
            FLASH_API_URL=address,
            FLASH_API_KEY="key-of-the-tests",
        )
    )


def running(site: Site) -> Iterator[Site]:
    site.create_user(NAME, PASSWORD)
    site.start()
    SITES.append(site)
    try:
        yield site
    finally:
        site.stop()


@pytest.fixture
def service(service_port: int) -> Iterator[Callable[..., FlashServer]]:
    """Makes the service of `scripted` answer what a script says, the last entry again and again."""
    servers: list[FlashServer] = []

    def answer(*script: dict[str, Any]) -> FlashServer:
        for old in servers:
            old.close()
        servers.append(serve(port=service_port, script=[*script[:-1], {"repeat": True, **script[-1]}]))
        return servers[-1]

    yield answer
    for server in servers:
        server.close()


@pytest.fixture
def troubles() -> Iterator[Troubles]:
    found = Troubles()
    yield found
    assert found.unexpected() == []


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Seen:
    """The contexts of which pictures are taken where the test fails."""
    return request.node.stash.setdefault(CONTEXTS, [])


def wait_for_habits(seen: Seen) -> None:
    """Until the server has them: what a page sends as it closes could come after they were set back."""
    for page in [page for context in seen for page in context.pages]:
        page.wait_for_function(NOTHING_TO_SEND)


@pytest.fixture
def visit(
    browser: Browser, troubles: Troubles, seen: Seen, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser of its own for one more visitor, who is watched for errors."""
    with contextlib.ExitStack() as opened:

        def begin(**options: Any) -> BrowserContext:
            context = opened.enter_context(BROWSER.lend_context(**options))
            opened.enter_context(troubles.watching(context))
            seen.append(context)
            return context

        yield begin
        if "habits" in request.fixturenames:
            wait_for_habits(seen)


@pytest.fixture(scope="session")
def sign_in() -> Callable[..., StorageState]:
    """The cookies of somebody signed in at a site, who signs in once, without a browser."""

    @cache
    def sign_in(site: Site, name: str = NAME) -> StorageState:
        cookies = Visitor(site.url, name, PASSWORD).cookies
        return {"cookies": [{"name": one.name, "value": one.value or "", "url": site.url} for one in cookies]}  # type: ignore[typeddict-item]

    return sign_in


@pytest.fixture
def habits(scripted: Site, seen: Seen) -> Iterator[Callable[..., None]]:
    """Sets preferences of the person, and sets them back after the test, those that pages changed, too."""
    visitor = visitor_of(scripted.url)
    address = f"{scripted.url}/preferences/"

    def change(keys: dict[str, list[str] | None] | None = None, **values: int | bool) -> None:
        fields = {name: json.dumps(value) for name, value in {"keys": keys or {}, **values}.items()}
        assert visitor.post(address, data=fields).status_code == 200

    first = visitor.get(address).json()
    yield change
    wait_for_habits(seen)
    left = visitor.get(address).json()["keys"]
    change(**{**first, "keys": dict.fromkeys(left)})


@pytest.fixture
def page(scripted: Site, visit: Callable[..., BrowserContext], sign_in: Callable[..., StorageState]) -> Page:
    """A page of somebody signed in at the scripted site."""
    return visit(storage_state=sign_in(scripted)).new_page()
