"""Encrypts the secrets of two-step verification that were stored before. Each is left alone if it is encrypted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import migrations

MARK = "fernet:"


def change_secrets(apps: Any, change: Callable[[str], str]) -> None:
    for authenticator in apps.get_model("mfa", "Authenticator").objects.all().iterator():
        data = authenticator.data
        for name in {"secret", "seed"} & data.keys():
            data[name] = change(data[name])
        if "migrated_codes" in data:
            data["migrated_codes"] = [change(code) for code in data["migrated_codes"]]
        authenticator.save(update_fields=["data"])


def encrypt_secrets(apps: Any, schema_editor: Any) -> None:
    from transcripts.services.accounts.secrets import encrypt_secret

    change_secrets(apps, lambda text: text if text.startswith(MARK) else encrypt_secret(text))


def decrypt_secrets(apps: Any, schema_editor: Any) -> None:
    from transcripts.services.accounts.secrets import decrypt_secret

    change_secrets(apps, lambda text: decrypt_secret(text) if text.startswith(MARK) else text)


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0008_audit"), ("mfa", "0003_authenticator_type_uniq")]
    operations = [migrations.RunPython(encrypt_secrets, decrypt_secrets)]
