"""Encrypts secrets that the database keeps: a copy of it alone makes no codes and opens no links."""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac

from transcripts.errors import SecretUnreadable

SALT = "transcripts.authenticator-secret"
MARK = "fernet:"
"""What encrypted text begins with; no key of an app or seed of recovery codes does."""


def encrypt_secret(text: str) -> str:
    return MARK + _cipher().encrypt(text.encode()).decode()


def decrypt_secret(encrypted: str, *, key: str | None = None) -> str:
    """Raises SecretUnreadable if it was encrypted with another SECRET_KEY (or `key`), or not at all."""
    try:
        return _cipher(key).decrypt(encrypted.removeprefix(MARK)).decode()
    except InvalidToken as error:
        raise SecretUnreadable from error


def _cipher(key: str | None = None) -> Fernet:
    """With a key of its own, derived from SECRET_KEY as Django derives those of its signatures."""
    return Fernet(urlsafe_b64encode(salted_hmac(SALT, "key", secret=key, algorithm="sha256").digest()))
