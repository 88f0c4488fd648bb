"""`manage.py read` as others call it: JSON on standard output, one line where a file is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.imports.helpers import FILES
from transcripts.imports.rows import NotReadable

ROOT = Path(__file__).parents[2]


def run(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Without a database: the data folder does not exist."""
    environment = {"FLASHWEB_DATA": str(folder / "data"), "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    command = [sys.executable, str(ROOT / "manage.py"), "read", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=60, check=False)


def test_a_file_is_told_as_json(tmp_path: Path) -> None:
    done = run(FILES / "s46_mid_cue_bad_time.srt", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["rows"] == [
        {"start_ms": 1000, "end_ms": 2000, "speaker": "", "text": "Good."},
        {"start_ms": 5000, "end_ms": 6000, "speaker": "", "text": "Good again."},
    ]
    assert found["not_read"] == [
        {
            "place": "line 6",
            "text": "00:00:0x,000 --> 00:00:04,000",
            "reason": "It looks like a time, but can't be read.",
        },
        {"place": "line 7", "text": "Broken time.", "reason": "Its time can't be read."},
    ]
    assert found["assumed"]["encoding"] == "utf-8"


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    file = tmp_path / "a.srt"
    file.write_bytes("1\n00:00:01,000 --> 00:00:02,000\n好。\n".encode("gb18030"))
    named = json.loads(run(file, "--encoding", "GBK", folder=tmp_path).stdout)
    assert [row["text"] for row in named["rows"]] == ["好。"]
    unsure = json.loads(run(file, folder=tmp_path).stdout)["assumed"]
    assert not unsure["encoding_sure"]
    assert {"name": "gb18030", "preview": "好。"} in unsure["encoding_choices"]


def test_what_is_refused_is_told_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "a.json"
    broken.write_text("[")
    for arguments, line in (
        ([broken], f"CommandError: {broken}: {NotReadable.BROKEN}\n"),
        ([tmp_path / "b.srt"], f"CommandError: {tmp_path / 'b.srt'}: No such file or directory.\n"),
        ([FILES / "s02_empty_cue.srt", "--encoding", "zlib"],
         f"CommandError: {FILES / 's02_empty_cue.srt'}: There is no such text encoding.\n"),
    ):  # fmt: skip
        done = run(*arguments, folder=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", line)
