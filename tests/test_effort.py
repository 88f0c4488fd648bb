"""The scripted person of `python -m tests.bench.bench_effort`: what they notice is right afterwards, in both places."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.bench._misheard import LANGUAGES, TERM_SHARE, make_talk, make_terms, measure_errors, write
from tests.bench._reviewer import Flashweb, Person, PlainField, distance
from tests.bench.bench_effort import (
    Case,
    Office,
    print_goals,
    print_offers,
    print_parameters,
    print_second,
    print_table,
    work_through,
)
from transcripts.models import Transcript
from transcripts.text.tokens import split_tokens


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rate", [0.05, 0.1])
def test_meetings_have_so_many_errors_for_any_seed(language: str, rate: float) -> None:
    terms = make_terms(language, 7)
    spoken = make_talk(language, 7, terms, rate, 20)
    assert spoken == make_talk(language, 7, make_terms(language, 7), rate, 20)
    assert spoken != make_talk(language, 8, terms, rate, 20)
    meeting = write(spoken, 7)
    assert measure_errors([line.text for line in meeting.lines], meeting.true) == pytest.approx(100 * rate, rel=0.1)
    errors = [(each, distance(each.heard, each.said)) for row in spoken for each in row if split_tokens(each.said)]
    share = sum(count for each, count in errors if each.term) / sum(count for _each, count in errors)
    assert share == pytest.approx(TERM_SHARE, abs=0.04)


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_person_makes_the_same_corrections_in_both_places(lins_client: Client, lin: User, language: str) -> None:
    meeting = write(make_talk(language, 7, make_terms(language, 7), 0.1, 1), 7)
    office = Office(lins_client, lin)
    pk = office.store(office.make_project("Meetings"), meeting)
    plain = PlainField(meeting, Person(7, 0.9)).review()
    work = Flashweb(meeting, Person(7, 0.9), lins_client, pk, offers=False).review()
    rows = Transcript.objects.get(pk=pk).utterances.visible()
    texts = list(rows.values_list("text", flat=True))
    assert work.left == plain.left == measure_errors(texts, meeting.true)
    assert 0 < work.left < 3 < measure_errors([line.text for line in meeting.lines], meeting.true)
    assert work.corrections == plain.corrections
    assert work.hands.seconds < plain.hands.seconds
    assert not rows.filter(verified_at=None).exists()


def test_who_notices_everything_leaves_nothing(lins_client: Client, lin: User) -> None:
    meeting = write(make_talk("zh", 7, make_terms("zh", 7), 0.1, 1), 7)
    office = Office(lins_client, lin)
    pk = office.store(office.make_project("Meetings"), meeting)
    assert Flashweb(meeting, Person(7, 1), lins_client, pk, offers=False).review().left == 0


@pytest.mark.long
def test_offers_correct_what_was_not_heard_yet(lins_client: Client, lin: User) -> None:
    meeting = write(make_talk("zh", 7, make_terms("zh", 7), 0.1, 2), 7)
    office = Office(lins_client, lin)
    project = office.make_project("Meetings")
    without, ours = (
        Flashweb(meeting, Person(7, 0.9), lins_client, office.store(project, meeting), offers=offers).review()
        for offers in (False, True)
    )
    assert (without.offered, without.by_offer) == (0, 0)
    assert ours.opened <= ours.offered
    assert ours.by_offer > 0
    assert ours.corrections < without.corrections
    assert ours.left <= without.left


@pytest.mark.long
def test_benchmark_tells_what_it_found(lins_client: Client, lin: User, capsys: pytest.CaptureFixture[str]) -> None:
    found = {("en", 0.05): [work_through(Office(lins_client, lin), Case("en", 0.05, 7, 2))]}
    print_parameters(2, [7])
    print_table(found)
    print_offers(found)
    print_second(found)
    print_goals(found)
    said = capsys.readouterr().out
    assert "| K, a key | 0.2 s |" in said
    assert "| plain field |" in said
    assert "en at 5 %: at most 0.5 % left" in said
    assert "half of the recurring errors gone in the next recording" in said
