"""The language and time zone of a request, for what is made when its thread serves others or in a thread of its own.

Django keeps both by thread: what is copied with the context to another thread does not take them along.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from typing import TypeVar

from django.conf import settings
from django.utils import timezone, translation

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class RequestLocale:
    language: str
    time_zone: tzinfo

    @classmethod
    def get_current(cls) -> RequestLocale:
        return cls(translation.get_language() or settings.LANGUAGE_CODE, timezone.get_current_timezone())

    @contextmanager
    def activate(self) -> Iterator[None]:
        """Inside, everything is made for the request; afterwards the thread is as before."""
        with translation.override(self.language), timezone.override(self.time_zone):
            yield

    def keep(self, parts: Iterable[Part]) -> Iterator[Part]:
        """The parts, each made for the request, in whatever thread and whoever is served in between."""
        making = iter(parts)
        while True:
            with self.activate():
                try:
                    part = next(making)
                except StopIteration:
                    return
            yield part

    async def keep_async(self, parts: AsyncGenerator[Part, None]) -> AsyncGenerator[Part, None]:
        async with aclosing(parts):
            while True:
                with self.activate():
                    try:
                        part = await anext(parts)
                    except StopAsyncIteration:
                        return
                yield part
