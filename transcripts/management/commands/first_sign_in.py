"""`manage.py first_sign_in`: the link that `up` prints, for installations whose processes are started one by one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from transcripts.management.readiness import check_readiness
from transcripts.services.accounts.accounts import make_first_sign_in_token


class Command(BaseCommand):
    help = "Prints the link that creates the administrator's account, while there is no account."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        check_readiness()
        token = make_first_sign_in_token()
        if token is None:
            raise CommandError(
                "There is an account already. `manage.py createsuperuser` creates another administrator."
            )
        scheme = "https" if settings.HTTPS else "http"
        host = settings.ALLOWED_HOSTS[0].replace("*", "localhost").lstrip(".")
        self.stdout.write(f"{scheme}://{host}{reverse('first_sign_in', args=[token])}")
