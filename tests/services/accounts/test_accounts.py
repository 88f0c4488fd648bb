from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.db import connection
from django.utils import timezone

from transcripts.enums import Role
from transcripts.models import Membership, Project
from transcripts.services.accounts import accounts
from transcripts.services.accounts.accounts import (
    create_first_account,
    get_personal_project,
    make_first_sign_in_token,
    rename_account,
)


def test_first_token_makes_the_administrator_once(db: None) -> None:
    token = make_first_sign_in_token()
    assert token is not None
    user = create_first_account(token=token)
    assert user is not None
    assert (user.username, user.is_superuser, user.is_staff, user.has_usable_password()) == (
        "admin",
        True,
        True,
        False,
    )
    user.last_login = timezone.now()  # as signing in does
    user.save()
    assert create_first_account(token=token) is None
    assert User.objects.count() == 1


def test_administrator_without_a_password_is_let_in_once_more_by_a_new_link(db: None) -> None:
    user = create_first_account(token=make_first_sign_in_token() or "")
    assert user is not None
    user.last_login = timezone.now()
    user.save()
    token = make_first_sign_in_token()
    assert token is not None
    assert create_first_account(token=token) == user
    user.last_login = timezone.now()
    user.save()
    assert create_first_account(token=token) is None
    user.set_password("correct horse")
    user.save()
    assert make_first_sign_in_token() is None


def test_first_token_is_worth_nothing_where_there_is_an_account(db: None) -> None:
    token = make_first_sign_in_token()
    assert token is not None
    User.objects.create_user("lin")
    assert create_first_account(token=token) is None
    assert list(User.objects.values_list("username", flat=True)) == ["lin"]


@pytest.mark.parametrize(
    "token",
    ["", "x", signing.dumps("admin"), signing.dumps("admin", salt="another"), "admin:1:x"],
    ids=["empty", "short", "unsalted", "other_salt", "unsigned"],
)
def test_forged_token_makes_nobody(db: None, token: str) -> None:
    assert create_first_account(token=token) is None
    assert not User.objects.exists()


def test_token_of_another_key_makes_nobody(db: None, settings: Any) -> None:
    token = make_first_sign_in_token()
    assert token is not None
    settings.SECRET_KEY = "the key of another installation"
    assert create_first_account(token=token) is None


def test_token_older_than_a_day_makes_nobody(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    token = make_first_sign_in_token()
    assert token is not None
    monkeypatch.setattr(accounts, "FIRST_SIGN_IN_SECONDS", -1)
    assert create_first_account(token=token) is None


def test_first_account_is_made_once_by_many_at_the_same_moment(transactional_db: None) -> None:
    token = make_first_sign_in_token()
    assert token is not None

    def make(_number: int) -> User | None:
        try:
            return create_first_account(token=token)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(make, range(6)))
    assert sum(user is not None for user in made) == 1
    assert User.objects.count() == 1


def test_personal_project_is_made_when_first_asked_for(lin: User) -> None:
    project = get_personal_project(lin)
    assert (project.name, project.personal_of) == ("lin", lin)
    assert list(project.memberships.values_list("user__username", "role")) == [("lin", Role.OWNER)]
    assert get_personal_project(lin) == project


def test_personal_projects_of_two_people_are_two(lin: User, ana: User) -> None:
    assert get_personal_project(lin) != get_personal_project(ana)


def test_personal_project_is_made_once_by_many_at_the_same_moment(transactional_db: None) -> None:
    lin = User.objects.create_user("lin")

    def ask(_number: int) -> Any:
        try:
            return get_personal_project(lin).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(ask, range(6)))
    assert found == set(Project.objects.values_list("pk", flat=True))
    assert (len(found), Membership.objects.count()) == (1, 1)


def test_new_name_is_that_of_the_personal_project_too(lin: User) -> None:
    project = get_personal_project(lin)
    rename_account(user=lin, name="Lin 明")
    project.refresh_from_db()
    assert (User.objects.get(pk=lin.pk).username, project.name) == ("Lin 明", "Lin 明")
