"""The first account, ways to sign in, and everybody's personal project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
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


def make_first_sign_in_token() -> str | None:
    """A token that creates the first account once; None if there is an account that somebody can sign in to.

    The account that it creates has no password until its owner chooses one; until then every start gives a new link.
    """
    first = _find_first_account()
    return None if first is None else signing.dumps(first[1], salt=FIRST_SIGN_IN_SALT)


def create_first_account(*, token: str) -> User | None:
    """Creates the administrator; returns None if the token is invalid, expired or used.

    Tokens are not stored: each names the last sign-in before it, so that using it invalidates it; and of two requests
    at once the unique user name lets one through.
    """
    try:
        stamp = signing.loads(token, salt=FIRST_SIGN_IN_SALT, max_age=FIRST_SIGN_IN_SECONDS)
    except signing.BadSignature:
        return None
    try:
        with transaction.atomic():
            first = _find_first_account()
            if first is None or first[1] != stamp:
                return None
            return first[0] or get_user_model().objects.create_superuser(FIRST_USER_NAME, password=None)
    except IntegrityError:
        return None


def _find_first_account() -> tuple[User | None, str] | None:
    """The only account, if it has no password, with its last sign-in; (None, "") if there is none; else None."""
    users = list(get_user_model().objects.filter(imported_person=None)[:2])
    if not users:
        return None, ""
    if len(users) > 1 or not users[0].is_superuser or can_sign_in_again(users[0]):
        return None
    return users[0], users[0].last_login.isoformat() if users[0].last_login else "never"


def can_sign_in_again(user: User) -> bool:
    """Whether the person has a password or an account at another site to sign in with."""
    return user.has_usable_password() or SocialAccount.objects.filter(user=user).exists()


@dataclass(frozen=True)
class WaysIn:
    """The ways in which a person can sign in."""

    email: str
    email_is_confirmed: bool
    has_password: bool
    has_second_step: bool
    linked: list[str]


def get_ways_in(user: User) -> WaysIn:
    addresses = list(EmailAddress.objects.filter(user=user).order_by("-primary", "-verified"))
    linked = SocialAccount.objects.filter(user=user).order_by("pk")
    return WaysIn(
        email=addresses[0].email if addresses else user.email,
        email_is_confirmed=bool(addresses and addresses[0].verified),
        has_password=user.has_usable_password(),
        has_second_step=Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists(),
        linked=[account.get_provider().name for account in linked],
    )


def rename_account(*, user: User, name: str) -> None:
    """Gives the account another name, to sign in with and to be shown with everything that the person did.

    Raises IntegrityError if somebody has just taken the name.
    """
    with transaction.atomic():
        user.username = name
        user.save(update_fields=["username"])
        Project.objects.filter(personal_of=user).update(name=name)


def get_personal_project(user: User) -> Project:
    """The person's own project, created when it is first needed."""
    project = Project.objects.filter(personal_of=user).first()
    if project is not None:
        return project
    try:
        with transaction.atomic():
            project = Project.objects.create(name=user.get_username(), personal_of=user)
            Membership.objects.create(project=project, user=user, role=Role.OWNER)
    except IntegrityError:  # Another request of the same person was faster.
        return Project.objects.get(personal_of=user)
    return project
