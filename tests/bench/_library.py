"""Installations of 20 and of 20,000 recordings, made by seed, on SQLite and PostgreSQL, and kept between runs.

`installation("postgresql", LARGE)` yields the environment of a process that uses one. The first run fills it, which
takes some minutes and 1.5 GB for the large one, in a folder of the system's folder for temporary files that it names.
It is used again until this file, the migrations or the index of the search change. Everybody's password is `PASSWORD`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.bench.bench_text_alignment import english
from tests.machine import postgres_bin
from tests.postgres import cluster
from tests.processes import ROOT, environment_of, manage

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from transcripts.models import Project, Recording, Speaker, Transcript, Transcription

PASSWORD = "correct horse"
ONE, SEVERAL, ALL = "one", "several", "all"
"""Who is in one of the shared projects, in some of them, and in all of them, as their owner."""
START, SPAN = datetime(2024, 6, 1, tzinfo=UTC), timedelta(days=730)
ROWS = (10, 20, 30, 40, 50, 60, 70, 120)  # of transcripts: 50 on average
OFTEN = """
的 是 我们 了 我 在 这个 一个 就是 你 不 有 然后 他 那个 也 都 就 和 说 要 会 可以 因为 所以 但是 没有 什么 现在
大家 可能 他们 如果 自己 时候 问题 觉得 知道 其实 比较 非常 今天 公司 项目 时间 工作 开始 怎么 这样 需要 东西 一些
已经 还是 应该 这种 数据 系统 客户 产品 发展 一起 情况 方面 学生 老师 研究 市场 技术 服务 管理 经济 社会 中国 世界
城市 生活 会议 合同 法院 证人 原告 被告 医生 病人 访谈 记录 录音 文字 语言 声音 历史 文化 教育 孩子 家庭 朋友 电影
"""
OFTEN_ENGLISH = """
the to and of a that in it is you we I so this for on have be but with as are not they what was do can just like think
know there about or if one at going because would people time right now from all then more how when well get really
work want good make see say project meeting data team product customer question week review interview model design
market budget plan change system service report month year school doctor court witness
"""


@dataclass(frozen=True)
class Size:
    recordings: int
    people: int
    projects: int
    in_several: int
    """In how many of the projects `SEVERAL` is."""

    def __str__(self) -> str:
        return f"{self.recordings} recordings"


SMALL = Size(recordings=20, people=5, projects=1, in_several=1)
LARGE = Size(recordings=20_000, people=2_000, projects=200, in_several=20)
SIZES = {size.recordings: size for size in (SMALL, LARGE)}
DATABASES = ("sqlite", "postgresql")


# --- Where they are ----------------------------------------------------------------------------------------------


def available() -> list[str]:
    """The databases that this machine has."""
    return [name for name in DATABASES if name == "sqlite" or postgres_bin()]


@contextmanager
def installation(database: str, size: Size) -> Iterator[dict[str, str]]:
    """Yields the environment of processes of an installation of this size, which no other run uses meanwhile."""
    folder = _folder() / database
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        lock = stack.enter_context((folder / "lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        data = folder / str(size.recordings)
        environment = environment_of(data) | {"DJANGO_SETTINGS_MODULE": "tests.unit_settings"}
        environment.pop("DATABASE_URL", None)
        if database == "postgresql":
            programs = postgres_bin()
            assert programs, "PostgreSQL is missing on this machine"
            url = stack.enter_context(cluster(programs, keep=folder / "cluster"))
            environment["DATABASE_URL"] = f"{url}_{size.recordings}"
        if not (data / "filled").exists():
            _make(environment, data, size)
        yield environment


def _folder() -> Path:
    """The folder for this state of the sources; those for others of this tree are removed."""
    sources = [Path(__file__), *sorted((ROOT / "transcripts/migrations").glob("*.py"))]
    sources += [ROOT / "transcripts/text/grams.py", ROOT / "transcripts/models/search.py"]  # what the index has
    state = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    tree = hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]
    above = Path(os.environ.get("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())) / f"flashweb-bench-{os.getuid()}"
    folder = above / f"{tree}-{state}"
    for other in above.glob(f"{tree}-*"):
        if other != folder:
            shutil.rmtree(other)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _make(environment: dict[str, str], data: Path, size: Size) -> None:
    print(f"Filling {data} with {size}; it is kept there.", file=sys.stderr, flush=True)
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    if "DATABASE_URL" in environment:
        _create_database(environment["DATABASE_URL"])
    manage(environment, "migrate", "--verbosity=0", "--no-input", "--skip-checks")
    command = [sys.executable, "-m", "tests.bench._library", str(size.recordings)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    (data / "filled").touch()


def _create_database(url: str) -> None:
    import psycopg

    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/flashweb", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")


# --- What is said ------------------------------------------------------------------------------------------------


class Term(NamedTuple):
    """A word of the vocabulary with its tokens, as JSON."""

    text: str
    folded: str
    tokens: tuple[str, ...]
    is_latin: bool


class Said(NamedTuple):
    text: str
    search_text: str
    words: str
    engine_words: str
    end_ms: int


class Talk:
    """Rows of a language, whose words are as frequent as Zipf and Mandelbrot say: 我们 stands in every sixth or so."""

    def __init__(self, language: str, draw: random.Random) -> None:
        chinese, latin = _vocabulary()
        share = {"zh": 0.0, "en": 1.0, "mixed": 0.15}[language]
        self.draw = draw
        self.terms = [*(chinese if share < 1 else ()), *(latin if share > 0 else ())]
        weights = [*(_weights(chinese, 1 - share) if share < 1 else ()), *(_weights(latin, share) if share > 0 else ())]
        self.weights = list(accumulate(weights))
        self.comma, self.folded_comma, self.end = (", ", ", ", ".") if share == 1 else ("，", ",", "。")

    def row(self, start_ms: int) -> Said:
        draw = self.draw
        terms = draw.choices(self.terms, cum_weights=self.weights, k=draw.randint(3, 13))
        comma = len(terms) // 2 if len(terms) > 6 else 0
        text, folded, tokens, now, was_latin = "", "", [], start_ms, False
        for number, term in enumerate(terms):
            if number == comma and comma:
                text += self.comma
                folded += self.folded_comma
            elif number and (term.is_latin or was_latin):
                text += " "
                folded += " "
            text += term.text
            folded += term.folded
            was_latin = term.is_latin
            length = 70 * len(term.text) if was_latin else 190
            for token in term.tokens:
                tokens.append(f"[{token},{now},{now + length}")
                now += length
        words = "[" + ",".join([f'{token},"engine"]' for token in tokens]) + "]"
        engine_words = "[" + "],".join(tokens) + "]]"
        return Said(text + self.end, folded + self.end, words, engine_words, now)


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[list[Term], list[Term]]:
    draw = random.Random(5)
    common = [bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF)]
    draw.shuffle(common)
    rare = ("".join(draw.choices(common[: 40 + number // 2], k=2)) for number in range(8_000))
    chinese = dict.fromkeys([*OFTEN.split(), *rare])
    latin = dict.fromkeys([*OFTEN_ENGLISH.split(), *english()])
    return (
        [Term(word, word, tuple(json.dumps(char) for char in word), is_latin=False) for word in chinese],
        [Term(word, word.lower(), (json.dumps(word),), is_latin=True) for word in latin],
    )


def _weights(terms: list[Term], share: float) -> list[float]:
    weights = [1 / (rank + 2.7) for rank in range(1, len(terms) + 1)]
    return [share * weight / sum(weights) for weight in weights]


# --- Filling one -------------------------------------------------------------------------------------------------


class Filler:
    def __init__(self, size: Size) -> None:
        self.size = size
        self.draw = random.Random(size.recordings)
        self.talks = {language: Talk(language, self.draw) for language in ("zh", "en", "mixed")}

    def fill(self) -> None:
        from django.db import transaction

        from transcripts.models import Recording, Transcript, Transcription

        for model in (Recording, Transcription, Transcript):
            model._meta.get_field("created_at").auto_now_add = False  # type: ignore[union-attr]
        _prepare()
        with transaction.atomic():
            self.create_people()
            self.create_projects()
            self.create_recordings()
            _insert_rows(self.rows())
            self.store_counts()
        _settle()

    def create_people(self) -> None:
        from django.contrib.auth.hashers import make_password
        from django.contrib.auth.models import User

        password = make_password(PASSWORD)
        names = [ONE, SEVERAL, ALL, *(f"person{number}" for number in range(3, self.size.people))]
        made = User.objects.bulk_create([User(username=name, password=password) for name in names], batch_size=500)
        self.known, self.people = made[:3], made[3:]

    def create_projects(self) -> None:
        from transcripts.enums import Role
        from transcripts.models import Membership, Project

        everybody = [*self.known, *self.people]
        own = [Project(name=person.username, personal_of=person) for person in everybody]
        shared = [Project(name=f"{self.title(2)} {number}") for number in range(self.size.projects)]
        Project.objects.bulk_create([*own, *shared], batch_size=500)
        roles = [Role.OWNER, *[Role.EDITOR] * 5, *[Role.VIEWER] * 6]
        self.members: dict[int, list[User]] = {}
        memberships = [Membership(project=project, user=project.personal_of, role=Role.OWNER) for project in own]
        for number, project in enumerate(shared):
            members = self.draw.sample(self.people, min(len(roles), len(self.people)))
            self.members[project.pk] = members
            memberships += [
                Membership(project=project, user=user, role=role) for user, role in zip(members, roles, strict=False)
            ]
            reach = (1, self.size.in_several, self.size.projects)
            memberships += [
                Membership(project=project, user=user, role=Role.OWNER)
                for user, most in zip(self.known, reach, strict=True)
                if number < most
            ]
        Membership.objects.bulk_create(memberships, batch_size=500)
        self.own, self.shared = {project.personal_of_id: project for project in own}, shared

    def title(self, words: int) -> str:
        talk = self.talks[self.draw.choice(("zh", "zh", "en"))]
        terms = self.draw.choices(talk.terms[:400], k=words)
        return (" " if terms[0].is_latin else "").join(term.text for term in terms)

    def create_recordings(self) -> None:
        """Recordings with their recognitions, transcripts, speakers and first changes; the rows come later."""
        from transcripts.models import Change, Recording, Speaker, Transcript, Transcription

        self.recordings: list[Recording] = []
        self.runs: list[Transcription] = []
        self.transcripts: list[tuple[Transcript, float]] = []
        self.speakers: list[Speaker] = []
        self.changes: list[Change] = []
        for number in range(self.size.recordings):
            recording = self.create_recording(number)
            state = self.draw.choices(("done", "failed", "cancelled"), (95, 3, 2))[0]
            for again in range(2 if self.draw.random() < 0.05 else 1):
                self.create_run(recording, state, timedelta(hours=again))
            if state == "done":
                recording.current_transcript = self.transcripts[-1][0]
        Recording.objects.bulk_create(self.recordings, batch_size=500)
        Transcription.objects.bulk_create(self.runs, batch_size=500)
        Transcript.objects.bulk_create([transcript for transcript, _share in self.transcripts], batch_size=500)
        Speaker.objects.bulk_create(self.speakers, batch_size=500)
        Change.objects.bulk_create(self.changes, batch_size=500)

    def create_recording(self, number: int) -> Recording:
        from transcripts.models import Recording

        by: User = self.draw.choice(self.people)
        project: Project = self.own[by.pk]
        if self.size is SMALL or self.draw.random() < 0.85:
            project = self.draw.choice(self.shared)
            by = self.draw.choice(self.members[project.pk][:6])
        created_at = START + SPAN * (number / self.size.recordings)
        recording = Recording(
            id=self.key(),
            project=project,
            uploaded_by=by,
            created_at=created_at,
            title=f"{self.title(3)} {number}",
            file_name=f"{number}.m4a",
            size_bytes=self.draw.randrange(10**5, 10**8),
            container="mov",
            codec="aac",
            channels=1,
            rate_hz=16_000,
            duration_ms=self.draw.randrange(60_000, 4_000_000),
            state="done",
            playback_bytes=1000,
            peaks_bytes=1000,
            prepared_at=created_at,
        )
        self.recordings.append(recording)
        return recording

    def create_run(self, recording: Recording, state: str, later: timedelta) -> None:
        from transcripts.models import Change, Speaker, Transcript, Transcription

        at = recording.created_at + later
        by = recording.uploaded_by
        run = Transcription(
            id=self.key(),
            recording=recording,
            requested_by=by,
            created_at=at,
            state=state,
            service="local",
            started_at=at,
            finished_at=at + timedelta(minutes=1),
            error="service" if state == "failed" else "",
        )
        self.runs.append(run)
        if state != "done":
            return
        share = self.draw.choices((0.0, self.draw.random(), 1.0), (5, 3, 2))[0]
        versions = 2 if share else 1
        transcript = Transcript(id=self.key(), transcription=run, recording=recording, created_at=at, version=versions)
        self.transcripts.append((transcript, share))
        for label in range(1, 3):
            pk = len(self.speakers) + 1
            self.speakers.append(Speaker(pk=pk, transcript=transcript, label=str(label), colour=label))
        self.changes += [
            Change(transcript=transcript, version=version, kind=kind, by=by, at=at + timedelta(hours=version))
            for version, kind in zip(range(1, versions + 1), ("recognised", "verified"), strict=False)
        ]

    def store_counts(self) -> None:
        """Of rows by transcript, as `rows` has left them."""
        from django.db import connection

        from transcripts.models import Transcript
        from transcripts.queries.counts import COUNTS

        columns = ", ".join(f"{name} = %s" for name in (*COUNTS, "counted_version"))
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE transcripts_transcript SET {columns} WHERE id = %s",  # noqa: S608
                [
                    (*counts, transcript.version, Transcript._meta.pk.get_db_prep_value(transcript.pk, connection))
                    for (transcript, _share), counts in zip(self.transcripts, self.counts, strict=True)
                ],
            )

    def key(self) -> uuid.UUID:
        return uuid.UUID(int=self.draw.getrandbits(128), version=4)

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows of all transcripts, with their values as the database takes them."""
        draw, pk = self.draw, 0
        self.counts: list[list[int]] = []
        for number, (transcript, share) in enumerate(self.transcripts):
            talk = self.talks[draw.choices(("zh", "en", "mixed"), (6, 2, 2))[0]]
            assert transcript.recording
            by = transcript.recording.uploaded_by_id
            verified_at, now = transcript.created_at + timedelta(hours=2), 0
            count = draw.choice(ROWS)
            counts = [0, 0, 0, 0]
            self.counts.append(counts)
            for at in range(count):
                pk += 1
                said = talk.row(now)
                verified = at < share * count
                yield {
                    "id": pk,
                    "transcript": transcript.pk,
                    "speaker": 2 * number + 1 + at // 3 % 2,
                    "channel": "",
                    "start_ms": now,
                    "end_ms": said.end_ms,
                    "text": said.text,
                    "search_text": said.search_text,
                    "words": said.words,
                    "engine_text": said.text,
                    "engine_words": said.engine_words,
                    "additions": "{}",
                    "removed": at % 100 == 99,
                    "verified_by": by if verified else None,
                    "verified_at": verified_at if verified else None,
                    "flagged": pk % 97 == 0,
                    "dismissed": "[]",
                    "changed_at": verified_at if verified else None,
                    "open_comments": 0,
                    "version": 2 if verified else 1,
                }
                if at % 100 != 99:
                    ms = said.end_ms - now
                    counts[:] = map(add, counts, (1, verified, ms, ms * verified))
                now = said.end_ms + 200


def _insert_rows(rows: Iterable[dict[str, Any]]) -> None:
    """All at once: on PostgreSQL without the indexes, which are made anew afterwards."""
    from django.db import connection

    from transcripts.models import Speaker, Utterance

    rows = iter(rows)
    first = next(rows)
    fields = [Utterance._meta.get_field(name) for name in first]
    columns = ", ".join(str(field.column) for field in fields)  # type: ignore[union-attr]
    table = Utterance._meta.db_table

    def values() -> Iterator[tuple[Any, ...]]:
        """As the database takes them; those that several rows have are converted once."""
        known: dict[Any, Any] = {}
        for row in _chain(first, rows):
            for name in ("transcript", "verified_at", "changed_at"):
                value = row[name]
                if value not in known:
                    if len(known) > 1000:
                        known.clear()
                    known[value] = Utterance._meta.get_field(name).get_db_prep_save(value, connection)  # type: ignore[union-attr]
                row[name] = known[value]
            yield tuple(row.values())

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            places = ", ".join("?" * len(fields))
            cursor.connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", values())  # noqa: S608
            return
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint)",
            [table],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in values():
                copy.write_row(row)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        for statement in connection.ops.sequence_reset_sql(_no_style(), [Utterance, Speaker]):
            cursor.execute(statement)


def _chain(first: dict[str, Any], rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rows


def _no_style() -> Any:
    from django.core.management.color import no_style

    return no_style()


def _prepare() -> None:
    """A database that is being filled needs no journal: what is not filled to its end is thrown away."""
    from django.db import connection

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = OFF")
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA cache_size = -500000")


def _settle() -> None:
    """What the databases do by themselves within the day."""
    from django.db import connection

    from transcripts.services.search_index import index_rows

    index_rows()

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA journal_mode = WAL")
        else:
            cursor.execute("VACUUM (ANALYZE)")


def main() -> None:
    import django

    django.setup()
    Filler(SIZES[int(sys.argv[1])]).fill()


if __name__ == "__main__":
    main()
