"""A backup is whole or refused, and what is none of ours is refused before any of it is used."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from transcripts.services.backups.archive import (
    BackupPart,
    BackupWriter,
    BadBackup,
    LinesWriter,
    check_parts,
    is_name,
    read_parts,
)


def whole(write: Callable[[BackupWriter], None] = lambda _writer: None) -> bytes:
    file = io.BytesIO()
    writer = BackupWriter(file)
    writer.add_json("flashweb.json", {"format": 1})
    write(writer)
    writer.end({"files": 0})
    return file.getvalue()


def check(content: bytes) -> list[str]:
    names: list[str] = []
    check_parts(io.BytesIO(content), lambda part: names.append(part.name))
    return names


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


def test_other_programs_can_read_it(tmp_path: Path) -> None:
    content = whole(lambda writer: writer.add_bytes("files/recordings/1/original", b"sound" * 1000))
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert tar.getnames() == ["flashweb.json", "files/recordings/1/original", "end.json"]
        member = tar.extractfile("files/recordings/1/original")
        assert member is not None
        assert member.read() == b"sound" * 1000
        assert {entry.mode for entry in tar} == {0o600}


def test_lines_come_in_parts_that_each_begin_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transcripts.services.backups.archive.LINES_BYTES", 20)

    def write(writer: BackupWriter) -> None:
        lines = LinesWriter(writer, "tables/x", '["id"]')
        for number in range(10):
            lines.add(f'["欢迎 {number}"]')
        lines.flush()
        assert lines.count == 10

    parts = [list(part.read_lines()) for part in read_parts(io.BytesIO(whole(write))) if part.name[:6] == "tables"]
    assert len(parts) > 2
    assert {part[0] for part in parts} == {b'["id"]\n'}
    assert [line.decode() for part in parts for line in part[1:]] == [f'["欢迎 {number}"]\n' for number in range(10)]


def test_every_lost_or_changed_byte_is_found() -> None:
    content = whole(lambda writer: writer.add_bytes("files/recordings/1/original", b"sound" * 300))
    assert check(content) == ["flashweb.json", "files/recordings/1/original"]
    for place in range(0, content.index(b"sha256"), 3):
        changed = bytearray(content)
        changed[place] ^= 1
        if content[place] not in b"\0 ":  # What fills up blocks and fields says nothing.
            with pytest.raises(BadBackup):
                check(bytes(changed))
    for length in range(0, content.index(b"sha256"), 100):
        with pytest.raises(BadBackup):
            check(content[:length])


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/passwd",
        "files/../../x",
        "files/.hidden",
        "a//b",
        "a/",
        "",
        "a\\b",
        "a\nb",
        "ä",
        "x" * 100,
        "a/./b",
    ],
)
def test_names_lead_nowhere_else(name: str) -> None:
    assert not is_name(name)
    info = tarfile.TarInfo(name)
    with pytest.raises(BadBackup):
        check(packed((info, b"x")))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_nothing_but_files_is_read(kind: bytes) -> None:
    info = tarfile.TarInfo("files/recordings/1/original")
    info.type, info.linkname = kind, "/etc/passwd"
    with pytest.raises(BadBackup, match="parts that no backup has"):
        check(packed((info, b"")))


@pytest.mark.parametrize(
    "content", [b"", b"x", b"\0" * 5000, b"PK\3\4" + b"x" * 3000, gzip.compress(b"x" * 9000, mtime=0)]
)
def test_what_is_no_backup_is_refused(content: bytes) -> None:
    with pytest.raises(BadBackup):
        check(content)


def test_names_that_fill_the_memory_are_not_read() -> None:
    """In tar, a name of any length may stand before the file."""
    info = tarfile.TarInfo("a" * 5_000_000)
    with pytest.raises(BadBackup):
        check(packed((info, b"x")))


def test_size_beyond_the_file_is_refused_without_reading() -> None:
    info = tarfile.TarInfo("flashweb.json")
    info.size = 2**60
    with pytest.raises(BadBackup, match="too early"):
        check(info.tobuf(tarfile.GNU_FORMAT) + b"{}")


def test_what_unpacks_to_more_than_a_line_is_read_in_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transcripts.services.backups.archive.LONGEST_LINE", 1000)
    bomb = whole(lambda writer: writer.add_bytes("tables/x/000001.gz", gzip.compress(b"0" * 10_000_000)))

    def look(part: BackupPart) -> None:
        if part.name.startswith("tables"):
            list(part.read_lines())

    with pytest.raises(BadBackup, match="not readable"):
        check_parts(io.BytesIO(bomb), look)


def test_file_that_has_another_size_than_was_said_stops_the_backup() -> None:
    with pytest.raises(ValueError, match="has 3 bytes, not 4"):
        whole(lambda writer: writer.add("files/x", 4, [b"abc"]) and None)
