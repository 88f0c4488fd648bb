"""Those of this version and one of a version to come, which only expands."""

from __future__ import annotations

from transcripts import migrations

__path__ = [*migrations.__path__, *__path__]
