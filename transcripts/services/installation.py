"""Whether database and data folder belong together, which is asked before anything is served or removed."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from django.conf import settings

from transcripts.errors import WrongDataFolder
from transcripts.models import Installation, Recording

FILE_NAME = "installation"
"""The file in the data folder that has the mark of the installation."""


def check_installation() -> None:
    """Compares the marks of both, and makes those that are missing. Raises WrongDataFolder where they differ.

    A side gets the mark of the other only where nothing can be mixed up: see `_fit`.
    """
    path = Path(settings.DATA_DIR) / FILE_NAME
    in_folder = _read_mark(path)
    installation = Installation.objects.first()
    are_new = installation is None and in_folder is None
    if installation is None:
        mark = in_folder if in_folder and _fit() else uuid.uuid4()
        installation, _new = Installation.objects.get_or_create(defaults={"mark": mark})
    if in_folder is None and _fit(are_new=are_new):
        in_folder = _write_mark(path, installation.mark)
    if in_folder != installation.mark:
        raise WrongDataFolder(
            f"The database and the data folder {path.parent} belong to different installations: see DATABASE_URL and "
            f"FLASHWEB_DATA. If they do belong together, write {installation.mark} into {path}."
        )


def _fit(*, are_new: bool = False) -> bool:
    """Whether both have recordings in common, or none at all; the folder may have none while neither has a mark."""
    names = {entry.name for entry in Path(settings.MEDIA_ROOT).glob("recordings/*")}
    known = [str(pk) for pk in Recording.objects.values_list("pk", flat=True)]
    return not names.isdisjoint(known) or not (names or (known and not are_new))


def _read_mark(path: Path) -> uuid.UUID | None:
    try:
        return uuid.UUID(path.read_text().strip())
    except (FileNotFoundError, ValueError):
        return None


def _write_mark(path: Path, mark: uuid.UUID) -> uuid.UUID:
    """Writes it whole or not at all. All processes of an installation write the same: the database's."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(f"{mark}\n")
    draft.replace(path)
    return mark
