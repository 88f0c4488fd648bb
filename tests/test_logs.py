"""No token of a link stands in any log."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import requests

from flashweb.logs import LinkFormatter, shorten_links
from tests.processes import Site, Visitor, wait_for
from tests.releases.stored import PASSWORD

LINK = "0123456789abcdef0123456789abcdef.hAmr4xgHxBDV41-H_rEhHVFb0ZySJ8BL2Qq8X6X6X6Q"
SIGNED = "Mw:1tGz9U:hAmr4xgHxBDV41-H_rEhHVFb0ZySJ8BL2Qq8X6X6X6Q"
RESET = "1-cz1k2q-0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("line", "short"),
    [
        (f"Not Found: /shared/{LINK}/rows/", "Not Found: /shared/…/rows/"),
        ("Not Found: /shared/nonsense/", "Not Found: /shared/…/"),
        (f"Gone: /invitations/{LINK}/ (1 ms)", "Gone: /invitations/…/ (1 ms)"),
        (f"/accounts/login/?next=/invitations/{LINK}/", "/accounts/login/?next=/invitations/…/"),
        (f"?next={quote(f'/invitations/{LINK}/', safe='')}", "?next=%2Finvitations%2F…%2F"),
        (f"GET /accounts/first/{SIGNED}/ HTTP/1.1", "GET /accounts/first/…/ HTTP/1.1"),
        (f"/accounts/confirm-email/{quote(SIGNED)}/", "/accounts/confirm-email/…/"),
        (f"/accounts/password/reset/key/{RESET}/", "/accounts/password/reset/key/…/"),
        (f"token {LINK}, {SIGNED} or {RESET}.", "token …, … or …."),
        ("GET /callback/?code=secret&state=x", "GET /callback/?code=…&state=x"),
        ("Not Found: /recordings/1/", "Not Found: /recordings/1/"),
        ("12:30:59 code 20000000 logid 20261128ABCDEF", "12:30:59 code 20000000 logid 20261128ABCDEF"),
    ],
)
def test_tokens_are_shortened_and_nothing_else(line: str, short: str) -> None:
    assert shorten_links(line) == short


def test_traceback_is_shortened_too() -> None:
    try:
        raise ValueError(f"/shared/{LINK}/")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "Failed: %s", (f"/shared/{LINK}/",), sys.exc_info())
    text = LinkFormatter("{message}", style="{").format(record)
    assert (LINK in text, "ValueError: /shared/…/" in text) == (False, True)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Which logs everything."""
    site = Site(tmp_path / "data", LOG_EVERYTHING="on", SIGN_UP="open")
    site.start()
    yield site
    site.stop()


FILL = """
import json
import tests.releases.filled
from django.db import transaction
with transaction.atomic():  # No worker is to recognise any of it meanwhile.
    tests.releases.filled.fill()
from transcripts.models import Invitation, ShareLink
print(json.dumps([ShareLink.objects.get().token, Invitation.objects.get().token]))
"""


def mailed(site: Site, part: str) -> str:
    """The path of the newest mailed link with `part` in it."""

    def look() -> str:
        numbers = re.findall(r"^\d+", site.manage("mails"), re.MULTILINE)
        found = re.findall(rf"http\S+{part}\S+", site.manage("mails", *numbers)) if numbers else []
        return urlsplit(found[-1]).path if found else ""

    return wait_for(f"mail with {part}", look, 20)


@pytest.mark.drill
def test_no_log_has_a_token(site: Site) -> None:
    first = urlsplit(site.first_link()).path
    shared, invitation = json.loads(site.manage("shell", "--no-imports", "--command", FILL).splitlines()[-1])
    guest = requests.Session()

    def drive(path: str) -> None:
        """Rightly and wrongly, with every kind of end."""
        for way in (path, f"{path}more/", path.rstrip("/"), path[:-3] + "x/", f"/nowhere{path}", f"/?next={path}"):
            for ask in (guest.get, guest.post, guest.delete):
                ask(site.url + way, timeout=120, stream=True).close()

    for part in ("", "rows/", "comments/", "audio/", "peaks/", "live/?after=x", "words.json", "find/?q=x"):
        drive(f"/shared/{shared}/{part}")
    drive(f"/invitations/{invitation}/")
    lin = Visitor(site.url, "lin", PASSWORD)
    lin.post(f"{site.url}/accounts/reauthenticate/", data={"password": PASSWORD})
    added = lin.post(f"{site.url}/accounts/email/", data={"email": "lin@example.net", "action_add": ""})
    assert "lin@example.net is not verified yet" in added.text, (added.status_code, added.url)
    confirm = mailed(site, "/confirm-email/")
    Visitor(site.url, "ana", PASSWORD).post(f"{site.url}/invitations/{invitation}/")
    form = guest.get(f"{site.url}/accounts/password/reset/", timeout=120)
    assert form.ok
    headers = {"X-CSRFToken": guest.cookies["csrftoken"]}
    guest.post(f"{site.url}/accounts/password/reset/", data={"email": "bo@example.org"}, headers=headers, timeout=120)
    reset = mailed(site, "/password/reset/key/")
    for path in (confirm, reset, first):
        drive(path)
    site.stop()
    log = site.printed()
    assert log.count(f"{site.url}{first}") == 1, "what `up` prints for the administrator"
    log = log.replace(f"{site.url}{first}", "")
    tokens = {
        "shared": shared,
        "invitation": invitation,
        **{name: path.rstrip("/").rpartition("/")[2] for name, path in (("confirm", confirm), ("reset", reset))},
        "first": first.rstrip("/").rpartition("/")[2],
    }
    assert [name for name, token in tokens.items() if token in log or quote(token) in log] == []
    assert [name for name, token in tokens.items() if token[-30:] in log] == []
    for kind in ("/shared/…/", "/invitations/…/", "/confirm-email/…/", "/reset/key/…/", "/accounts/first/…/"):
        assert kind in log, kind  # The addresses were logged: the test has seen something.
