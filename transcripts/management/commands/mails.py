"""`manage.py mails`: what could not be sent, or has no server to go to, for an administrator to pass on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from transcripts.enums import MailState
from transcripts.errors import SecretUnreadable
from transcripts.management.readiness import check_readiness
from transcripts.models import Mail
from transcripts.services.mails import KEPT_FOR, read_mail, send_again


class Command(BaseCommand):
    help = f"Lists mails that were not sent, which are kept for {KEPT_FOR.days} days, or prints those with the numbers."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", nargs="*", type=int, help="print these, with their links")
        parser.add_argument("--send-again", action="store_true", help="have those that failed sent again")

    def handle(self, *args: Any, **options: Any) -> None:
        check_readiness()
        mails = Mail.objects.order_by("pk")
        if options["number"]:
            mails = mails.filter(pk__in=options["number"])
        if options["send_again"]:
            self.stdout.write(f"{send_again(mails)} to be sent again")
            return
        missing = set(options["number"]) - set(mails.values_list("pk", flat=True))
        if missing:
            raise CommandError(f"There is no mail {min(missing)}; it may have been sent.")
        for mail in mails:
            try:
                content = read_mail(mail)
            except SecretUnreadable:
                content = {"subject": "(cannot be read: SECRET_KEY is another one now)", "text": ""}
            state = mail.error or {MailState.KEPT: "no mail server"}.get(MailState(mail.state), "waiting")
            when = timezone.localtime(mail.created_at)
            self.stdout.write(f"{mail.pk}  {when:%Y-%m-%d %H:%M}  {mail.to}  {content['subject']}  ({state})")
            if options["number"]:
                self.stdout.write(f"\n{content['text']}\n")
