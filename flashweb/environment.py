"""Typed readers of the environment. A bad value stops the start with a sentence that names the variable."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str) -> bool:
    value = text(name, "off").lower()
    if value in {"1", "on", "true", "yes"}:
        return True
    if value in {"0", "off", "false", "no"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; write on or off.")


def number(name: str, default: int, *, least: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number, {least} or more.")
    return int(value)


def names(name: str, default: str) -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def http_url(name: str, default: str) -> str:
    value = text(name, default)
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ImproperlyConfigured(f"{name} is {value!r}; write an http or https address.")
    return value


def folder(name: str, default: Path) -> Path:
    path = Path(text(name) or default).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise ImproperlyConfigured(f"{name} is {str(path)!r}, which is no folder.")
    return path


def database(name: str, default: Path) -> dict[str, object]:
    """Django's settings for `postgres://user:password@host:port/name`, or for SQLite in the file `default`.

    SQLite runs in WAL with IMMEDIATE transactions: deferred ones fail with "database is locked" when they turn from
    reading to writing. `synchronous=FULL`, so that what was answered "saved" survives a power cut.
    """
    value = text(name)
    if not value:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": default,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(value)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} is no address of the form postgres://user:password@host:port/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def queue(name: str, database_url: str, default: Path) -> dict[str, object]:
    """Huey's class and arguments: SQLite in the file `default`; PostgreSQL where the database is there; or Redis."""
    value = text(name, database_url)
    scheme = urlsplit(value).scheme
    if not value:
        return {"huey_class": "huey.SqliteHuey", "filename": str(default)}
    if scheme in {"postgres", "postgresql"}:
        return {"huey_class": "huey.PostgresHuey", "dsn": value}
    if scheme in {"redis", "rediss"}:
        return {"huey_class": "huey.RedisHuey", "url": value}
    raise ImproperlyConfigured(f"{name} is no address of the form redis://… or postgres://….")


def secret(name: str, kept_in: Path) -> str:
    """The variable's value; without one, a random key that is made once and kept in the file `kept_in`."""
    if value := text(name):
        return value
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(48)
    draft = kept_in.with_name(f"{kept_in.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(made)
    try:
        os.link(draft, kept_in)  # Of several processes that start together, the first one's key counts.
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return kept_in.read_text().strip()
