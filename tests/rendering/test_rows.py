"""The rows of the editor's page: grouped, kept, and never out of date."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import escape, strip_spaces_between_tags
from django.utils.translation import override

from transcripts.models import Transcript, Utterance
from transcripts.rendering import rows as rows_module
from transcripts.rendering.rows import count_lines, render_groups, render_row
from transcripts.services.editing.utterances import Save, edit_utterance


def rows(transcript: Transcript, *, may_edit: bool = True) -> list[str]:
    html = "".join(group.html for group in render_groups(transcript, may_edit=may_edit))
    return re.findall(r"<article.*?</article>", html, re.DOTALL)


def unspaced(html: str) -> str:
    return strip_spaces_between_tags(" ".join(html.split()))


def rendered_anew(transcript: Transcript) -> list[str]:
    kept = rows(transcript)
    render_row.cache_clear()
    assert rows(transcript) == kept
    return kept


def test_rows_are_as_the_row_alone_is(transcript: Transcript, lins_client: Client) -> None:
    """But for the word times, which the page gets elsewhere, and the buttons that all rows have."""
    alone = [lins_client.get(f"/utterances/{row.pk}/").content.decode() for row in transcript.utterances.all()]
    without = [
        re.sub(r' data-words="[^"]*"|<button class="row-(?:verify|edit|more)[^>]*>.*?</button>', "", unspaced(html))
        for html in alone
    ]
    assert [unspaced(html) for html in rows(transcript)] == [unspaced(html) for html in without]


def test_rows_are_rendered_anew_when_anything_of_them_changes(transcript: Transcript, lin: User) -> None:
    first, second = rendered_anew(transcript)
    row = transcript.utterances.all()[0]
    edit_utterance(utterance=row, save=Save(text="你好", base_version=1), by=lin)
    edited, same = rendered_anew(transcript)
    assert (edited != first, same) == (True, second)
    transcript.speakers.filter(label="2").update(name="Ana")
    assert [html == before for html, before in zip(rendered_anew(transcript), (edited, second), strict=True)] == [
        True,
        False,
    ]
    Utterance.objects.filter(pk=row.pk).update(removed=True)
    assert len(rendered_anew(transcript)) == 1


def test_rows_differ_by_language_and_right(transcript: Transcript) -> None:
    english = rows(transcript)
    with override("zh-hans"):
        assert rows(transcript) != english
    assert rows(transcript, may_edit=False) != english
    assert rows(transcript) == english


def test_groups_know_how_many_rows_and_lines_they_hold(transcript: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two short rows with a speaker take the space of the name."""
    assert [(group.rows, group.lines) for group in render_groups(transcript, may_edit=True)] == [(2, 3)]
    monkeypatch.setattr(rows_module, "GROUP_ROWS", 1)
    assert [(group.rows, group.lines) for group in render_groups(transcript, may_edit=True)] == [(1, 2), (1, 2)]


@pytest.mark.parametrize(
    ("text", "count"), [("", 1), ("字" * 41, 1), ("字" * 42, 2), ("a" * 83, 1), ("a" * 84, 2), ("字" * 999, 24)]
)
def test_lines_counts_a_han_character_as_two_letters(text: str, count: int) -> None:
    assert count_lines(text) == count


def test_speaker_is_named_once_in_a_turn(transcript: Transcript) -> None:
    def continues() -> list[bool]:
        return ["data-continues" in row for row in rows(transcript)]

    assert continues() == [False, False]
    speaker = transcript.speakers.first()
    transcript.utterances.update(speaker=speaker)
    assert continues() == [False, True]
    assert [group.lines for group in render_groups(transcript, may_edit=True)] == [3]  # 1.6 and 1
    transcript.utterances.filter(start_ms__gt=1000).update(channel="2")
    assert continues() == [False, False]
    transcript.utterances.update(channel="", speaker=None)
    assert continues() == [False, False]


def test_rows_alike_share_one_rendering_and_each_has_its_own_text(transcript: Transcript) -> None:
    rows_module._render_alike.cache_clear()
    odd = "<b>50%</b> %s %(pk)s"
    transcript.utterances.filter(start_ms__lt=1000).update(text=odd, channel='"1"', additions={"emotion": "<glad>"})
    transcript.utterances.filter(start_ms__gt=1000).update(text=" \n", channel="2")
    transcript.speakers.filter(label="1").update(name="Ann & %d")
    first, second = rows(transcript)
    assert rows_module._render_alike.cache_info().misses == 1
    assert f"data-text>{escape(odd)}</p>" in first
    assert 'data-channel="&quot;1&quot;"' in first
    assert 'title="Play from here · emotion: &lt;glad&gt;"' in first
    assert "data-who>Ann &amp; %d\nChannel &quot;1&quot;</button>" in first
    assert "data-text></p>" in second


def test_row_says_the_language_of_its_script(transcript: Transcript) -> None:
    first, second = transcript.utterances.all()
    Utterance.objects.filter(pk=first.pk).update(text="We are moving.")
    Utterance.objects.filter(pk=second.pk).update(text="我们要搬家了。")
    assert [re.findall(r' lang="(\w*)"', row) for row in rows(transcript)] == [["en"], ["zh"]]
