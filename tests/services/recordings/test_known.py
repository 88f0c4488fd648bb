"""The same file a second time is known by its hash, to those who can see the first."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from tests.conftest import AUDIO
from tests.files import path_of
from transcripts.models import Recording
from transcripts.services.recordings import known
from transcripts.services.recordings.delete import bin_recording
from transcripts.services.recordings.known import (
    BLOCK_BYTES,
    fill_hashes,
    find_known,
    hash_content,
    hash_file,
    list_known,
    list_same_size,
    sweep_hashes,
)
from transcripts.services.recordings.playback import prepare_playback

Upload = Callable[..., Recording]
CLIP = AUDIO / "zh_welcome.wav"
# As tests/js/content-hash.test.js has them: browsers compute the same.
SHORT = "8da1ffed0808eaa3a0ef134809c0e0395143c5ed424bcac4c45e91f66510b2e2"
LONG = "e563962ba4c33b9f1adf9e5a61637833d22858a74f595dddad18a7f60c7ef09d"


def filled(size: int) -> bytes:
    return (bytes(at * 7 % 251 for at in range(251)) * (size // 251 + 1))[:size]


@pytest.mark.parametrize("step", [3, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 10**9])
def test_hash_is_that_of_the_blocks_however_they_come(step: int) -> None:
    short, long = filled(5), filled(2 * BLOCK_BYTES + 5) if step > 3 else filled(5)
    hashes = [hash_content(data[at : at + step] for at in range(0, len(data), step)) for data in (short, long)]
    assert hashes == [SHORT, LONG if step > 3 else SHORT]
    assert hash_content([]) == hashlib.sha256().hexdigest()


def test_preparing_a_recording_stores_its_hash(lin: User, upload: Upload) -> None:
    recording = upload(lin)
    prepare_playback(recording.pk)
    assert Recording.objects.get().content_hash == hash_file(CLIP)


def test_file_is_known_to_those_who_can_see_its_recording(lin: User, ana: User, upload: Upload, tmp_path: Path) -> None:
    recording = upload(lin)
    other = tmp_path / "other.wav"
    other.write_bytes(CLIP.read_bytes()[:-1] + b"x")
    assert (find_known(lin, CLIP), find_known(lin, other), find_known(ana, CLIP)) == ([recording], [], [])
    assert [list_same_size(user, CLIP.stat().st_size).exists() for user in (lin, ana)] == [True, False]
    bin_recording(recording=recording, by=lin)
    assert find_known(lin, CLIP) == []


def test_nothing_of_others_is_read_when_somebody_asks(lin: User, ana: User, upload: Upload) -> None:
    upload(lin)
    assert list_known(ana, CLIP.stat().st_size, hash_file(CLIP)) == []
    assert Recording.objects.get().content_hash == ""


def test_files_are_read_up_to_a_bound_and_what_is_gone_is_left_out(
    lin: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, *others = [upload(lin) for _each in range(3)]
    path_of(gone.original).unlink()
    fill_hashes(Recording.objects.order_by("created_at"), 2 * gone.size_bytes)
    assert Recording.objects.exclude(content_hash="").count() == 1
    monkeypatch.setattr(known, "SWEPT_BYTES", 10 * gone.size_bytes)
    sweep_hashes()
    sweep_hashes()
    assert set(Recording.objects.exclude(content_hash="")) == set(others)
