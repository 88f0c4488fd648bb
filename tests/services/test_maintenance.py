"""What is cleaned up, and that it is never somebody's recordings."""

from __future__ import annotations

import logging
import os
import time
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.files import path_of
from transcripts.errors import WrongDataFolder
from transcripts.models import Installation, Recording
from transcripts.services import maintenance
from transcripts.services.installation import check_installation
from transcripts.services.maintenance import clean_up, clean_up_daily, clean_up_files

TWO_DAYS_AGO = time.time() - 2 * 24 * 60 * 60


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def foreign_folder(data_dir: Path, name: str = "") -> str:
    """A folder that no recording names, of two days ago."""
    name = name or str(uuid.uuid4())
    folder = data_dir / "media/recordings" / name
    folder.mkdir(parents=True)
    (folder / "original").write_bytes(b"x")
    os.utime(folder, (TWO_DAYS_AGO, TWO_DAYS_AGO))
    return name


def test_folder_that_no_recording_names_goes_to_the_trash(
    lin: User, upload: Callable[..., Recording], data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = upload(lin)
    os.utime(path_of(kept.folder), (TWO_DAYS_AGO, TWO_DAYS_AGO))
    recordings, uploads = data_dir / "media/recordings", data_dir / "uploads"
    old, foreign, new = foreign_folder(data_dir), foreign_folder(data_dir, "lost+found"), str(uuid.uuid4())
    (recordings / new).mkdir()
    (recordings / new / "original").write_bytes(b"x")
    for name in (old, new):
        (uploads / name).write_bytes(b"x")
    os.utime(uploads / old, (TWO_DAYS_AGO, TWO_DAYS_AGO))
    with caplog.at_level(logging.WARNING):
        clean_up_files()
    left = [f"media/recordings/{name}/original" for name in (str(kept.pk), new, foreign)]
    assert files_in(data_dir) == sorted([*left, f"uploads/{new}", f"trash/{date.today()}/{old}/original"])
    assert old in caplog.text
    clean_up_files()
    assert (data_dir / f"trash/{date.today()}/{old}/original").exists()


def test_trash_is_emptied_when_its_time_is_over(db: None, data_dir: Path, settings: Any) -> None:
    days = [date.today() - timedelta(days=ago) for ago in (29, 30, 31)]
    for day in days:
        (data_dir / f"trash/{day}/{uuid.uuid4()}").mkdir(parents=True)
    clean_up_files()
    assert sorted(path.name for path in (data_dir / "trash").iterdir()) == [str(day) for day in sorted(days)[1:]]


def test_nothing_goes_while_the_database_has_no_recordings(db: None, data_dir: Path) -> None:
    name = foreign_folder(data_dir)
    clean_up_files()
    assert files_in(data_dir) == [f"media/recordings/{name}/original"]


def test_clean_up_touches_nothing_of_another_installation(
    lin: User, upload: Callable[..., Recording], data_dir: Path
) -> None:
    upload(lin)
    check_installation()
    name = foreign_folder(data_dir)
    Installation.objects.update(mark=uuid.uuid4())
    before = files_in(data_dir)
    with pytest.raises(WrongDataFolder):
        clean_up()
    assert (files_in(data_dir), f"media/recordings/{name}/original" in before) == (before, True)


def test_one_worker_cleans_up_once_a_day(db: None, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_installation()
    done = mock.Mock(side_effect=[RuntimeError("killed"), None, None])
    monkeypatch.setattr(maintenance, "clean_up", done)
    with pytest.raises(RuntimeError):
        clean_up_daily()
    clean_up_daily()  # another worker: the first one may still be at it
    assert done.call_count == 1
    Installation.objects.update(cleaning_until=timezone.now() - timedelta(seconds=1))
    clean_up_daily()
    clean_up_daily()
    assert done.call_count == 2
    Installation.objects.update(cleaned_at=timezone.now() - timedelta(days=1, seconds=1))
    clean_up_daily()
    assert done.call_count == 3


def test_ended_sessions_are_forgotten(db: None, data_dir: Path) -> None:
    now = timezone.now()
    for key, hours in (("over", -1), ("open", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(hours=hours))
    clean_up()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]


def test_what_fails_keeps_nothing_else_from_going(db: None, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_to_list_files() -> None:
        raise OSError("the bucket is away")

    monkeypatch.setattr(maintenance, "clean_up_files", fail_to_list_files)
    past = timezone.now() - timedelta(hours=1)
    Session.objects.create(session_key="over", session_data="", expire_date=past)
    with pytest.raises(OSError, match="bucket"):
        clean_up()
    assert not Session.objects.exists()
