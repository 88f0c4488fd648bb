from __future__ import annotations

from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client


@pytest.fixture(autouse=True)
def installed(db: None, data_dir: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["flashweb.example.org", "localhost"]


def first_sign_in() -> str:
    out = StringIO()
    call_command("first_sign_in", stdout=out)
    return out.getvalue().strip()


@pytest.mark.parametrize(("https", "scheme"), [(True, "https"), (False, "http")])
def test_first_sign_in_prints_a_link_that_makes_the_first_account(settings: Any, https: bool, scheme: str) -> None:
    settings.HTTPS = https
    link = urlsplit(first_sign_in())
    assert (link.scheme, link.netloc) == (scheme, "flashweb.example.org")
    answer = Client().get(link.path, headers={"Host": link.netloc})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert User.objects.get().is_superuser


def test_first_sign_in_refuses_where_there_is_an_account(lin: User) -> None:
    with pytest.raises(CommandError, match="There is an account already"):
        first_sign_in()
