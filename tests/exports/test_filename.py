from __future__ import annotations

import pytest

from transcripts.exports.filename import make_content_disposition


@pytest.mark.parametrize(
    ("title", "plain", "encoded"),
    [
        ("Interview 3", "Interview 3.srt", "Interview%203.srt"),
        ("会议记录", "transcript.srt", "%E4%BC%9A%E8%AE%AE%E8%AE%B0%E5%BD%95.srt"),
        ("2026-11 会议", "2026-11.srt", "2026-11%20%E4%BC%9A%E8%AE%AE.srt"),
        ("Café", "Cafe.srt", "Caf%C3%A9.srt"),
        ('a/b\\c:d"e', "a b c d e.srt", "a%20b%20c%20d%20e.srt"),
        ("../../etc/passwd", "etc passwd.srt", "etc%20passwd.srt"),
        ("a\r\nSet-Cookie: x=1", "a Set-Cookie x=1.srt", "a%20Set-Cookie%20x%3D1.srt"),
        ("100 % 'right'; so", "100 'right'; so.srt", "100%20%27right%27%3B%20so.srt"),
        ("\u202etxt.exe\x00\ud800", "txt.exe.srt", "txt.exe.srt"),
        (" . ", "transcript.srt", "transcript.srt"),
        ("", "transcript.srt", "transcript.srt"),
        ("a" * 300, "a" * 180 + ".srt", "a" * 180 + ".srt"),
        ("长" * 100, "transcript.srt", "%E9%95%BF" * 60 + ".srt"),
    ],
)
def test_a_download_keeps_its_title(title: str, plain: str, encoded: str) -> None:
    assert make_content_disposition(title, "srt") == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
