"""Mails are stored with what causes them, and sent at least once, whatever the mail server does."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives, send_mail
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from transcripts import logs
from transcripts.logs import Dependency
from transcripts.models import Mail
from transcripts.services import mails
from transcripts.services.mails import KEPT_FOR, MAX_TRIES, forget_old_mails, read_mail, send_again, send_due_mails

SENDER = "Flashweb <flashweb@example.org>"
LINK = "https://flashweb.example.org/accounts/password/reset/key/1-secret/"


@pytest.fixture(autouse=True)
def outbox(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMAIL_BACKEND = "transcripts.services.mails.Outbox"
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    settings.MAIL_IS_KEPT = False
    settings.DEFAULT_FROM_EMAIL = SENDER
    monkeypatch.setattr(mails, "MAIL_SERVER", Dependency("mail server"))
    monkeypatch.setattr(logs, "STEADY_SECONDS", 0)


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception | None], None]:
    """Has the mail server answer every mail like this, or take it."""
    failure: list[Exception | None] = [None]
    take = mail.backends.locmem.EmailBackend.send_messages  # type: ignore[attr-defined]

    def send(self: Any, messages: Any) -> Any:
        if failure[0]:
            raise failure[0]
        return take(self, messages)

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send)
    return lambda error: failure.__setitem__(0, error)


def write(to: str = "lin@example.org") -> Mail:
    send_mail("New\n password", f"Open {LINK}", None, [to])
    return Mail.objects.latest("pk")


def turn() -> list[str]:
    """One more round of a worker, after all pauses. To whom it has sent so far."""
    Mail.objects.update(not_before=None)
    send_due_mails()
    return [to for sent in mail.outbox for to in sent.to]


def test_mail_is_stored_encrypted_and_gone_once_sent(db: None) -> None:
    stored = write()
    assert (mail.outbox, stored.to, stored.state) == ([], "lin@example.org", "due")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM transcripts_mail")
        assert "secret" not in str(cursor.fetchall())
    send_due_mails()
    (sent,) = mail.outbox
    assert (sent.subject, sent.body, sent.from_email) == ("New password", f"Open {LINK}", SENDER)
    assert str(sent.message()["Message-ID"]).endswith("@example.org>")
    assert not Mail.objects.exists()
    send_due_mails()
    assert len(mail.outbox) == 1


def test_mail_of_what_was_not_stored_is_not_sent(db: None) -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert turn() == []


def test_both_forms_of_a_mail_are_sent(db: None) -> None:
    message = EmailMultiAlternatives("Two", "plain", None, ["lin@example.org"], headers={"Reply-To": "a@example.org"})
    message.attach_alternative("<p>rich</p>", "text/html")
    message.send()
    send_due_mails()
    sent: Any = mail.outbox[0]
    assert (sent.body, sent.alternatives[0][0]) == ("plain", "<p>rich</p>")
    assert sent.message()["Reply-To"] == "a@example.org"


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        smtplib.SMTPServerDisconnected("gone"),
        smtplib.SMTPAuthenticationError(535, b"no"),
        smtplib.SMTPDataError(451, b"later"),
        smtplib.SMTPRecipientsRefused({"lin@example.org": (450, b"greylisted")}),
    ],
)
def test_server_that_is_away_is_tried_again_and_not_for_ever(
    db: None, breaks: Callable[[Exception | None], None], error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = write(), write("ana@example.org")
    breaks(error)
    send_due_mails()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.tries, second.tries, first.error != "") == ("due", 1, 0, True)
    assert first.not_before is not None
    assert first.not_before > timezone.now() + timedelta(seconds=20)
    send_due_mails()
    assert [one.tries for one in Mail.objects.order_by("pk")] == [1, 1]  # Each in its turn.
    assert len(caplog.records) == 1
    breaks(None)
    assert sorted(turn()) == ["ana@example.org", "lin@example.org"]
    assert len(caplog.records) == 2
    last = write()
    breaks(error)
    for _turn in range(MAX_TRIES + 2):
        turn()
    last.refresh_from_db()
    assert (last.state, last.tries) == ("failed", MAX_TRIES)
    breaks(None)
    assert send_again(Mail.objects.all()) == 1
    assert len(turn()) == 3


@pytest.mark.parametrize(
    "error",
    [smtplib.SMTPRecipientsRefused({"lin@example.org": (550, b"nobody")}), smtplib.SMTPDataError(554, b"spam")],
)
def test_address_that_the_server_refuses_holds_up_no_other(
    db: None, breaks: Callable[[Exception | None], None], error: Exception
) -> None:
    refused, other = write(), write("ana@example.org")
    breaks(error)
    send_due_mails()
    states = dict(Mail.objects.values_list("pk", "state"))
    assert states == {refused.pk: "failed", other.pk: "failed"}  # Both were tried.


def test_mail_of_a_dead_worker_is_sent_by_another(db: None) -> None:
    write()
    assert Mail.objects.claim_next()
    send_due_mails()
    assert mail.outbox == []
    Mail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    send_due_mails()
    assert len(mail.outbox) == 1


def test_mail_encrypted_with_another_key_is_kept(db: None, settings: Any) -> None:
    stored = write()
    settings.SECRET_KEY = "another"
    assert turn() == []
    stored.refresh_from_db()
    assert (stored.state, stored.error[:16]) == ("failed", "SecretUnreadable")


def test_mail_that_cannot_be_written_is_tried_once(db: None) -> None:
    stored = write("lin@example.org\nBcc: all@example.org")
    assert turn() == []
    stored.refresh_from_db()
    assert (stored.state, stored.tries, stored.error[:14]) == ("failed", 1, "BadHeaderError")


def test_administrator_reads_mails_that_have_no_server(
    db: None, settings: Any, capsys: pytest.CaptureFixture[str], data_dir: Any
) -> None:
    settings.MAIL_IS_KEPT = True
    kept = write()
    assert turn() == []
    call_command("mails")
    listed = capsys.readouterr().out
    assert (listed.count("\n"), "lin@example.org  New password  (no mail server)" in listed, LINK in listed) == (
        1,
        True,
        False,
    )
    call_command("mails", str(kept.pk))
    assert LINK in capsys.readouterr().out
    with pytest.raises(CommandError, match="no mail 999"):
        call_command("mails", "999")
    assert read_mail(kept)["subject"] == "New password"
    Mail.objects.update(created_at=timezone.now() - KEPT_FOR - timedelta(minutes=1))
    forget_old_mails()
    assert not Mail.objects.exists()


def test_old_mail_that_still_waits_is_not_forgotten(db: None) -> None:
    write()
    Mail.objects.update(created_at=timezone.now() - KEPT_FOR - timedelta(minutes=1))
    forget_old_mails()
    assert Mail.objects.count() == 1
