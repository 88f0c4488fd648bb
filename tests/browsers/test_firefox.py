"""The main job in Firefox, and what only Firefox does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browsers.launch import launched, sound
from tests.browsers.main_job import *  # noqa: F403
from tests.browsers.person import PLAY, Person
from tests.processes import Site

BROWSER = "firefox"
STATUS = "[data-status]"
Another = Callable[..., Person]


@pytest.fixture
def another(site: Site, desk: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Another]:
    """Opens the browser once more, with another sound server and preferences."""
    _, environment = desk
    with ExitStack() as running:

        def open_browser(server: str, **preferences: bool | int | str) -> Person:
            variables = {**environment, "PULSE_SERVER": server}
            driver = running.enter_context(launched(BROWSER, tmp_path, variables, preferences))
            person = Person(driver, site.url, tmp_path)
            person.sign_in()
            return person

        yield open_browser


def goes_on(person: Person) -> None:
    now = person.ms()
    person.wait(
        "sound that goes on",
        "() => document.querySelector('audio').currentTime * 1000",
        until=lambda ms: ms > now + 200,
    )


def test_sound_that_plays_is_not_called_broken(another: Another, transcript: str) -> None:
    """Without a sound device Firefox reports an error and plays on."""
    person = another("unix:/nowhere")
    person.open(transcript)
    person.click(PLAY)
    goes_on(person)
    assert person.see("() => document.querySelector('audio').error !== null")
    person.reads(STATUS, "^$")


def test_sound_whose_device_is_unplugged_goes_on(
    another: Another, desk: tuple[Path, dict[str, str]], transcript: str
) -> None:
    with sound(desk[0] / "unplugged") as server:
        person = another(server)
        person.open(transcript)
        person.click(PLAY)
        goes_on(person)
    person.wait("error of the device", "() => document.querySelector('audio').error !== null")
    goes_on(person)
    person.reads(STATUS, "^$")


def test_browser_without_the_codec_is_named_as_the_cause(another: Another, transcript: str) -> None:
    person = another("unix:/nowhere", **{"media.ffmpeg.enabled": False})
    person.open(transcript)
    person.reads(STATUS, "^This browser can't play AAC audio")
