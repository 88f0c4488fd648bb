from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from flashweb import environment as env

ROOT = Path(__file__).resolve().parent.parent
POSTGRES_QUEUE = {"huey_class": "huey.PostgresHuey", "create_tables": False}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Sets the variable X, or takes it away."""

    def give(value: str | None) -> None:
        if value is None:
            monkeypatch.delenv("X", raising=False)
        else:
            monkeypatch.setenv("X", value)

    return give


@pytest.mark.parametrize(("value", "read"), [(None, "or"), ("", "or"), ("  ", "or"), (" a b ", "a b")])
def test_text_is_stripped_and_empty_is_the_default(given: Any, value: str | None, read: str) -> None:
    given(value)
    assert env.text("X", "or") == read


@pytest.mark.parametrize(
    ("value", "read"),
    [(None, False), ("", False), ("on", True), ("TRUE", True), ("1", True), ("No", False), ("0", False)],
)
def test_flag_is_on_or_off(given: Any, value: str | None, read: bool) -> None:
    given(value)
    assert env.flag("X") is read


def test_names_are_parted_by_commas(given: Any) -> None:
    given(" a.example, ,b.example,")
    assert env.names("X", "c") == ["a.example", "b.example"]
    given(None)
    assert env.names("X", "c,d") == ["c", "d"]


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.flag("X"), "perhaps"),
        (lambda: env.number("X", 4, least=1), "four"),
        (lambda: env.number("X", 4, least=1), "0"),
        (lambda: env.number("X", 4, least=1), "-1"),
        (lambda: env.number("X", 4, least=1), "1.5"),
        (lambda: env.http_url("X", ""), "ftp://example.org"),
        (lambda: env.http_url("X", ""), "openspeech.bytedance.com"),
        (lambda: env.http_url("X", ""), "https://"),
        (lambda: env.http_urls("X", ""), "http://one,other"),
        (lambda: env.http_urls("X", ""), ","),
        (lambda: env.folder("X", Path("/")), __file__),
        (lambda: env.optional_folder("X"), "/no/such/folder"),
        (lambda: env.group("X"), "no such group"),
        (lambda: env.database("X", Path("db")), "mysql://u@h/n"),
        (lambda: env.database("X", Path("db")), "postgres://u@h"),
        (lambda: env.queue("X", "", Path("q")), "amqp://h"),
        (lambda: env.files("X"), "/srv/files"),
        (lambda: env.files("X"), "https://bucket.example.org"),
        (lambda: env.files("X"), "s3:///prefix"),
        (lambda: env.files("X"), "s3://bucket?endpiont=http://127.0.0.1"),
        (lambda: env.choice("X", "invitation", "open"), "closed"),
        (lambda: env.mail("X"), "mail.example.org:25"),
        (lambda: env.mail("X"), "imap://mail.example.org"),
        (lambda: env.mail("X"), "smtp://"),
        (lambda: env.providers("X"), "google"),
        (lambda: env.providers("X"), '["google"]'),
        (lambda: env.providers("X"), '{"goggle": {"client_id": "1", "secret": "2"}}'),
        (lambda: env.providers("X"), '{"../google": {"client_id": "1", "secret": "2"}}'),
        (lambda: env.providers("X"), '{"google": {"client_id": "1"}}'),
        (lambda: env.providers("X"), '{"google": "1"}'),
    ],
)
def test_bad_value_is_refused_with_the_name_of_its_variable(given: Any, read: Callable[[], Any], value: str) -> None:
    given(value)
    with pytest.raises(ImproperlyConfigured) as refused:
        read()
    assert re.match(r"X (is|must be|must have) ", str(refused.value))


def test_number_is_whole_and_not_too_small(given: Any) -> None:
    given("12")
    assert env.number("X", 4, least=1) == 12
    given(None)
    assert env.number("X", 4, least=1) == 4


def test_files_are_in_the_folder_or_in_a_bucket(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, "folder"):
        given(value)
        assert env.files("X") == ""
    given("s3://bucket/a/b?endpoint=http://127.0.0.1:9000&style=virtual")
    assert env.files("X") == "s3://bucket/a/b?endpoint=http://127.0.0.1:9000&style=virtual"
    monkeypatch.setattr(env, "find_spec", lambda _name: None)
    with pytest.raises(ImproperlyConfigured, match="X needs the package boto3: install requirements"):
        env.files("X")


def test_address_is_http(given: Any) -> None:
    given("http://127.0.0.1:8765/api")
    assert env.http_url("X", "") == "http://127.0.0.1:8765/api"


def test_addresses_are_parted_by_commas_each_once(given: Any) -> None:
    given("http://one:8765/x, https://other/x ,http://one:8765/x,")
    assert env.http_urls("X", "") == ["http://one:8765/x", "https://other/x"]
    given(None)
    assert env.http_urls("X", "http://a") == ["http://a"]


def test_folder_may_be_named_from_home_and_need_not_exist(given: Any, tmp_path: Path) -> None:
    given(str(tmp_path / "new"))
    assert env.folder("X", Path("/")) == tmp_path / "new"
    given("~/flashweb")
    assert env.folder("X", Path("/")) == Path.home() / "flashweb"
    given(None)
    assert env.folder("X", tmp_path) == tmp_path


def test_folder_that_may_be_left_out_is_there(given: Any, tmp_path: Path) -> None:
    given(None)
    assert env.optional_folder("X") is None
    given(str(tmp_path))
    assert env.optional_folder("X") == tmp_path


def test_database_is_sqlite_with_immediate_transactions_or_postgresql(given: Any, tmp_path: Path) -> None:
    given(None)
    sqlite: Any = env.database("X", tmp_path / "db")
    assert (sqlite["ENGINE"], sqlite["NAME"]) == ("flashweb.sqlite3", tmp_path / "db")
    assert sqlite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    given("postgres://us%40er:p%3Aw@db.example:5433/na%2Fme")
    found = env.database("X", tmp_path / "db")
    del found["OPTIONS"]
    assert found == {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "NAME": "na/me",
        "USER": "us@er",
        "PASSWORD": "p:w",
        "HOST": "db.example",
        "PORT": 5433,
    }


@pytest.mark.parametrize(
    ("value", "database", "storage"),
    [
        (None, "", {"huey_class": "huey.SqliteHuey", "filename": "/q"}),
        (None, "postgres://h/n", {**POSTGRES_QUEUE, "dsn": "postgres://h/n"}),
        ("redis://h", "postgres://h/n", {"huey_class": "huey.RedisHuey", "url": "redis://h"}),
        ("postgresql://h/q", "", {**POSTGRES_QUEUE, "dsn": "postgresql://h/q"}),
    ],
)
def test_queue_is_where_the_database_is_unless_told_otherwise(
    given: Any, value: str | None, database: str, storage: dict[str, str]
) -> None:
    given(value)
    assert env.queue("X", database, Path("/q")) == storage


def test_choice_is_one_of_those_there_are(given: Any) -> None:
    given("open")
    assert env.choice("X", "invitation", "open") == "open"
    given(None)
    assert env.choice("X", "invitation", "open") == "invitation"


@pytest.mark.parametrize(
    ("value", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://mail.example", 587, True, False),
        ("smtps://mail.example", 465, False, True),
        ("smtps://mail.example:2465", 2465, False, True),
    ],
)
def test_mail_goes_by_smtp(given: Any, value: str, port: int, tls: bool, ssl: bool) -> None:
    given(value.replace("//", "//us%40er:p%3Aw@"))
    assert env.mail("X") == {
        "EMAIL_HOST": "mail.example",
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": "us@er",
        "EMAIL_HOST_PASSWORD": "p:w",
        "EMAIL_USE_TLS": tls,
        "EMAIL_USE_SSL": ssl,
        "EMAIL_TIMEOUT": 10,
    }


def test_providers_have_an_app_or_several(given: Any) -> None:
    app = {"client_id": "1", "secret": "2"}
    given(json.dumps({"github": app, "openid_connect": [app, app]}))
    assert env.providers("X") == {"github": {"APPS": [app]}, "openid_connect": {"APPS": [app, app]}}
    given(None)
    assert env.providers("X") == {}


def test_secret_is_made_once_and_readable_by_its_owner_alone(given: Any, tmp_path: Path) -> None:
    given(None)
    kept = tmp_path / "new" / "secret_key"
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _number: _secret_in_a_process(kept), range(4)))
    assert made == {kept.read_text()}
    assert len(kept.read_text()) >= 50
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["secret_key"]
    assert env.secret("X", kept) == kept.read_text()
    given("acknowledged")
    assert env.secret("X", kept) == "acknowledged"


def _secret_in_a_process(kept: Path) -> str:
    code = "import sys, pathlib; from flashweb import environment as e; print(e.secret('X', pathlib.Path(sys.argv[1])))"
    done = subprocess.run([sys.executable, "-c", code, str(kept)], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def settings_with(data: Path, names: str, **variables: str) -> str:
    """What a fresh process finds in the settings of these names, or the last line of why it does not start."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FLASH", "DATABASE", "QUEUE"))}
    code = f"import flashweb.settings as s; print(*[getattr(s, n, None) for n in {names.split()!r}], sep='|')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**clean, "FLASHWEB_DATA": str(data), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout or done.stderr).strip().splitlines()[-1]


def test_settings_follow_the_environment(tmp_path: Path) -> None:
    names = "FLASH_IS_LOCAL FLASH_API_URL FLASH_API_KEY DEBUG SECURE_SSL_REDIRECT LANGUAGE_CODE"
    local = "http://127.0.0.1:8765/api/v3/auc/bigmodel/recognize/flash"
    real = "https://openspeech.bytedance.com/api/v3/auc/bigmodel/recognize/flash"
    assert settings_with(tmp_path, names) == f"True|{local}||False|None|en"
    told = settings_with(tmp_path, names, FLASH_API_KEY="k", HTTPS="on", DEBUG="on", LANGUAGE_CODE="zh-hans")
    assert told == f"False|{real}|k|True|True|zh-hans"
    other = settings_with(
        tmp_path, names, FLASH_APP_KEY="1", FLASH_ACCESS_KEY="2", FLASH_API_URL="http://127.0.0.1:1/x"
    )
    assert other == "False|http://127.0.0.1:1/x||False|None|en"


def test_several_flash_servers_share_the_work(tmp_path: Path) -> None:
    names = "FLASH_API_URL MORE_FLASHSERVER_URLS FLASH_CONCURRENCY"
    several = "http://one/x,http://two/x,http://three/x"
    assert (
        settings_with(tmp_path, names, FLASHSERVER_URL=several) == "http://one/x|['http://two/x', 'http://three/x']|12"
    )
    assert settings_with(tmp_path, names, FLASHSERVER_URL="http://one/x", FLASH_CONCURRENCY="2") == "http://one/x|[]|2"
    assert settings_with(tmp_path, names, FLASHSERVER_URL=several, FLASH_API_KEY="k").endswith("flash|[]|4")


def test_mail_and_sign_up_follow_the_environment(tmp_path: Path) -> None:
    names = "MAIL_IS_KEPT EMAIL_BACKEND EMAIL_HOST DEFAULT_FROM_EMAIL SIGN_UP_IS_OPEN ACCOUNT_SIGNUP_FIELDS"
    fields = "['username*', 'email', 'password1*', 'password2*']"
    kept = "transcripts.services.mails.Outbox"
    assert settings_with(tmp_path, names) == f"True|{kept}|None|Flashweb <flashweb@localhost>|False|{fields}"
    told = settings_with(tmp_path, names, EMAIL_URL="smtp://mail.example", EMAIL_FROM="a@b.example", SIGN_UP="open")
    assert told == f"False|{kept}|mail.example|a@b.example|True|{fields.replace('email', 'email*')}"


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "None|None|None"),
        ({"HTTPS": "on"}, "31536000|False|False"),
        ({"HTTPS": "on", "HSTS": "subdomains"}, "31536000|True|False"),
        ({"HTTPS": "on", "HSTS": "preload"}, "31536000|True|True"),
    ],
)
def test_browsers_are_told_of_no_other_host_unless_a_setting_says_so(
    tmp_path: Path, variables: dict[str, str], told: str
) -> None:
    names = ("SECONDS", "INCLUDE_SUBDOMAINS", "PRELOAD")
    assert settings_with(tmp_path, " ".join(f"SECURE_HSTS_{name}" for name in names), **variables) == told


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"FLASH_APP_KEY": "1"}, "FLASH_APP_KEY and FLASH_ACCESS_KEY are needed together; one is missing."),
        ({"LANGUAGE_CODE": "fr"}, "LANGUAGE_CODE is 'fr'; use en or zh-hans."),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_line(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    assert settings_with(tmp_path, "DEBUG", **variables).endswith(f"ImproperlyConfigured: {sentence}")
