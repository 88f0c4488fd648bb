"""A database and a data folder that don't belong together are refused, whichever of them is the wrong one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from tests.files import path_of
from transcripts.errors import WrongDataFolder, WrongSecretKey
from transcripts.management.readiness import check_readiness
from transcripts.models import Installation, Mail, Recording
from transcripts.services.accounts.secrets import decrypt_secret, encrypt_secret
from transcripts.services.installation import check_installation


def mark_of(data_dir: Path) -> str:
    return (data_dir / "installation").read_text().strip()


def test_new_ones_get_the_same_mark(db: None, data_dir: Path) -> None:
    check_installation()
    check_installation()
    assert mark_of(data_dir) == str(Installation.objects.get().mark)


def test_process_killed_between_the_marks_is_no_trouble(db: None, data_dir: Path) -> None:
    check_installation()
    (data_dir / "installation").unlink()
    check_installation()
    Installation.objects.all().delete()
    check_installation()
    assert mark_of(data_dir) == str(Installation.objects.get().mark)


def test_those_of_an_older_version_are_marked(lin: User, upload: Callable[..., Recording], data_dir: Path) -> None:
    upload(lin)
    check_installation()
    assert mark_of(data_dir) == str(Installation.objects.get().mark)


def test_older_database_may_come_without_its_files(lin: User, upload: Callable[..., Recording], data_dir: Path) -> None:
    path_of(upload(lin).folder).rename(data_dir / "elsewhere")
    check_installation()
    assert mark_of(data_dir) == str(Installation.objects.get().mark)


def test_database_with_a_mark_is_refused_beside_an_empty_folder(
    lin: User, upload: Callable[..., Recording], data_dir: Path
) -> None:
    recording = upload(lin)
    check_installation()
    path_of(recording.folder).rename(data_dir / "elsewhere")
    (data_dir / "installation").unlink()
    with pytest.raises(WrongDataFolder):
        check_installation()


@pytest.mark.parametrize("marked", [True, False])
def test_empty_database_beside_a_full_folder_is_refused(db: None, data_dir: Path, marked: bool) -> None:
    (data_dir / "media/recordings" / str(uuid.uuid4())).mkdir(parents=True)
    if marked:
        (data_dir / "installation").write_text(f"{uuid.uuid4()}\n")
    with pytest.raises(WrongDataFolder, match="belong to different installations"):
        check_installation()
    (data_dir / "installation").write_text(str(Installation.objects.get().mark))  # as the sentence says
    check_installation()


@pytest.mark.parametrize("content", ["", "\x00nonsense"])
def test_full_database_beside_a_foreign_folder_is_refused(
    lin: User, upload: Callable[..., Recording], data_dir: Path, content: str
) -> None:
    recording = upload(lin)
    check_installation()
    path_of(recording.folder).rename(path_of(recording.folder).with_name(str(uuid.uuid4())))
    (data_dir / "installation").write_text(content)
    with pytest.raises(WrongDataFolder):
        check_installation()


def test_other_mark_is_refused_even_where_both_are_empty(db: None, data_dir: Path) -> None:
    check_installation()
    Installation.objects.update(mark=uuid.uuid4())
    with pytest.raises(WrongDataFolder):
        check_installation()


def test_first_key_counts_and_another_is_refused(db: None, data_dir: Path, settings: Any) -> None:
    check_installation()
    first, settings.SECRET_KEY = settings.SECRET_KEY, "of another machine"
    with pytest.raises(WrongSecretKey, match="the same one on every machine"):
        check_installation()
    with pytest.raises(CommandError, match="change_secret_key"):
        check_readiness()
    settings.SECRET_KEY = first
    check_readiness()
    assert first not in Installation.objects.get().key_fingerprint


def test_database_of_an_older_version_takes_the_key_that_it_has(db: None, data_dir: Path) -> None:
    check_installation()
    Installation.objects.update(key_fingerprint="")
    check_installation()
    assert len(Installation.objects.get().key_fingerprint) == 64


def test_key_is_changed_with_what_was_encrypted(
    lin: User, data_dir: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    check_installation()
    codes = Authenticator.objects.create(
        user=lin,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": encrypt_secret("seed"), "used_mask": 0, "migrated_codes": [encrypt_secret("code")]},
    )
    mail = Mail.objects.create(to="lin@example.org", content=encrypt_secret("link"))
    old, settings.SECRET_KEY = settings.SECRET_KEY, "new"
    with pytest.raises(CommandError, match="Give the key before"):
        call_command("change_secret_key")
    monkeypatch.setenv("OLD_SECRET_KEY", "wrong")
    with pytest.raises(CommandError, match="not the one"):
        call_command("change_secret_key")
    with pytest.raises(WrongSecretKey):
        check_installation()
    (tmp_path / "old").write_text(f"{old}\n")
    call_command("change_secret_key", old_key_file=tmp_path / "old")
    check_installation()
    codes.refresh_from_db()
    mail.refresh_from_db()
    assert decrypt_secret(codes.data["seed"]) == "seed"
    assert [decrypt_secret(code) for code in codes.data["migrated_codes"]] == ["code"]
    assert decrypt_secret(mail.content) == "link"
