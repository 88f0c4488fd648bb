"""What the tests need of the machine: a Chromium, gettext, a Chinese font; with CI also PostgreSQL and nginx.

`python -m tests.machine` installs what is missing with apt where it may, and says what to install where it may not.
`python -m tests.machine browsers` does so for what `make browsers` needs beside these.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

# The headless shell computes a quarter less than the whole browser.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def skip_without(what: str) -> NoReturn:
    """Ends a test for which the machine lacks something: skipped with this reason, but failed in CI."""
    import pytest  # not to install what is missing

    end: Callable[[str], NoReturn] = pytest.fail if os.environ.get("CI") else pytest.skip  # for want of `what`
    end(f"{what} is missing on this machine: see tests/machine.py.")


def chromium() -> str | None:
    """The browser's path: the variable CHROMIUM, or the first that the machine has."""
    named = os.environ.get("CHROMIUM")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def postgres_bin() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest if there are several."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    with_server = [folder for folder in folders if (folder / "initdb").exists()]
    if with_server:
        return with_server[-1]
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def nginx() -> str | None:
    """The program, which is not on everybody's PATH."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


def has_chinese_font() -> bool:
    fc_list = shutil.which("fc-list")
    return bool(fc_list and subprocess.run([fc_list, ":lang=zh"], capture_output=True, check=False).stdout.strip())


def mini_browser() -> Path | None:
    """The browser that comes with WebKitGTK, the nearest to Safari that there is."""
    return next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))), None)


def has_decoder(plugin: str) -> bool:
    """Whether GStreamer, which plays WebKit's sound, has this plugin."""
    return any(Path("/usr/lib").glob(f"*/gstreamer-1.0/libgst{plugin}.so"))


def missing_packages(*, browsers: bool = False) -> list[str]:
    """What to install; of packages joined by "or" the first that there is."""
    if browsers:
        found = {
            "firefox-esr": (shutil.which("firefox-esr") or shutil.which("firefox")) is not None,
            "webkit2gtk-driver": bool(shutil.which("WebKitWebDriver") and mini_browser()),
            "gstreamer1.0-libav": has_decoder("libav"),
            "gstreamer1.0-plugins-good": has_decoder("isomp4"),
            "gstreamer1.0-pulseaudio": has_decoder("pulseaudio"),
            "pulseaudio": shutil.which("pulseaudio") is not None,
            "xvfb": shutil.which("Xvfb") is not None,
        }
        return [name for name, there in found.items() if not there]
    found = {
        "chromium-headless-shell or chromium": chromium() is not None,
        "gettext": shutil.which("xgettext") is not None,
        "fontconfig": shutil.which("fc-list") is not None,
        "fonts-wqy-microhei": has_chinese_font(),
        "postgresql": postgres_bin() is not None or not os.environ.get("CI"),
        "nginx-light or nginx": nginx() is not None or not os.environ.get("CI"),
    }
    return [name for name, there in found.items() if not there]


def apt_get(*arguments: str) -> bool:
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    done = subprocess.run(
        [*sudo, "apt-get", *arguments, "-q"],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


def main() -> int:
    browsers = "browsers" in sys.argv[1:]
    missing = missing_packages(browsers=browsers)
    if missing and shutil.which("apt-get"):
        print(f"Installing {', '.join(missing)} for the tests …", flush=True)
        apt_get("update")
        for choice in missing:
            any(apt_get("install", "-y", "--no-install-recommends", package) for package in choice.split(" or "))
        missing = missing_packages(browsers=browsers)
    if missing:
        print(f"The tests need {', '.join(missing)}; install what is missing and run them again.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
