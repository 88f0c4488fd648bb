"""A code of an app after the password, and the codes for when there is no app at hand."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from tests.identity import code_of

SIGN_IN = {"username": "lin", "password": "correct horse"}


@pytest.fixture(autouse=True)
def unhurried() -> None:
    cache.clear()


@pytest.fixture
def signed_in(lin: User) -> Client:
    client = Client()
    client.post("/accounts/login/", SIGN_IN)
    client.post("/accounts/reauthenticate/", {"password": "correct horse"})
    return client


@pytest.fixture
def secret(signed_in: Client) -> str:
    """Lin's key after setting up the second step."""
    secret = str(signed_in.get("/accounts/2fa/totp/activate/").context["form"].secret)
    response: Any = signed_in.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert response.url == "/accounts/2fa/recovery-codes/"
    return secret


def whoami(client: Client) -> str:
    page = client.get("/")
    return str(page.context["user"]) if page.status_code == 200 else ""


@pytest.mark.long
def test_password_alone_opens_nothing_any_more(client: Client, secret: str) -> None:
    asked: Any = client.post("/accounts/login/?next=/search/", SIGN_IN)
    assert (asked.status_code, asked.url, whoami(client)) == (302, "/accounts/2fa/authenticate/", "")
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert (wrong.context["form"].errors, whoami(client)) == ({"code": ["Incorrect code."]}, "")
    done: Any = client.post(asked.url, {"code": code_of(secret, later=1)})
    assert (done.url, whoami(client)) == ("/search/", "lin")


@pytest.mark.long
def test_code_opens_once(client: Client, secret: str) -> None:
    code = code_of(secret, later=1)
    for visitor, name in ((client, "lin"), (Client(), "")):
        visitor.post("/accounts/login/", SIGN_IN)
        visitor.post("/accounts/2fa/authenticate/", {"code": code})
        assert whoami(visitor) == name


@pytest.mark.long
def test_codes_are_not_to_be_guessed(client: Client, secret: str) -> None:
    client.post("/accounts/login/", SIGN_IN)
    for number in range(11):
        page = client.post("/accounts/2fa/authenticate/", {"code": f"{number:06}"})
    assert page.context["form"].errors == {"code": ["Too many attempts. Try again in five minutes."]}
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, later=1)})
    assert whoami(client) == ""


@pytest.mark.long
def test_right_code_ends_the_count_of_wrong_ones(signed_in: Client, secret: str) -> None:
    for code in signed_in.get("/accounts/2fa/recovery-codes/").context["unused_codes"][:6]:
        visitor = Client()
        visitor.post("/accounts/login/", SIGN_IN)
        for attempt in ("000000", code):
            visitor.post("/accounts/2fa/authenticate/", {"code": attempt})
        assert whoami(visitor) == "lin"


@pytest.mark.long
def test_recovery_code_opens_once(client: Client, signed_in: Client, secret: str) -> None:
    codes = signed_in.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    assert len(codes) == 10
    download = signed_in.get("/accounts/2fa/recovery-codes/download/")
    assert (download.text.split(), download.headers["Content-Type"]) == (codes, "text/plain")
    for visitor, name in ((client, "lin"), (Client(), "")):
        visitor.post("/accounts/login/", SIGN_IN)
        visitor.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        assert whoami(visitor) == name
    assert "9 left" in signed_in.get("/accounts/2fa/").text


def test_new_recovery_codes_replace_the_old_ones(signed_in: Client, secret: str) -> None:
    old = signed_in.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    signed_in.post("/accounts/2fa/recovery-codes/generate/")
    new = signed_in.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    assert (len(new), set(old) & set(new)) == (10, set())


@pytest.mark.long
def test_second_step_is_turned_off(client: Client, signed_in: Client, secret: str) -> None:
    assert "After this, your password is enough" in signed_in.get("/accounts/2fa/totp/deactivate/").text
    signed_in.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    client.post("/accounts/login/", SIGN_IN)
    assert whoami(client) == "lin"


def test_second_step_is_set_up_with_a_right_code_only(signed_in: Client) -> None:
    signed_in.get("/accounts/2fa/totp/activate/")
    page = signed_in.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert page.context["form"].errors == {"code": ["Incorrect code."]}
    assert not Authenticator.objects.exists()


def test_picture_of_the_key_is_one_that_the_policy_allows(signed_in: Client) -> None:
    page = signed_in.get("/accounts/2fa/totp/activate/")
    assert 'src="data:image/svg+xml;base64,' in page.text
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["totp/deactivate/", "recovery-codes/generate/"])
def test_second_step_is_changed_only_after_the_password_was_given_again(
    lins_client: Client, secret: str, path: str
) -> None:
    before = list(Authenticator.objects.values_list("type", "data"))
    asked: Any = lins_client.post(f"/accounts/2fa/{path}")
    assert (asked.status_code, asked.url.partition("?")[0]) == (302, "/accounts/reauthenticate/")
    assert list(Authenticator.objects.values_list("type", "data")) == before


def stored() -> str:
    return json.dumps(list(Authenticator.objects.order_by("pk").values_list("data", flat=True)))


def test_database_alone_makes_no_codes(secret: str) -> None:
    totp, codes = Authenticator.objects.order_by("pk")
    assert secret not in stored()
    assert (totp.data["secret"][:7], codes.data["seed"][:7]) == ("fernet:", "fernet:")


def test_secrets_of_before_are_encrypted_once(client: Client, lin: User) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    Authenticator.objects.create(user=lin, type=Authenticator.Type.TOTP, data={"secret": secret})
    Authenticator.objects.create(user=lin, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "ab", "used_mask": 1})
    migration = import_module("transcripts.migrations.0009_encrypted_secrets")
    migration.encrypt_secrets(apps, None)
    encrypted = stored()
    assert (secret in encrypted, '"ab"' in encrypted) == (False, False)
    migration.encrypt_secrets(apps, None)
    assert stored() == encrypted
    client.post("/accounts/login/", SIGN_IN)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert whoami(client) == "lin"
    migration.decrypt_secrets(apps, None)
    assert json.loads(stored()) == [{"secret": secret}, {"seed": "ab", "used_mask": 1}]


def test_another_key_is_told_in_a_sentence(client: Client, secret: str, settings: Any) -> None:
    settings.SECRET_KEY = "the key of another installation"
    client.post("/accounts/login/", SIGN_IN)
    page = client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, later=1)})
    assert (page.status_code, "the site's SECRET_KEY has changed" in page.text) == (503, True)
    assert whoami(client) == ""
