"""What happened is known: who, what, when and from where, for those who may know."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from transcripts.enums import AuditEvent, Role
from transcripts.models import AuditEntry, Membership, Project, Transcript
from transcripts.services.accounts.deletion import delete_account
from transcripts.services.audit import forget_old_entries, record
from transcripts.services.projects.projects import create_project, remove_member, set_role

Lines = list[tuple[str, str, str, str]]


async def read(answer: Any) -> bytes:
    return b"".join([part async for part in answer.streaming_content])


def lines() -> Lines:
    return list(AuditEntry.objects.order_by("pk").values_list("event", "who", "about", "details"))


def test_sign_ins_are_recorded_with_where_from(lin: User, client: Client) -> None:
    form = {"username": "lin", "password": "wrong"}
    client.post("/accounts/login/", form, REMOTE_ADDR="192.0.2.7")
    client.post("/accounts/login/", {"username": "secret-typed-here", "password": "x"})
    client.post("/accounts/login/", {**form, "password": "correct horse"}, REMOTE_ADDR="192.0.2.7")
    client.post("/accounts/logout/")
    assert [line[:2] for line in lines()] == [
        ("sign_in_failed", "lin"),
        ("sign_in_failed", ""),
        ("signed_in", "lin"),
        ("signed_out", "lin"),
    ]
    assert AuditEntry.objects.get(event="signed_in").address == "192.0.2.7"


def test_what_owners_do_is_recorded(lin: User, ana: User, lins_client: Client, transcript: Transcript) -> None:
    recording = transcript.recording
    team = create_project(name="Talks", by=lin)
    invite = reverse("project_invite", args=[team.pk])
    lins_client.post(invite, {"role": "editor", "days": "7", "people": "one"})
    client = Client()
    client.force_login(ana)
    client.post(team.invitations.get().get_absolute_url())
    set_role(project=team, user=ana, role=Role.VIEWER, by=lin)
    remove_member(project=team, user=ana, by=lin)
    lins_client.post(reverse("recording_move", args=[recording.pk]), {"project": team.pk})
    share = reverse("transcript_share_links", args=[transcript.pk])
    lins_client.post(share, {"role": "reader", "days": "7", "label": "Board"})
    lins_client.post(reverse("share_link_revoke", args=[transcript.share_links.get().pk]))
    lins_client.get(reverse("transcript_export", args=[transcript.pk, "srt"]))
    lins_client.post(reverse("recording_delete", args=[recording.pk]))
    lins_client.post(reverse("recording_restore", args=[recording.pk]))
    lins_client.post(reverse("recording_delete", args=[recording.pk]))
    lins_client.post(reverse("recording_delete_for_good", args=[recording.pk]))
    assert [line for line in lines() if line[0] != "signed_in"] == [
        ("link_created", "lin", "Invitation", "editor"),
        ("joined", "ana", "ana", "editor"),
        ("role_changed", "lin", "ana", "editor → viewer"),
        ("left", "lin", "ana", "viewer"),
        ("moved", "lin", "zh_welcome", "→ Talks"),
        ("moved", "lin", "zh_welcome", "← lin"),
        ("link_created", "lin", "zh_welcome", "reader Board"),
        ("link_revoked", "lin", "zh_welcome", "Board"),
        ("exported", "lin", "zh_welcome", "srt"),
        ("binned", "lin", "zh_welcome", ""),
        ("restored", "lin", "zh_welcome", ""),
        ("binned", "lin", "zh_welcome", ""),
        ("deleted", "lin", "zh_welcome", ""),
    ]


def test_what_did_not_happen_is_not_recorded(ana: User, lins_client: Client, transcript: Transcript) -> None:
    stranger = Client()
    stranger.force_login(ana)
    before = lines()
    export = reverse("transcript_export", args=[transcript.pk, "srt"])
    lins_client.head(export)
    assert lins_client.get(export, {"cue_lines": "nonsense"}).status_code >= 400
    assert stranger.get(export).status_code == 404
    stranger.post(reverse("recording_delete", args=[transcript.recording_id]))
    assert lines() == before


@pytest.mark.long
def test_owners_see_their_project_and_administrators_everything(
    transactional_db: None, lin: User, ana: User, lins_client: Client
) -> None:
    team, other = create_project(name="Talks", by=lin), create_project(name="Other", by=ana)
    for project, title in ((team, "=1+1"), (other, "Elsewhere")):
        record(AuditEvent.BINNED, by=ana, project=project, about=title)
    page = lins_client.get(reverse("project_audit", args=[team.pk]))
    assert ("=1+1" in page.text, "Elsewhere" in page.text) == (True, False)
    table: Any = lins_client.get(reverse("project_audit_table", args=[team.pk]))
    rows = list(csv.DictReader(async_to_sync(read)(table).decode("utf-8-sig").splitlines()))
    assert [(row["event"], row["who"], row["about"]) for row in rows] == [("binned", "ana", "'=1+1")]
    Membership.objects.create(project=team, user=ana, role=Role.EDITOR)
    editor = Client()
    editor.force_login(ana)
    assert editor.get(reverse("project_audit", args=[team.pk])).status_code == 403
    assert lins_client.get(reverse("audit")).status_code == 404
    User.objects.filter(pk=lin.pk).update(is_superuser=True)
    assert "Elsewhere" in lins_client.get(reverse("audit")).text


def test_lines_are_only_added_and_forgotten_in_time(lin: User) -> None:
    record(AuditEvent.BINNED, by=lin, about="a")
    entry = AuditEntry.objects.get()
    with pytest.raises(ValueError, match="only added to"):
        entry.save()
    with pytest.raises(ValueError, match="only added to"):
        entry.delete()
    forget_old_entries()
    assert AuditEntry.objects.count() == 1
    AuditEntry.objects.update(at=timezone.now() - timedelta(days=366))
    forget_old_entries()
    assert AuditEntry.objects.count() == 0


def test_lines_stay_without_their_project_and_their_person(lin: User) -> None:
    team = create_project(name="Talks", by=lin)
    record(AuditEvent.BINNED, by=lin, project=team, about="a")
    AuditEntry.objects.update(address="192.0.2.7")
    Project.objects.all().delete()
    delete_account(user=lin)
    entry = AuditEntry.objects.get(event="binned")
    assert (entry.who, entry.project_name, entry.address) == ("lin", "Talks", None)


def test_roles_and_formats_have_the_names_of_their_readers_language(lin: User, lins_client: Client, ana: User) -> None:
    team = create_project(name="Talks", by=lin)
    for event, about, details in (
        (AuditEvent.LINK_CREATED, "Invitation", "editor"),
        (AuditEvent.LINK_CREATED, "zh_welcome", "reader Board"),
        (AuditEvent.ROLE_CHANGED, "ana", "editor → viewer"),
        (AuditEvent.EXPORTED, "zh_welcome", "clips"),
        (AuditEvent.EXPORTED, "zh_welcome", "a format of another time"),
        (AuditEvent.MOVED, "Invitation", "→ viewer"),
    ):
        record(event, by=lin, project=team, about=about, details=details)
    page = lins_client.get(reverse("project_audit", args=[team.pk]), headers={"Accept-Language": "zh-CN"}).text
    lines = [" ".join(strip_tags(line).split()) for line in re.findall(r"<p>\s*<strong>.*?</p>", page, re.DOTALL)]
    assert lines[::-1] == [
        "已创建链接 邀请 编辑者",
        "已创建链接 zh_welcome 可以阅读和收听 Board",
        "角色已更改 ana 编辑者 → 查看者",
        "已导出 zh_welcome 音频片段",
        "已导出 zh_welcome a format of another time",
        "录音已移动 Invitation → viewer",
    ]
