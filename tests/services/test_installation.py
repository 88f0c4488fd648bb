"""A database and a data folder that don't belong together are refused, whichever of them is the wrong one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from transcripts.errors import WrongDataFolder
from transcripts.models import Installation, Recording
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
    upload(lin).folder.rename(data_dir / "elsewhere")
    check_installation()
    assert mark_of(data_dir) == str(Installation.objects.get().mark)


def test_database_with_a_mark_is_refused_beside_an_empty_folder(
    lin: User, upload: Callable[..., Recording], data_dir: Path
) -> None:
    recording = upload(lin)
    check_installation()
    recording.folder.rename(data_dir / "elsewhere")
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
    recording.folder.rename(recording.folder.with_name(str(uuid.uuid4())))
    (data_dir / "installation").write_text(content)
    with pytest.raises(WrongDataFolder):
        check_installation()


def test_other_mark_is_refused_even_where_both_are_empty(db: None, data_dir: Path) -> None:
    check_installation()
    Installation.objects.update(mark=uuid.uuid4())
    with pytest.raises(WrongDataFolder):
        check_installation()
