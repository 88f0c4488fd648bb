"""Nobody learns from the time or the text of an answer whether an account is there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from itertools import count
from statistics import median
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from transcripts.services.accounts.deferred import wait_until_done

numbers = count()


class SlowHasher(PBKDF2PasswordHasher):
    """As in real life, but for a quarter of the iterations."""

    iterations = PBKDF2PasswordHasher.iterations // 4


@pytest.fixture(autouse=True)
def unhurried(settings: Any, transactional_db: None) -> Iterator[None]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SIGN_UP_IS_OPEN = True
    settings.ACCOUNT_RATE_LIMITS = False
    cache.clear()
    yield
    wait_until_done()


@pytest.fixture
def known(settings: Any, transactional_db: None) -> User:
    """With a confirmed address."""
    user = User.objects.create_user("lin", email="lin@example.org", password="correct horse")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def sign_in(name: str) -> Any:
    return Client().post("/accounts/login/", {"username": name, "password": "wrong password"})


def reset(name: str) -> Any:
    return Client().post("/accounts/password/reset/", {"email": name}, follow=True)


def sign_up(name: str) -> Any:
    password = "correct horse 1"
    form = {"username": name, "email": "", "password1": password, "password2": password}
    return Client().post("/accounts/signup/", form)


def new_name(form: str = "person{}") -> str:
    return form.format(next(numbers))


WAYS = [
    pytest.param(sign_in, lambda: "lin", new_name, id="sign in by name"),
    pytest.param(sign_in, lambda: "lin@example.org", lambda: new_name("p{}@example.org"), id="sign in by address"),
    pytest.param(reset, lambda: "lin@example.org", lambda: new_name("p{}@example.org"), id="reset"),
    pytest.param(sign_up, lambda: "lin", new_name, id="sign up"),
]
Ask, Name = Callable[[str], Any], Callable[[], str]


@pytest.mark.parametrize(("ask", "there", "not_there"), WAYS)
def test_password_is_hashed_as_often(
    known: User, monkeypatch: pytest.MonkeyPatch, ask: Ask, there: Name, not_there: Name
) -> None:
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *given: hashed.append("once") or encode(*given))
    often = []
    for name in (there(), not_there()):
        hashed.clear()
        ask(name)
        often.append(len(hashed))
    assert often == ([0, 0] if ask is reset else [1, 1])


@pytest.mark.parametrize(("ask", "there", "not_there"), WAYS[:3])
def test_answer_says_the_same(known: User, ask: Ask, there: Name, not_there: Name) -> None:
    pages = []
    for name in (there(), not_there()):
        answer = ask(name)
        random = r"[\w-]{22,}"  # tokens of the form, and of the policy
        pages.append((answer.status_code, re.sub(random, "", answer.text.replace(f'"{name}"', ""))))
    assert pages[0] == pages[1]


@pytest.mark.drill
@pytest.mark.long
@pytest.mark.parametrize(("ask", "there", "not_there"), WAYS)
def test_answer_takes_as_long(known: User, settings: Any, ask: Ask, there: Name, not_there: Name) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.SlowHasher"]
    known.set_password("correct horse")
    known.save()
    took: dict[Name, list[float]] = {there: [], not_there: []}
    for _turn in range(13):
        for name in (there, not_there):
            given = name()
            wait_until_done()
            start = time.thread_time()  # of the processor: a busy machine would add to either
            ask(given)
            took[name].append(time.thread_time() - start)
    ratio = median(took[there][1:]) / median(took[not_there][1:])
    print(f"known to unknown: {ratio:.2f}")
    assert 0.75 < ratio < 1.33
