"""What an hour of sound costs a person until its transcript is right: in Flashweb, without its offers, in a text field.

`python -m tests.bench.bench_effort [--minutes 60] [SEED …]`. Meetings are made by seed (`_misheard.py`), corrected by a
scripted person (`_reviewer.py`). docs/effort.md has the method, and what was measured.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from tests.bench._hands import B, H, K, M, P
from tests.bench._misheard import (
    LANGUAGES,
    TERM_SHARE,
    TERMS,
    Meeting,
    Spoken,
    Term,
    honour,
    make_talk,
    make_terms,
    measure_errors,
    write,
)
from tests.bench._reviewer import (
    LOOK_S,
    REACTION_S,
    REACTION_SPREAD_S,
    SPEED,
    STEP_BACK_MS,
    Flashweb,
    Person,
    PlainField,
    Work,
)
from tests.processes import ROOT, copy_migrated, environment_of
from transcripts.text.tokens import fold

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from transcripts.models import Project

RATES = (0.05, 0.10)
SEEDS = (1,)
CATCHES = 0.92
HONOURED = 0.7  # of the mentions that would be misheard, with the term among the hot words
CHANCES = (0.3, 0.5, HONOURED, 0.9)
SLOW_K = 0.28  # of an average typist who is no secretary, in the same model
NAME = "reviewer"
PLAIN, WITHOUT, WITH = "plain field", "Flashweb, offers off", "Flashweb"
MOST_MINUTES, MOST_LEFT, LEAST_CORRECTIONS, LEAST_MINUTES, LEAST_GONE = 75, 0.5, 1 / 3, 1 / 5, 1 / 2


@dataclass(frozen=True)
class Case:
    language: str
    rate: float
    seed: int
    minutes: float
    catches: float = CATCHES


@dataclass
class Second:
    """The next recording of the same people, once what was corrected has been approved for the glossary."""

    approved: int
    refused: int
    recurring: int  # misheard names and terms, had nothing been learned
    reached: int  # those of them whose term is a hot word
    gone: int  # those of them that the engine wrote right
    pointed: int  # mended by the checks, before anybody listens
    work: Work


@dataclass
class Found:
    minutes: float
    rate: float  # of errors in 100, as they are
    ways: dict[str, Work] = field(default_factory=dict)
    second: Second | None = None


# --- In the installation that the environment names -----------------------------------------------------------------


class Office:
    """Somebody with a project of their own, and what a worker does for it."""

    def __init__(self, client: Client, by: User) -> None:
        from transcripts.models import Installation
        from transcripts.services.glossary.learning import learn_corrections

        self.client, self.by = client, by
        Installation.objects.get_or_create(pk=1)
        learn_corrections()

    def make_project(self, name: str) -> Project:
        from transcripts.services.projects.projects import create_project

        return create_project(name=name, by=self.by)

    def store(self, project: Project, meeting: Meeting) -> str:
        """Stores what the engine wrote, as the worker does. Returns the transcript's id."""
        from tests.bench._transcripts import answer
        from transcripts.enums import PreparationState, TranscriptionState
        from transcripts.flash.answer import parse_answer
        from transcripts.models import Recording, Transcription
        from transcripts.services.recognition.from_answer import attach_transcript, build_rows, store_rows

        recording = Recording.objects.create(
            project=project,
            uploaded_by=self.by,
            title="Meeting",
            duration_ms=meeting.lines[-1].words[-1].end_ms,
            channels=1,
            rate_hz=16_000,
            state=PreparationState.DONE,
        )
        run = Transcription.objects.create(recording=recording, requested_by=self.by, state=TranscriptionState.DONE)
        transcript = store_rows(build_rows(parse_answer(answer(meeting.lines)).utterances))
        attach_transcript(transcript, transcription=run)
        return str(transcript.pk)

    def learn(self) -> None:
        """The worker reads what was corrected, as it does a while later."""
        from django.db.models import F

        from transcripts.models import Change
        from transcripts.services.glossary.learning import learn_corrections

        Change.objects.update(at=F("at") - timedelta(minutes=1))
        learn_corrections()

    def approve(self, project: Project, terms: Sequence[Term], work: Work) -> tuple[int, int]:
        """Approves the proposals that are names and terms of these people, on the page; dismisses the others."""
        from lxml import html

        address = f"/projects/{project.pk}/glossary/"
        known = {fold(term.text) for term in terms}
        counts = [0, 0]
        while True:
            page = html.fromstring(self.client.get(address).content.decode())
            proposed = page.xpath("//*[@id='proposed']//li[contains(@class, 'term')]")
            if not proposed:
                return counts[0], counts[1]
            for entry in proposed:
                pk = entry.get("id").removeprefix("entry-")
                is_known = fold("".join(entry.xpath(".//*[@class='term-name']//text()")).strip()) in known
                work.hands.decide()
                work.hands.point()
                one = f"{'approve' if is_known else 'dismiss'} {pk}"
                assert self.client.post(f"{address}change/", {"one": one}).status_code == 302
                counts[not is_known] += 1

    def list_hot_words(self, project: Project) -> tuple[str, ...]:
        """What goes along with the project's next recognition."""
        from transcripts.flash.hot_words import add_terms
        from transcripts.flash.options import RecognitionOptions
        from transcripts.queries.glossary import list_terms_in_use

        return add_terms(RecognitionOptions(), list_terms_in_use(project.pk))[0].hot_words


def count_misheard(spoken: Sequence[Sequence[Spoken]], terms: Sequence[str] | None = None) -> int:
    """How many mentions of names and terms, or of these alone, are wrong."""
    among = None if terms is None else {fold(term) for term in terms}
    return sum(
        each.heard != each.said and bool(each.term) and (among is None or fold(each.term) in among)
        for row in spoken
        for each in row
    )


def work_through(office: Office, case: Case) -> Found:
    """One meeting in every way, then the next one of the same people."""
    terms = make_terms(case.language, case.seed)
    meeting = write(make_talk(case.language, f"{case.seed} first", terms, case.rate, case.minutes), case.seed)
    person = Person(case.seed, case.catches)
    rate = measure_errors([line.text for line in meeting.lines], meeting.true)
    found = Found(meeting.lines[-1].words[-1].end_ms / 60_000, rate)
    found.ways[PLAIN] = PlainField(meeting, person).review()
    for way, offers in ((WITHOUT, False), (WITH, True)):
        project = office.make_project(way)
        transcript = office.store(project, meeting)
        found.ways[way] = Flashweb(meeting, person, office.client, transcript, offers=offers).review()
    found.second = work_through_second(office, project, terms, case)
    return found


def work_through_second(office: Office, project: Project, terms: Sequence[Term], case: Case) -> Second:
    approving = Work()
    office.learn()
    approved, refused = office.approve(project, terms, approving)
    hot_words = office.list_hot_words(project)
    spoken = make_talk(case.language, f"{case.seed} second", terms, case.rate, case.minutes)
    recurring = count_misheard(spoken)
    heard = honour(spoken, hot_words, HONOURED, case.seed)
    meeting = write(heard, case.seed)
    person = Person(f"{case.seed} second", case.catches)
    way = Flashweb(meeting, person, office.client, office.store(project, meeting), offers=True)
    way.work.hands = approving.hands
    way.follow_checks()
    return Second(
        approved,
        refused,
        recurring,
        count_misheard(spoken, hot_words),
        recurring - count_misheard(heard),
        way.work.by_check,
        way.review(),
    )


# --- What is printed --------------------------------------------------------------------------------------------------


def print_parameters(minutes: float, seeds: Sequence[int], catches: float = CATCHES) -> None:
    print(f"Meetings of {minutes:g} minutes, seeds {', '.join(map(str, seeds))}; all figures for an hour of sound.\n")
    print("| assumed | |\n|---|---|")
    for what, value in {
        "K, a key": f"{K} s",
        "P, pointing": f"{P} s",
        "B, a button pressed or released": f"{B} s",
        "H, a hand to the mouse or back": f"{H} s",
        "M, a decision": f"{M} s",
        "a look at a place that is ticked": f"{LOOK_S} s",
        "listening at": f"{SPEED}x",
        "the sound goes back before it goes on": f"{STEP_BACK_MS / 1000:g} s",
        "from the end of a wrong word to the key": f"{REACTION_S} ± {REACTION_SPREAD_S} s",
        "wrong words that are noticed": f"{catches:.0%}",
        "names and terms, by Zipf's law": str(TERMS),
        "errors in them": f"{TERM_SHARE:.0%}",
        "hot words that the engine honours, of mentions otherwise misheard": f"{HONOURED:.0%}",
    }.items():
        print(f"| {what} | {value} |")
    print()


def print_table(found: dict[tuple[str, float], list[Found]]) -> None:
    print("| speech | errors | | minutes | sound | hands | keys | clicks | decisions | by hand | by offer | left |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for (language, _rate), runs in found.items():
        for way in runs[0].ways:
            mean = average(runs, way)
            cells = [
                f"{mean(lambda work: work.minutes):.1f}",
                f"{mean(lambda work: work.sound_s / 60):.1f}",
                f"{mean(lambda work: work.hands.seconds / 60):.1f}",
                *(
                    f"{mean(lambda work, name=name: getattr(work.hands, name)):.0f}"
                    for name in ("keys", "clicks", "decisions")
                ),
                f"{mean(lambda work: work.corrections):.0f}",
                f"{mean(lambda work: work.by_offer):.0f}",
                f"{fmean(run.ways[way].left for run in runs):.2f} %",
            ]
            print(f"| {language} | {fmean(run.rate for run in runs):.1f} % | {way} | {' | '.join(cells)} |")


def average(runs: Sequence[Found], way: str) -> Callable[[Callable[[Work], float]], float]:
    """The mean over the seeds, for an hour of sound."""
    return lambda value: fmean(value(run.ways[way]) * 60 / run.minutes for run in runs)


def divide(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def print_offers(found: dict[tuple[str, float], list[Found]]) -> None:
    """What became of the offers; at most, they could save every correction of a name, with its share of the minutes."""
    print(
        "\n| speech | errors | offers | opened | places replaced | false ones | names by hand, without and with",
        end="",
    )
    print(" | at most saved: corrections, minutes | minutes, offers passed over at a look | minutes, keys of 0.28 s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for (language, _rate), runs in found.items():
        ours, without = average(runs, WITH), average(runs, WITHOUT)
        names = without(lambda work: work.in_names)
        share = divide(names, without(lambda work: work.corrections))
        spent = without(lambda work: work.minutes) - 60 / SPEED
        cells = [
            f"{ours(lambda work: work.offered):.0f}",
            f"{ours(lambda work: work.opened):.0f}",
            f"{ours(lambda work: work.by_offer):.0f}",
            f"{ours(lambda work: work.false_offers):.0f}",
            f"{names:.0f}, {ours(lambda work: work.in_names):.0f}",
            f"{share:.0%}, {share * spent / without(lambda work: work.minutes):.0%}",
            f"{ours(lambda work: work.minutes - work.passed_over * (M - LOOK_S) / 60):.1f}",
            ", ".join(
                f"{mean(lambda work: work.minutes + work.hands.keys * (SLOW_K - K) / 60):.1f}"
                for mean in (without, ours)
            ),
        ]
        print(f"| {language} | {fmean(run.rate for run in runs):.1f} % | {' | '.join(cells)} |")


def print_second(found: dict[tuple[str, float], list[Found]]) -> None:
    chances = " | ".join(f"{chance:.0%}" for chance in CHANCES)
    print("\n| speech | errors | proposals right, wrong | recurring errors | with a hot word", end="")
    print(f" | gone where honoured at {chances} | mended by checks | minutes | left |")
    print("|---" * (len(CHANCES) + 8) + "|")
    for (language, rate), runs in found.items():
        seconds = [run.second for run in runs if run.second]
        recurring = sum(second.recurring for second in seconds)
        reached = divide(sum(second.reached for second in seconds), recurring)
        cells = [
            language,
            f"{100 * rate:g} %",
            f"{fmean(second.approved for second in seconds):.0f}, {fmean(second.refused for second in seconds):.0f}",
            f"{recurring / len(seconds):.0f}",
            f"{reached:.0%}",
            *(f"{chance * reached:.0%}" for chance in CHANCES),
            f"{divide(sum(second.pointed for second in seconds), recurring):.0%}",
            f"{fmean(second.work.minutes * 60 / run.minutes for second, run in zip(seconds, runs, strict=True)):.1f}",
            f"{fmean(second.work.left for second in seconds):.2f} %",
        ]
        print(f"| {' | '.join(cells)} |")


def print_goals(found: dict[tuple[str, float], list[Found]]) -> None:
    print("\n| goal | measured | holds |\n|---|---|---|")

    def print_goal(goal: str, measured: str, holds: bool) -> None:
        print(f"| {goal} | {measured} | {'yes' if holds else 'NO'} |")

    for (language, rate), runs in found.items():
        ours, without = average(runs, WITH), average(runs, WITHOUT)
        name = f"{language} at {100 * rate:g} %"
        minutes = ours(lambda work: work.minutes)
        left = fmean(run.ways[WITH].left for run in runs)
        if rate == RATES[0]:
            print_goal(f"{name}: at most {MOST_MINUTES} minutes", f"{minutes:.1f}", minutes <= MOST_MINUTES)
            print_goal(f"{name}: at most {MOST_LEFT} % left", f"{left:.2f} %", left <= MOST_LEFT)
        saved = 1 - divide(ours(lambda work: work.corrections), without(lambda work: work.corrections))
        print_goal(f"{name}: offers save a third of the corrections", f"{saved:.0%}", saved >= LEAST_CORRECTIONS)
        names = 1 - divide(ours(lambda work: work.in_names), without(lambda work: work.in_names))
        print_goal(f"{name}: offers save a third of those of names", f"{names:.0%}", names >= LEAST_CORRECTIONS)
        saved = 1 - minutes / without(lambda work: work.minutes)
        print_goal(f"{name}: offers save a fifth of the minutes", f"{saved:.0%}", saved >= LEAST_MINUTES)
    for (language, rate), runs in found.items():
        seconds = [run.second for run in runs if run.second]
        gone = divide(sum(second.gone for second in seconds), sum(second.recurring for second in seconds))
        name = f"{language} at {100 * rate:g} %"
        print_goal(
            f"{name}: half of the recurring errors gone in the next recording, where {HONOURED:.0%} are honoured",
            f"{gone:.0%}",
            gone >= LEAST_GONE,
        )


def run_here(minutes: float, seeds: Sequence[int], catches: float) -> None:
    """In the installation that the environment names."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.test import Client

    by = User.objects.create_user(NAME)
    client = Client(SERVER_NAME="localhost")
    client.force_login(by)
    office = Office(client, by)
    print_parameters(minutes, seeds, catches)
    found: dict[tuple[str, float], list[Found]] = {}
    for language, rate, seed in product(LANGUAGES, RATES, seeds):
        print(f"{language}, {rate:.0%}, seed {seed}", file=sys.stderr, flush=True)
        case = Case(language, rate, seed, minutes, catches)
        found.setdefault((language, rate), []).append(work_through(office, case))
    print_table(found)
    print_offers(found)
    print_second(found)
    print_goals(found)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_effort")
    parser.add_argument("--minutes", type=float, default=60, help="of sound of each meeting")
    parser.add_argument("--catches", type=float, default=CATCHES, help="the share of wrong words that are noticed")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("seeds", nargs="*", type=int, default=SEEDS)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] = ()) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        environment = environment_of(data) | {"DJANGO_SETTINGS_MODULE": "tests.unit_settings"}
        if database := copy_migrated(data):
            environment["DATABASE_URL"] = database
        command = [sys.executable, "-m", "tests.bench.bench_effort", "--here", *arguments]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    asked = parse(sys.argv[1:])
    if asked.here:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.unit_settings")
        run_here(asked.minutes, asked.seeds, asked.catches)
    else:
        main(sys.argv[1:])
