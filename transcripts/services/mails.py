"""Mails: stored with what causes them, and sent by workers, at least once.

Each has the same Message-ID however often it is sent, by which servers leave out a copy. The text is encrypted with a
key derived from SECRET_KEY, as links for new passwords are in it: a copy of the database alone opens none.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import timezone

from transcripts.enums import MailState
from transcripts.errors import SecretUnreadable
from transcripts.logs import MAIL_SERVER
from transcripts.models import Mail, Notice
from transcripts.models.bins import in_use
from transcripts.services.accounts.secrets import decrypt_secret, encrypt_secret

log = logging.getLogger(__name__)

MAX_TRIES = 10
FIRST_PAUSE = timedelta(seconds=30)  # It doubles with each try: the last is four hours after the first.
KEPT_FOR = timedelta(days=7)


class Outbox(BaseEmailBackend):
    """Stores what Django and allauth send. Without a mail server, it is kept for an administrator to pass on."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            store_mail(message)
        return len(email_messages)


def store_mail(message: EmailMessage, *, notice: Notice | None = None) -> Mail:
    """Stores it. Inside a transaction, it is sent if that is committed; not at all once the notice has been seen."""
    content = {
        "subject": " ".join(str(message.subject).split()),
        "text": str(message.body),
        "html": next((str(part[0]) for part in getattr(message, "alternatives", []) if part[1] == "text/html"), ""),
        "sender": message.from_email,
        "headers": {str(name): str(value) for name, value in message.extra_headers.items()},
    }
    state = MailState.KEPT if settings.MAIL_IS_KEPT else MailState.DUE
    encrypted = encrypt_secret(json.dumps(content))
    return Mail.objects.create(to=",".join(message.recipients()), content=encrypted, notice=notice, state=state)


def read_mail(mail: Mail) -> dict[str, Any]:
    """Its subject, text, html, sender and headers. Raises SecretUnreadable."""
    content: dict[str, Any] = json.loads(decrypt_secret(mail.content))
    return content


def send_due_mails() -> None:
    """Sends what is due, the oldest first, until there is no more or the mail server does not answer."""
    if settings.MAIL_IS_KEPT:
        return
    server = None
    try:
        while mail := Mail.objects.claim_next():
            if mail.notice and not _is_wanted(mail.notice):
                mail.delete()
                continue
            try:
                message = _build_message(mail)
                if server is None:
                    server = get_connection(settings.MAIL_TRANSPORT)
                    server.open()
                message.connection = server
                message.send()
            except SecretUnreadable:
                _give_up(mail, "SecretUnreadable: SECRET_KEY is another one now.")
            except ValueError as error:  # An address or a header that no mail can have.
                _give_up(mail, f"{type(error).__name__}: {error}"[:200])
            except (OSError, SMTPException) as error:
                _try_later_or_give_up(mail, error)
                if not _is_refusal(error):
                    MAIL_SERVER.failed(type(error).__name__)
                    return
                MAIL_SERVER.worked()
            else:
                MAIL_SERVER.worked()
                mail.delete()
    finally:
        if server is not None:
            server.close()


def send_again(mails: Any) -> int:
    """Makes those that could not be sent due again. Returns how many."""
    return int(mails.filter(state=MailState.FAILED).update(state=MailState.DUE, tries=0, not_before=None, error=""))


def forget_old_mails() -> None:
    """Those that went nowhere; the links in them have expired by then."""
    Mail.objects.exclude(state=MailState.DUE).filter(created_at__lt=timezone.now() - KEPT_FOR).delete()


def _is_wanted(notice: Notice) -> bool:
    """Not if the person has seen the comment or has left the project."""
    return (
        Notice.objects.filter(in_use("comment__transcript__recording__"), pk=notice.pk, seen_at=None)
        .filter(comment__transcript__recording__project__members=F("user"))
        .exists()
    )


def _build_message(mail: Mail) -> EmailMessage:
    content = read_mail(mail)
    host = parseaddr(content["sender"])[1].rpartition("@")[2] or "localhost"
    identity = {"Message-ID": f"<flashweb.{mail.pk}.{mail.created_at:%Y%m%d%H%M%S%f}@{host}>"}
    message = EmailMultiAlternatives(
        content["subject"],
        content["text"],
        content["sender"],
        mail.to.split(","),
        headers={**identity, **content["headers"]},
    )
    if content["html"]:
        message.attach_alternative(content["html"], "text/html")
    return message


def _is_refusal(error: Exception) -> bool:
    """Whether the server answers and will never take this mail, such as for an address that does not exist."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _message in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500


def _try_later_or_give_up(mail: Mail, error: Exception) -> None:
    what = f"{type(error).__name__}: {error}"[:200]
    if _is_refusal(error) or mail.tries >= MAX_TRIES:
        _give_up(mail, what)
        return
    pause = FIRST_PAUSE * 2 ** (mail.tries - 1)
    Mail.objects.filter(pk=mail.pk).update(not_before=timezone.now() + pause, lease_until=None, error=what)


def _give_up(mail: Mail, what: str) -> None:
    log.warning("Mail %d could not be sent and is kept: see `manage.py mails`. %s", mail.pk, what.partition(":")[0])
    Mail.objects.filter(pk=mail.pk).update(state=MailState.FAILED, lease_until=None, error=what)
