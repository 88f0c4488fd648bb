"""Pages that go out while they are made."""

from __future__ import annotations

from collections.abc import Iterator
from threading import BoundedSemaphore

import pytest
from django.http import HttpRequest, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from django.utils.translation import get_language, override

from transcripts.places import Busy
from transcripts.rendering import streaming
from transcripts.rendering.streaming import stream_page


def languages() -> Iterator[str]:
    for _ in range(3):
        yield f"{get_language()} "


@pytest.mark.parametrize("request_", [AsyncRequestFactory().get("/"), RequestFactory().get("/")])
def test_a_page_stays_in_the_language_of_its_request(request_: HttpRequest) -> None:
    with override("zh-hans"):
        response = stream_page(request_, languages())
    with override("en"):  # The thread serves somebody else when the fragments are asked for.
        sent = []
        for fragment in response:
            sent.append(fragment.decode())
            assert get_language() == "en"
    assert "".join(sent) == "zh-hans " * 3


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
