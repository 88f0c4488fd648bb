"""People who are known only by their names in bundles from other installations.

A bundle can name anybody. So that nobody can put words into the mouth of an account of this installation, each name
gets an account of its own that nobody can sign in to; only the person who imports the bundle keeps their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from transcripts.models import ImportedPerson

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_NAME = 150
_ROOM = 120  # for the person's name within the account's


def get_exported_name(pk: int) -> str | None:
    """The account's name as bundles have it; None if the account is gone."""
    return (
        ImportedPerson.objects.filter(user=pk).values_list("name", flat=True).first()
        or get_user_model().objects.filter(pk=pk).values_list("username", flat=True).first()
    )


def get_or_create_account(name: str, *, by: User) -> User:
    """Must be called inside a transaction."""
    if name == by.get_username():
        return by
    known = ImportedPerson.objects.select_related("user").filter(name=name).first()
    if known is not None:
        return known.user
    # With a space and brackets, which names that people sign up with can't have.
    wanted = shown = _("%(name)s (imported)") % {"name": name[:_ROOM]}
    users = get_user_model().objects
    number = 1
    while users.filter(username=wanted).exists():
        number += 1
        wanted = f"{shown} {number}"
    user = users.create(username=wanted, is_active=False, password=make_password(None))
    ImportedPerson.objects.create(user=user, name=name)
    return user
