"""Mails about comments, for people who are not here to see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.template.loader import render_to_string
from django.utils.translation import get_language, override

from transcripts.services.mails import store_mail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from transcripts.models import Notice


def store_mails(notices: Iterable[Notice], *, site: str) -> None:
    """Stores a mail for each whose person has a confirmed address, in that person's language, if it is known.

    Must be called inside the transaction that stores the notices. Without a mail server there are none.
    """
    by_user = {notice.user_id: notice for notice in notices}
    if settings.MAIL_IS_KEPT or not site or not by_user:
        return
    confirmed = EmailAddress.objects.filter(user__in=by_user, primary=True, verified=True)
    for address in confirmed.annotate(language=F("user__preferences__language")):
        notice = by_user[address.user_id]
        comment = notice.comment
        context = {"notice": notice, "comment": comment, "recording": comment.transcript.recording, "site": site}
        with override(address.language or get_language() or settings.LANGUAGE_CODE):
            subject, text = (
                render_to_string(f"transcripts/email/mention_{part}.txt", context) for part in ("subject", "message")
            )
        store_mail(EmailMessage(subject, text, None, [address.email]), notice=notice)
