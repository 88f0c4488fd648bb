"""Mails about comments, for people who are not here to see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils.translation import get_language, override

from transcripts import queue
from transcripts.models import Notice
from transcripts.models.bins import in_use

if TYPE_CHECKING:
    from collections.abc import Iterable


def queue_mails(notices: Iterable[Notice], *, site: str) -> None:
    """Enqueues a mail for each; the language of the comment's author is for readers whose own is not known.

    Must be called inside the transaction that stores the notices. Without a mail server nothing is sent.
    """
    if settings.MAIL_IS_KEPT or not site:
        return
    for notice in notices:
        arguments = notice.pk, site, get_language() or settings.LANGUAGE_CODE
        transaction.on_commit(lambda arguments=arguments: queue.enqueue("mail", *arguments))  # type: ignore[misc]


def send_notice(pk: int, site: str, language: str) -> bool:
    """Sends the mail, unless the person has seen the comment, has left the project or has no confirmed address.

    It is in the reader's language, if one is known, or else in `language`.
    Returns whether it was sent. It is tried once: the notice is in "For you" anyway. Raises OSError, SMTPException.
    """
    unseen = Notice.objects.annotate(language=F("user__preferences__language")).filter(
        in_use("comment__transcript__recording__"),
        pk=pk,
        seen_at=None,
        comment__transcript__recording__project__members=F("user"),
    )
    notice = unseen.select_related("comment__author", "comment__transcript__recording").first()
    address = notice and EmailAddress.objects.filter(user=notice.user_id, primary=True, verified=True).first()
    if not notice or not address:
        return False
    comment = notice.comment
    context = {"notice": notice, "comment": comment, "recording": comment.transcript.recording, "site": site}
    with override(notice.language or language):
        subject, message = (
            render_to_string(f"transcripts/email/mention_{part}.txt", context) for part in ("subject", "message")
        )
    send_mail(" ".join(subject.split()), message, None, [address.email])
    return True
