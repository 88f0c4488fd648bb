"""Whether database, data folder and key belong together, which is asked before anything is served or removed."""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from transcripts.errors import InUse, SecretUnreadable, WrongDataFolder, WrongSecretKey
from transcripts.models import Installation, Mail, Recording
from transcripts.services.accounts.secrets import decrypt_secret, encrypt_secret
from transcripts.services.store.scratch import scratch_folder
from transcripts.services.store.store import get_store

KEY = "installation"
"""The file in the store, or the data folder, that has the mark of the installation."""
WRONG_KEY = (
    "SECRET_KEY is not the one that this database was set up with: set the same one on every machine. If it was not "
    "set on the first, it is in the file secret_key of that one's data folder. To change it, run "
    "`manage.py change_secret_key`."
)

RESTORING = "restoring/begun"
"""The file in the data folder that is there until a restore is done; beside it lies what it prepares."""
_IN_USE = "in_use"


@contextmanager
def hold_installation(*, alone: bool = False) -> Iterator[None]:
    """Shows other processes that the data folder is in use. The kernel releases it when this one dies.

    Raises InUse while another process uses it `alone`, or with `alone`, while any does.
    """
    with (Path(settings.DATA_DIR) / _IN_USE).open("ab") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse from None
        except OSError:
            pass  # A network's file system that knows no such locks.
        yield


def use_installation() -> None:
    """Holds it until the process ends. Raises InUse."""
    _held.enter_context(hold_installation())


_held = ExitStack()


def check_restored() -> None:
    """Raises WrongDataFolder where a restore was begun and has not come to its end."""
    if (Path(settings.DATA_DIR) / RESTORING).exists():
        raise WrongDataFolder("A restore into this data folder has not come to its end. Run `manage.py restore` again.")


def check_installation() -> None:
    """Compares the marks of both, and makes those that are missing. Raises WrongDataFolder where they differ.

    Also compares the key of this machine with that of the first, and raises WrongSecretKey.

    A side gets the mark of the other only where nothing can be mixed up: see `_fit`.
    """
    check_restored()
    in_store = _read_mark()
    installation = Installation.objects.first()
    are_new = installation is None and in_store is None
    if installation is None:
        mark = in_store if in_store and _fit() else uuid.uuid4()
        installation, _new = Installation.objects.get_or_create(defaults={"mark": mark})
    if in_store is None and _fit(are_new=are_new):
        in_store = write_mark(installation.mark)
    if in_store != installation.mark:
        raise WrongDataFolder(_explain_mismatch(installation))
    _check_key(installation)


def find_installation_fault(*, new_is_fine: bool = False) -> str:
    """In a sentence, that database, data folder and key don't belong together; "" if they do. Makes no mark.

    With `new_is_fine`, also "" where neither has one yet.
    """
    in_store, installation = _read_mark(), Installation.objects.first()
    if new_is_fine and installation is None and in_store is None:
        return ""
    if installation is None or in_store is None:
        missing = "database" if installation is None else _name_place()
        return f"The {missing} has no mark of its installation yet: a process of Flashweb that starts makes it."
    if in_store != installation.mark:
        return _explain_mismatch(installation)
    return WRONG_KEY if installation.key_fingerprint not in {"", _get_fingerprint(installation)} else ""


def _explain_mismatch(installation: Installation) -> str:
    return (
        f"The database and the {_name_place()} belong to different installations: see DATABASE_URL, FLASHWEB_DATA "
        f"and FILES_URL. If they do belong together, write {installation.mark} into the file {KEY} there."
    )


def accept_key(*, old_key: str) -> int:
    """Makes this machine's SECRET_KEY that of the installation. Returns how many secrets were encrypted anew.

    Raises SecretUnreadable, and changes nothing, if `old_key` is not what they were encrypted with.
    """
    count = 0
    with transaction.atomic():
        for authenticator in Authenticator.objects.select_for_update():
            data = authenticator.data
            for name in {"secret", "seed"} & data.keys():
                data[name] = encrypt_secret(decrypt_secret(data[name], key=old_key))
                count += 1
            if "migrated_codes" in data:
                data["migrated_codes"] = [
                    encrypt_secret(decrypt_secret(code, key=old_key)) for code in data["migrated_codes"]
                ]
            authenticator.save(update_fields=["data"])
        for mail in Mail.objects.select_for_update():
            with suppress(SecretUnreadable):  # It is lost already, and nobody waits for it.
                mail.content = encrypt_secret(decrypt_secret(mail.content, key=old_key))
                mail.save(update_fields=["content"])
                count += 1
        for installation in Installation.objects.all():
            Installation.objects.filter(pk=installation.pk).update(key_fingerprint=_get_fingerprint(installation))
    return count


def _check_key(installation: Installation) -> None:
    mine = _get_fingerprint(installation)
    if not installation.key_fingerprint:  # The first one counts.
        Installation.objects.filter(pk=installation.pk, key_fingerprint="").update(key_fingerprint=mine)
        installation.refresh_from_db()
    if installation.key_fingerprint != mine:
        raise WrongSecretKey(WRONG_KEY)


def _get_fingerprint(installation: Installation) -> str:
    return salted_hmac("transcripts.installation", str(installation.mark), algorithm="sha256").hexdigest()


def _fit(*, are_new: bool = False) -> bool:
    """Whether both have recordings in common, or none at all; the folder may have none while neither has a mark."""
    names = {name for name, _changed_at in get_store().list_folders("recordings/")}
    known = [str(pk) for pk in Recording.objects.values_list("pk", flat=True)]
    return not names.isdisjoint(known) or not (names or (known and not are_new))


def _name_place() -> str:
    bucket = urlsplit(settings.FILES_URL)
    return f"bucket {bucket.hostname}{bucket.path}" if bucket.hostname else f"data folder {settings.DATA_DIR}"


def _read_mark() -> uuid.UUID | None:
    try:
        return uuid.UUID(b"".join(get_store().read(KEY)).decode().strip())
    except (FileNotFoundError, ValueError):
        return None


def write_mark(mark: uuid.UUID) -> uuid.UUID:
    """All processes of an installation write the same: the database's."""
    with scratch_folder() as folder:
        draft = folder / KEY
        draft.write_text(f"{mark}\n")
        get_store().put(draft, KEY)
    return mark
