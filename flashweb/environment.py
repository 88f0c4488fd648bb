"""Typed readers of the environment. A bad value stops the start with a sentence that names the variable."""

from __future__ import annotations

import grp
import json
import os
import secrets
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
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
    raise ImproperlyConfigured(f"{name} is {value!r}; use on or off.")


def number(name: str, default: int, *, least: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is {value!r}; use a whole number of at least {least}.")
    return int(value)


def choice(name: str, default: str, *others: str) -> str:
    value = text(name, default)
    if value not in {default, *others}:
        raise ImproperlyConfigured(f"{name} is {value!r}; use {' or '.join((default, *others))}.")
    return value


def names(name: str, default: str) -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """IP addresses and networks (`10.0.0.0/8`), separated by commas."""
    try:
        return tuple(ip_network(part) for part in names(name, ""))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is wrong: {error}.") from None


def http_url(name: str, default: str) -> str:
    return _check_http_url(name, text(name, default))


def http_urls(name: str, default: str) -> list[str]:
    """One or more, separated by commas, each once."""
    found = list(dict.fromkeys(names(name, default)))
    if not found:
        raise ImproperlyConfigured(f"{name} is {text(name)!r}; use one or more http or https addresses.")
    return [_check_http_url(name, value) for value in found]


def _check_http_url(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ImproperlyConfigured(f"{name} is {value!r}; use an http or https address.")
    return value


def folder(name: str, default: Path) -> Path:
    path = Path(text(name) or default).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise ImproperlyConfigured(f"{name} is {str(path)!r}, which is not a folder.")
    return path


def optional_folder(name: str) -> Path | None:
    """A folder that is there; None where the variable is not set."""
    value = text(name)
    if not value:
        return None
    path = Path(value).expanduser().resolve()
    if not path.is_dir():
        raise ImproperlyConfigured(f"{name} is {value!r}, which is not a folder.")
    return path


def group(name: str) -> int | None:
    """The number of the group of users."""
    value = text(name)
    try:
        return grp.getgrnam(value).gr_gid if value else None
    except KeyError:
        raise ImproperlyConfigured(f"{name} is {value!r}; this machine has no such group.") from None


def database(name: str, default: Path) -> dict[str, object]:
    """Django's settings for `postgres://user:password@host:port/name`, or for SQLite in the file `default`.

    SQLite runs in WAL mode with IMMEDIATE transactions: deferred ones fail with "database is locked" when they go from
    reading to writing. With `synchronous=FULL` what was reported as saved survives a power cut. Each connection keeps
    up to 16 MB of what it has read, which is more than a search of a large library reads; by itself SQLite keeps 2.
    """
    value = text(name)
    if not value:
        return {
            "ENGINE": "flashweb.sqlite3",
            "NAME": default,
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                " PRAGMA cache_size=-16000;",
            },
        }
    parts = urlsplit(value)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must have the form postgres://user:password@host:port/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def queue(name: str, database_url: str, default: Path) -> dict[str, object]:
    """Huey's class and arguments: SQLite in the file `default`, PostgreSQL if that is the database, or Redis."""
    value = text(name, database_url)
    scheme = urlsplit(value).scheme
    if not value:
        return {"huey_class": "huey.SqliteHuey", "filename": str(default)}
    if scheme in {"postgres", "postgresql"}:
        return {"huey_class": "huey.PostgresHuey", "dsn": value, "create_tables": False}
    if scheme in {"redis", "rediss"}:
        return {"huey_class": "huey.RedisHuey", "url": value}
    raise ImproperlyConfigured(f"{name} must have the form redis://… or postgres://….")


FOLDER = "folder"


def files(name: str) -> str:
    """`s3://bucket/prefix` as it stands, and "" for the data folder, which may be written as `folder`."""
    value = text(name, FOLDER)
    if value == FOLDER:
        return ""
    parts = urlsplit(value)
    if (
        parts.scheme != "s3"
        or not parts.hostname
        or not {"endpoint", "region", "style"} >= dict(parse_qsl(parts.query)).keys()
    ):
        raise ImproperlyConfigured(f"{name} must be {FOLDER} or have the form s3://bucket/prefix?endpoint=https://….")
    if find_spec("boto3") is None:
        raise ImproperlyConfigured(f"{name} needs the package boto3: install requirements/server.txt.")
    return value


SMTP_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def mail(name: str) -> dict[str, object]:
    """Django's settings for `smtp://user:password@host:port`; none without it.

    With smtp+tls encryption starts after connecting (STARTTLS), with smtps from the first byte.
    """
    value = text(name)
    if not value:
        return {}
    parts = urlsplit(value)
    if parts.scheme not in SMTP_PORTS or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must have the form smtp+tls://user:password@host:port.")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or SMTP_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }


def providers(name: str) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """django-allauth's providers and their apps, from `{"github": {"client_id": "…", "secret": "…"}, …}`.

    A provider may also have a list of apps, such as several OpenID Connect servers.
    """
    try:
        given = json.loads(text(name, "{}"))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not valid JSON: {error}.") from None
    if not isinstance(given, dict):
        raise ImproperlyConfigured(f"{name} must be a JSON object of the form {{provider: {{client_id, secret}}}}.")
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for provider, apps in given.items():
        if not _is_provider(provider):
            raise ImproperlyConfigured(f"{name} is wrong: django-allauth has no provider {provider!r}.")
        found[provider] = {"APPS": apps if isinstance(apps, list) else [apps]}
        for app in found[provider]["APPS"]:
            if not isinstance(app, dict) or not (app.get("client_id") and app.get("secret")):
                raise ImproperlyConfigured(f"{name} is wrong: {provider} needs a client_id and a secret.")
    return found


def _is_provider(name: str) -> bool:
    """Looks for the file: allauth's modules can't be imported while the settings are being read."""
    allauth = find_spec("allauth")
    folders = allauth.submodule_search_locations or [] if allauth else []
    return name.isidentifier() and any(
        Path(folder, "socialaccount/providers", name, "provider.py").is_file() for folder in folders
    )


def secret(name: str, kept_in: Path) -> str:
    """The variable's value; without one, a random key, generated once and kept in the file `kept_in`."""
    if value := text(name):
        return value
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(48)
    draft = kept_in.with_name(f"{kept_in.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(made)
    try:
        os.link(draft, kept_in)  # If several processes start together, the first one's key counts.
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return kept_in.read_text().strip()
