from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client
from django.utils.translation import activate
from pytest_django import DjangoDbBlocker
from xdist import is_xdist_controller

from flashweb.memory import look_less_for_garbage
from tests import children, quick
from tests.bucket import Bucket, FaultyS3, serve_s3
from tests.guard import guard_run
from tests.processes import copy_migrated, made_once
from tests.quick import AUDIO
from transcripts import limited_child
from transcripts.enums import Role
from transcripts.flashserver.server import FlashServer, serve
from transcripts.models import Membership, Project, Recording, Transcript, Utterance

DATA = AUDIO.parent
HTMX = {"HX-Request": "true"}  # as a header, that an answer is for a part of the page

# One utterance of two Han words and one Latin, as the service would answer.
ANSWER = {
    "audio_info": {"duration": 5550},
    "result": {
        "additions": {"duration": "5550"},
        "text": "欢迎 Lin 来。大家好。",
        "utterances": [
            {
                "additions": {"speaker": "1"},
                "start_time": 400,
                "end_time": 1600,
                "text": "欢迎 Lin 来。",
                "words": [
                    {"confidence": 0, "start_time": 400, "end_time": 600, "text": "欢"},
                    {"confidence": 0, "start_time": 600, "end_time": 800, "text": "迎"},
                    {"confidence": 0, "start_time": -1, "end_time": -1, "text": " "},
                    {"confidence": 0, "start_time": 880, "end_time": 1240, "text": "Lin"},
                    {"confidence": 0, "start_time": -1, "end_time": -1, "text": " "},
                    {"confidence": 0, "start_time": 1320, "end_time": 1600, "text": "来"},
                ],
            },
            {
                "additions": {"speaker": "2"},
                "start_time": 2000,
                "end_time": 2600,
                "text": "大家好。",
                "words": [
                    {"confidence": 0, "start_time": 2000, "end_time": 2200, "text": "大"},
                    {"confidence": 0, "start_time": 2200, "end_time": 2400, "text": "家"},
                    {"confidence": 0, "start_time": 2400, "end_time": 2600, "text": "好"},
                ],
            },
        ],
    },
}

# The same speech as another recognition might hear it: one row, other words.
OTHER_ANSWER = {
    "audio_info": {"duration": 5550},
    "result": {
        "additions": {"duration": "5550"},
        "text": "欢迎林来，大家早。",
        "utterances": [
            {
                "start_time": 400,
                "end_time": 2600,
                "text": "欢迎林来，大家早。",
                "words": [
                    {"confidence": 0, "start_time": 400, "end_time": 600, "text": "欢"},
                    {"confidence": 0, "start_time": 600, "end_time": 800, "text": "迎"},
                    {"confidence": 0, "start_time": 880, "end_time": 1240, "text": "林"},
                    {"confidence": 0, "start_time": 1320, "end_time": 1600, "text": "来"},
                    {"confidence": 0, "start_time": 2000, "end_time": 2200, "text": "大"},
                    {"confidence": 0, "start_time": 2200, "end_time": 2400, "text": "家"},
                    {"confidence": 0, "start_time": 2400, "end_time": 2600, "text": "早"},
                ],
            },
        ],
    },
}


STARTERS = {"Site", "subprocess"}  # what a module of tests imports that starts processes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what `make quick` leaves out, and puts first the files that take longest."""
    for item in items:
        if isinstance(item, pytest.Function) and STARTERS & vars(item.module).keys():
            item.add_marker(pytest.mark.processes)
    marks = ("timeout", "browser", "processes", "long")
    first = {mark: {item.path for item in items if item.get_closest_marker(mark)} for mark in marks}
    items.sort(key=lambda item: [item.path not in first[mark] for mark in marks])


def pytest_sessionstart(session: pytest.Session) -> None:
    look_less_for_garbage()
    if is_xdist_controller(session):  # While the workers collect: all of them would wait for the first one to do it.
        guard_run()
        Thread(target=made_once, args=["migrate"], daemon=True).start()
    # Else emptying tables after a test stores Django's permissions again, which nobody reads, and takes twice as long.
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


def pytest_collection_finish() -> None:
    """What is collected stays: looking for garbage in it and beside it costs each test a tenth."""
    look_less_for_garbage()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """What a copy lacks is migrated: nothing."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A copy of the run's migrated database; on SQLite a file, as in real life: several threads see the same one."""
    folder = tmp_path_factory.mktemp("database")
    url = copy_migrated(folder)
    settings.DATABASES["default"]["TEST"]["NAME"] = urlsplit(url).path[1:] or folder / "flashweb.sqlite3"


@pytest.fixture
def new_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limited children are started as for people, not forked."""
    monkeypatch.setattr(limited_child, "_start", children.START)


@pytest.fixture(autouse=True)
def language() -> None:
    """The installation's own: a request leaves its language to the thread."""
    activate(settings.LANGUAGE_CODE)


@pytest.fixture
def data_dir(settings: Any, tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    settings.DATA_DIR = tmp_path
    settings.TRASH_ROOT = tmp_path / "trash"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "uploads"
    settings.MEDIA_ROOT.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
    return tmp_path


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    with serve_s3() as address:
        yield address


@pytest.fixture
def bucket(s3_address: str) -> Bucket:
    """An empty one."""
    return Bucket(s3_address)


@pytest.fixture
def faulty(s3_address: str) -> Iterator[FaultyS3]:
    proxy = FaultyS3(s3_address)
    yield proxy
    proxy.close()


@pytest.fixture
def flash(settings: Any) -> Iterator[Callable[..., FlashServer]]:
    """Starts the local flash server with a script and points the application at it."""
    servers: list[FlashServer] = []

    def start(*script: dict[str, Any]) -> FlashServer:
        server = serve(script=[*script[:-1], {"repeat": True, **script[-1]}] if script else [{"repeat": True}])
        servers.append(server)
        settings.FLASH_IS_LOCAL = False
        settings.FLASH_API_KEY = "key-of-the-tests"
        settings.FLASH_API_URL = server.url
        return server

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def lin(db: None) -> User:
    return User.objects.create_user("lin", password="correct horse")


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_user("ana", password="battery staple")


@pytest.fixture
def lins_client(lin: User) -> Client:
    client = Client()
    client.force_login(lin)
    return client


@pytest.fixture
def upload(data_dir: Path) -> Callable[..., Recording]:
    """Stores a clip of tests/data/audio without looking into it."""
    return quick.create_recording


@pytest.fixture(scope="session")
def prototype(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> quick.Prototype:
    with django_db_blocker.unblock():
        return quick.Prototype(ANSWER, tmp_path_factory.mktemp("prototype"))


@pytest.fixture
def transcript(prototype: quick.Prototype, lin: User, data_dir: Path) -> Transcript:
    """Lin's transcript of two rows, spoken by two people."""
    if connection.in_atomic_block and not Project.objects.exists():
        return prototype.copy(lin)
    return quick.recognised(quick.create_recording(lin), ANSWER)


@pytest.fixture
def row(transcript: Transcript) -> Utterance:
    """欢迎 Lin 来。"""
    return transcript.utterances.all()[0]


@pytest.fixture
def below(transcript: Transcript) -> Utterance:
    """大家好。"""
    return transcript.utterances.all()[1]


@pytest.fixture
def viewer(ana: User, transcript: Transcript) -> Client:
    """Ana, who may look at Lin's recording and no more."""
    Membership.objects.create(project=transcript.recording.project, user=ana, role=Role.VIEWER)
    client = Client()
    client.force_login(ana)
    return client
