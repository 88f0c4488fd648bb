"""The rows of the editor's page as HTML, in groups: browsers leave a group undrawn until it comes near the window.

A row is rendered once and kept, with all that it shows as its key. So a transcript of two hours whose page is opened
again after some edits has those few rows rendered.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast
from django.template import Context, Template
from django.template.loader import get_template
from django.utils.html import strip_spaces_between_tags
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from transcripts.models import Speaker, Transcript, Utterance

GROUP_ROWS = 16  # as many as a window shows: drawing one more group is little work for one frame
KEPT_ROWS = 20_000  # of about 1 kB
HIDDEN = frozenset({"transcript", "words", "engine_words", "engine_text", "search_text", "dismissed"})
SHOWN = [field for field in Utterance._meta.concrete_fields if field.name not in HIDDEN]
NAMES = [field.attname for field in SHOWN]
IN_JSON = frozenset(field.attname for field in SHOWN if isinstance(field, models.JSONField))
OF_SPEAKER = [field.attname for field in Speaker._meta.concrete_fields]

MEASURE = 84  # Latin letters that one line of the transcript holds; a Han character is as wide as two.
WITH_SPEAKER = 1.6  # lines at least: the speaker stands below the time


class Group(NamedTuple):
    html: SafeString
    rows: int
    lines: int


def groups(transcript: Transcript, *, may_edit: bool, comments: bool = True) -> list[Group]:
    """Reads the rows and the speakers, one query each. Without `comments` no row shows that it has some."""
    if settings.DEBUG:  # Whoever works on the template wants to see it.
        _template.cache_clear()
        _rendered.cache_clear()
    speakers = {values[0]: values for values in transcript.speakers.values_list(*OF_SPEAKER)}
    columns: dict[str, Any] = {
        name: Cast(name, models.TextField()) if name in IN_JSON else models.F(name) for name in NAMES
    }
    if not comments:
        columns["open_comments"] = models.Value(0)
    at, language = NAMES.index("speaker_id"), get_language()
    rendered = [
        _rendered(values, speakers.get(values[at]), may_edit, language)
        for values in transcript.utterances.standing().values_list(*columns.values())
    ]
    return [_group(rendered[first : first + GROUP_ROWS]) for first in range(0, len(rendered), GROUP_ROWS)]


def _group(rows: list[tuple[str, float]]) -> Group:
    return Group(SafeString("".join(html for html, _ in rows)), len(rows), round(sum(lines for _, lines in rows)))


@lru_cache(maxsize=KEPT_ROWS)
def _rendered(
    values: tuple[Any, ...], speaker: tuple[Any, ...] | None, may_edit: bool, language: str
) -> tuple[str, float]:
    """The HTML of the row that has these values of `NAMES`, and how many lines it will take.

    The template is given nothing but what the key holds: `row`, `row.speaker` and `may_edit`. It is `bare` of the
    buttons that are alike in all rows, so that browsers have less to read; static/js/editor/row-tools.js adds them.
    """
    read = [json.loads(value) if name in IN_JSON else value for name, value in zip(NAMES, values, strict=True)]
    row = Utterance.from_db("default", NAMES, read)
    row.speaker = Speaker.from_db("default", OF_SPEAKER, speaker) if speaker else None
    html = _template().render(Context({"row": row, "may_edit": may_edit, "bare": True}, use_l10n=False))
    return strip_spaces_between_tags(html.strip()), max(lines(row.text), WITH_SPEAKER if speaker else 1)


@lru_cache(maxsize=1)
def _template() -> Template:
    """Without its indents, of which a long page would be a third."""
    source: str = get_template("transcripts/_utterance.html").template.source  # type: ignore[attr-defined]
    return Template(re.sub(r"\n\s*", " ", source))


def lines(text: str) -> int:
    """How many lines the text takes in a wide window.

    In UTF-8 a Han character has three bytes and a Latin letter one: the mean of bytes and characters is the width.
    """
    return (len(text.encode()) + len(text)) // 2 // MEASURE + 1
