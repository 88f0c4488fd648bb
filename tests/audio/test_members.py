"""Chained and joined streams are read to their end, or it is said that they were not."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audio.sounds import burst_times_s, bursts, film, wav
from transcripts.audio import sandbox
from transcripts.audio.convert import convert_for_api
from transcripts.audio.decode import decode
from transcripts.audio.members import find_members
from transcripts.audio.source import estimate_duration_ms

pytestmark = pytest.mark.long

RATE = 16000
AUDIO = Path(__file__).parents[1] / "data" / "audio"
KINDS = [
    ("wav", "pcm_s16le", 44100),
    ("w64", "pcm_s16le", 44100),
    ("aiff", "pcm_s16be", 44100),
    ("caf", "pcm_s16le", 44100),
    ("au", "pcm_s16be", 44100),
    ("mp3", "libmp3lame", 44100),
    ("mp2", "mp2", 44100),
    ("adts", "aac", 44100),
    ("latm", "aac", 44100),
    ("flac", "flac", 44100),
    ("ogg", "libopus", 48000),
    ("ogg", "flac", 44100),
    ("mp4", "aac", 44100),
    ("mov", "pcm_s16le", 44100),
    ("3gp", "aac", 44100),
    ("matroska", "aac", 44100),
    ("webm", "libopus", 48000),
    ("mpegts", "aac", 44100),
    ("mpegts", "mp2", 44100),
    ("mpeg", "mp2", 44100),
    ("flv", "aac", 44100),
    ("flv", "libmp3lame", 44100),
    ("asf", "wmav2", 44100),
    ("avi", "libmp3lame", 44100),
    ("avi", "pcm_s16le", 44100),
    ("ac3", "ac3", 48000),
    ("eac3", "eac3", 48000),
    ("wv", "wavpack", 44100),
    ("tta", "tta", 44100),
    ("voc", "pcm_s16le", 44100),
]


def make(path: Path, kind: tuple[str, str, int], times_s: list[float], length_s: float) -> Path:
    container, codec, rate_hz = kind
    return film(path, bursts(times_s, length_s, rate_hz), container=container, codec=codec, rate_hz=rate_hz)


def join(path: Path, *files: Path) -> Path:
    path.write_bytes(b"".join(file.read_bytes() for file in files))
    return path


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0]}-{kind[1]}")
def test_files_joined_end_to_end_are_read_to_the_last(tmp_path: Path, kind: tuple[str, str, int]) -> None:
    one, other = make(tmp_path / "a", kind, [0.5, 3.5], 4.0), make(tmp_path / "b", kind, [0.7], 2.0)
    path = join(tmp_path / "joined", one, other, one)
    lengths_s = [decode(file).shape[1] / RATE for file in (one, other)]
    sound = decode(path)
    second_s, third_s = lengths_s[0], sum(lengths_s)
    put_s = [0.5, 3.5, second_s + 0.7, third_s + 0.5, third_s + 3.5]
    # Each coder leaves its own padding at both ends of a file.
    assert burst_times_s(sound, RATE) == pytest.approx(put_s, abs=0.15)
    assert sound.shape[1] / RATE == pytest.approx(2 * lengths_s[0] + lengths_s[1], abs=0.15)
    assert estimate_duration_ms(path) == pytest.approx(10_000, abs=600)
    info = sandbox.probe(path)
    assert info.unread_bytes == 0
    if kind[0] in ("wav", "ogg", "mp3"):
        assert info.api_format == "" or kind[0] == "mp3"


@pytest.mark.parametrize(
    "kinds",
    [(0, 5), (12, 0), (15, 12), (3, 7), (22, 10)],
    ids=lambda pair: "-".join(KINDS[n][0] for n in pair),
)
def test_files_of_two_kinds_joined_are_read_to_the_end(tmp_path: Path, kinds: tuple[int, int]) -> None:
    files = [make(tmp_path / str(number), KINDS[number], [0.5, 1.5], 2.0) for number in kinds]
    path = join(tmp_path / "joined", *files)
    assert burst_times_s(decode(path), RATE) == pytest.approx([0.5, 1.5, 2.5, 3.5], abs=0.1)


def test_a_live_webm_restarted_is_read_to_the_end(tmp_path: Path) -> None:
    def unsized(content: bytes) -> bytes:
        """As browsers write it: the segment without a size."""
        at = content.index(b"\x18\x53\x80\x67") + 4
        return content[:at] + b"\x01" + b"\xff" * 7 + content[at + 8 :]

    one = make(tmp_path / "a.webm", ("webm", "libopus", 48000), [0.5, 1.5], 2.0).read_bytes()
    (tmp_path / "joined.webm").write_bytes(unsized(one) * 3)
    times_s = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert burst_times_s(decode(tmp_path / "joined.webm"), RATE) == pytest.approx(times_s, abs=0.1)


def test_the_copy_for_the_service_holds_all_of_it(tmp_path: Path) -> None:
    clip = AUDIO / "zh_welcome.wav"
    assert convert_for_api(join(tmp_path / "a.wav", clip, clip), tmp_path / "a.ogg") == pytest.approx(11_094, abs=1)


def test_an_mp3_that_tells_the_size_of_its_first_part_is_not_sent_as_it_is(tmp_path: Path) -> None:
    clip = AUDIO / "zh_percent.mp3"
    joined = join(tmp_path / "two.mp3", clip, clip)
    assert (sandbox.probe(clip).api_format, sandbox.probe(joined).api_format) == ("mp3", "")
    assert decode(joined).shape[1] > 15 * RATE


def test_ogg_opus_of_two_chains_or_with_a_gap_is_not_sent_as_it_is(tmp_path: Path) -> None:
    clip = AUDIO / "zh_autumn.ogg"
    joined = join(tmp_path / "two.ogg", clip, clip)
    gap = film(
        tmp_path / "gap.ogg",
        bursts([1], 6, 48000),
        container="ogg",
        codec="libopus",
        rate_hz=48000,
        pause_at_s=3,
        pause_s=5,
    )
    formats = [sandbox.probe(path).api_format for path in (clip, joined, gap)]
    assert formats == ["ogg", "", ""]


def test_bytes_that_are_no_sound_are_told(tmp_path: Path) -> None:
    sound = (AUDIO / "zh_welcome.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(sound + np.random.default_rng(1).bytes(10_000).replace(b"\xff", b"\xfe"))
    (tmp_path / "tagged.wav").write_bytes(sound + b"TAG" + bytes(125))
    (tmp_path / "broken.wav").write_bytes(sound + sound[:40] + b"\x00" * 10_000)
    assert sandbox.probe(tmp_path / "a.wav").unread_bytes == 10_000
    assert sandbox.probe(tmp_path / "tagged.wav").unread_bytes == 0
    assert sandbox.probe(tmp_path / "broken.wav").unread_bytes in (0, 10_040)
    assert decode(tmp_path / "a.wav").shape[1] == decode(AUDIO / "zh_welcome.wav").shape[1]


@given(
    st.binary(max_size=300),
    st.sampled_from([b"RIFF", b"FORM", b"caff\x00\x01", b"\x1a\x45\xdf\xa3", b"FLV\x01", b"wvpk"]),
)
def test_any_bytes_are_shared_out_without_a_gap(content: bytes, magic: bytes) -> None:
    content = magic + content
    members = find_members(io.BytesIO(content))
    assert members.spans[0][0] == 0
    assert all(start < end <= len(content) for start, end in members.spans)
    assert members.unread_bytes == len(content) - members.spans[-1][1] or members.spans[-1][1] <= len(content)


def test_a_size_larger_than_the_file_is_one_file(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", bytes(32000))
    content = path.read_bytes()[:-2000]
    assert find_members(io.BytesIO(content)).spans == ((0, len(content)),)
