"""Pages that go out while they are made."""

from __future__ import annotations

from threading import BoundedSemaphore

import pytest
from django.http import StreamingHttpResponse

from transcripts.places import Busy
from transcripts.rendering import streaming


@pytest.mark.django_db
def test_of_many_downloads_some_are_told_and_each_that_ends_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_downloads", BoundedSemaphore(2))

    def begin() -> StreamingHttpResponse:
        return streaming.respond_with_download(iter([b"part"]), media_type="application/zip", headers={})

    first, _second = begin(), begin()
    with pytest.raises(Busy):
        begin()
    first.close()
    first.close()
    begin()
    with pytest.raises(Busy):
        begin()
