from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import WebDriverException

from tests.browser.people import NAME, PASSWORD, recognised
from tests.browsers.launch import launched, screen, sound
from tests.browsers.person import ANSWER, Person
from tests.guard import guard_run
from tests.machine import missing_packages, skip_without
from tests.processes import Site, free_port
from transcripts.flashserver.server import serve

pytest.register_assert_rewrite("tests.browsers.main_job")


@pytest.fixture(scope="module")
def name(request: pytest.FixtureRequest) -> str:
    """The browser of a file, whose steps have a site of their own."""
    if missing := missing_packages(browsers=True):
        skip_without(", ".join(missing))
    return str(request.module.BROWSER)


@pytest.fixture(scope="module")
def service_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, service_port: int) -> Iterator[Site]:
    """A site with credentials, whose service is what a test makes of it."""
    with serve(port=service_port) as server:
        address = server.url
    site = Site(
        tmp_path_factory.mktemp("site"),
        FLASH_API_URL=address,
        FLASH_API_KEY="key-of-the-tests",
        DJANGO_SETTINGS_MODULE="tests.browsers.settings",
    )
    site.create_user(NAME, PASSWORD)
    site.start()
    try:
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def desk(name: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder, and the environment with a screen and a sound device."""
    folder = guard_run() / f"desk-{name}"  # Short: addresses of sockets may not be long.
    folder.mkdir()
    with screen(folder) as display, sound(folder) as server:
        yield folder, {"DISPLAY": display, "PULSE_SERVER": server}


@pytest.fixture(scope="module")
def anybody(name: str, desk: tuple[Path, dict[str, str]], site: Site) -> Iterator[Person]:
    folder, environment = desk
    with launched(name, folder, environment) as driver:
        yield Person(driver, site.url, folder)


@pytest.fixture
def person(anybody: Person) -> Iterator[Person]:
    """Somebody at the browser, whose pages must not complain."""
    anybody.meant = []
    yield anybody
    anybody.pause_all()
    assert anybody.troubles() == []


@pytest.fixture
def signed_in(person: Person) -> Person:
    if not any(cookie["name"] == "sessionid" for cookie in person.driver.get_cookies()):
        person.sign_in()
    return person


def make_transcript(site: Site, port: int) -> str:
    """Five rows of two seconds each, whose words all have their times."""
    return recognised(site, port, "en_jfk.flac", ANSWER).removeprefix(site.url)


@pytest.fixture(scope="module")
def transcript(site: Site, service_port: int) -> str:
    """What the steps only listen to."""
    return make_transcript(site, service_port)


@pytest.fixture
def own(site: Site, service_port: int) -> str:
    """What a step may change."""
    return make_transcript(site, service_port)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A picture of what the person saw last."""
    report = yield
    person = getattr(item, "funcargs", {}).get("person")
    if report.failed and report.when == "call" and person:
        Path("test-results").mkdir(exist_ok=True)
        try:
            person.driver.save_screenshot(f"test-results/{item.name}.png")
        except WebDriverException as error:
            print(f"no picture: {error}")
    return report
