"""Accounts in Django's administration: deleted there as their owners delete them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from transcripts.services.accounts.deletion import delete_account, get_deletion_effects

admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]  # it takes none at run time
    """Deletes what is the person's alone, after naming the projects that need another owner first."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        effects = [get_deletion_effects(user) for user in objs]
        gone = [
            _("Project “%(name)s”, into the bin") % {"name": project.name} for one in effects for project in one.gone
        ]
        held = [
            _("Project “%(name)s”, which needs another owner first") % {"name": project.name}
            for one in effects
            for project in one.held
        ]
        last = [_("The only administrator")] if any(one.is_last_administrator for one in effects) else []
        names = [_("Account %(name)s") % {"name": user} for user in objs]
        return [*names, *gone], {_("Accounts"): len(names)}, set(), [*held, *last]

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_account(user=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            delete_account(user=user)
