"""The first account, and the project that everybody has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.core import signing
from django.db import IntegrityError, transaction

from transcripts.enums import Role
from transcripts.models import Membership, Project

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FIRST_SIGN_IN_SALT = "transcripts.first-sign-in"
FIRST_SIGN_IN_SECONDS = 24 * 60 * 60
FIRST_USER_NAME = "admin"


def first_sign_in_token() -> str | None:
    """A token that makes the first account once, or None where there is an account already."""
    if get_user_model().objects.exists():
        return None
    return signing.dumps(FIRST_USER_NAME, salt=FIRST_SIGN_IN_SALT)


def make_first_account(*, token: str) -> User | None:
    """The administrator, or None where the token is wrong, too old, or no longer the first to come.

    He has no password until he chooses one. The token needs no store: it holds good only while there is no account,
    and of two requests at once the unique user name lets one through.
    """
    try:
        name = signing.loads(token, salt=FIRST_SIGN_IN_SALT, max_age=FIRST_SIGN_IN_SECONDS)
    except signing.BadSignature:
        return None
    users = get_user_model().objects
    try:
        with transaction.atomic():
            if users.exists():
                return None
            return users.create_superuser(name, password=None)
    except IntegrityError:
        return None


def personal_project(user: User) -> Project:
    """The person's own project, made when it is first asked for."""
    project = Project.objects.filter(personal_of=user).first()
    if project is not None:
        return project
    try:
        with transaction.atomic():
            project = Project.objects.create(name=user.get_username(), personal_of=user)
            Membership.objects.create(project=project, user=user, role=Role.OWNER)
    except IntegrityError:  # Another request of the same person was quicker.
        return Project.objects.get(personal_of=user)
    return project
