"""What searching all recordings costs at 20,000 of them, to the same at 20: `docs/growth.md` has the table.

The first run fills the installations, which takes some minutes; see `_library.py`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html import unescape
from urllib.parse import urlencode

from tests.bench._growth import cost_ms
from tests.bench._library import ALL, LARGE, ONE, SEVERAL, SIZES, SMALL, available, installation
from tests.processes import ROOT

LIMIT, LIMIT_MS = 3.0, 50.0
QUESTIONS = {
    "的": "one character, in most rows",
    "我们": "two, in every sixth row",
    "合同": "two, in every hundredth",
    "龘龘": "two, nowhere",
    "我们的": "three, frequent",
    "我们龘": "three, nowhere",
    "因为所以": "four, rare",
    "我们的问题": "five, of frequent words",
    "to": "two letters",
    "the": "three letters, in most English rows",
    "meeting": "an English word",
    "in the meeting": "an English phrase",
    "witness": "an English word, less frequent",
    "witnesses": "an English word, rare or nowhere",
    "zqxj": "letters, nowhere",
    "我们 the": "mixed, frequent",
    "合同 budget": "mixed, rare",
}


Found = dict[str, dict[str, tuple[str, int, list[float]]]]
"""By person and question: the count, how many rows the first page has, and the CPU in ms of it and of the next one."""


def measure(database: str, recordings: int) -> Found:
    with installation(database, SIZES[recordings]) as environment:
        command = [sys.executable, "-m", "tests.bench.bench_search"]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    found: Found = json.loads(done.stdout)
    return found


def keep_least(costs: Found, others: Found) -> None:
    """Of each page: at times the machine is slower for a minute."""
    for person, questions in costs.items():
        for question, (count, shown, kept) in questions.items():
            least = list(map(min, kept, others[person][question][2]))
            questions[question] = (count, shown, least)


def measure_here() -> None:
    """In the installation that the environment names; prints JSON."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
    found: Found = {}
    for name in (ONE, SEVERAL, ALL):
        client = Client(SERVER_NAME="localhost")
        client.force_login(User.objects.get(username=name))

        def get(address: str, client: Client = client) -> str:
            response = client.get(address)
            assert response.status_code == 200
            return response.content.decode()

        found[name] = {}
        for question in QUESTIONS:
            addresses = [f"/search/?{urlencode({'q': question})}"]
            page = get(addresses[0])
            addresses += [f"/search/{unescape(link)}" for link in re.findall(r'rel="next"\s+href="([^"]+)"', page)]
            counted = re.search(r"([\d,]+\+?) rows? found", page)
            costs = [cost_ms(lambda address=address: get(address)) for address in addresses]  # type: ignore[misc]
            found[name][question] = (counted[1] if counted else "0", page.count('class="result-row"'), costs)
    print(json.dumps(found))


def main() -> None:
    print(f"{LARGE}, {LARGE.people} people, {LARGE.projects} projects; load {os.getloadavg()[0]:.1f}\n")
    print("| database | sought | rows found | shown | in one project | in several | in all | within both limits |")
    print("|---|---|---|---|---|---|---|---|")
    held = list[bool]()
    for database in available():
        small, large = (measure(database, recordings) for recordings in SIZES)
        keep_least(small, measure(database, SMALL.recordings))
        keep_least(large, measure(database, LARGE.recordings))
        for question, described in QUESTIONS.items():
            cells, hold = [], []
            for person in large:
                before, cost = small[person][question][2][0], large[person][question][2][0]
                cells.append(f"{before:.0f} → {cost:.0f} ms, {cost / before:.1f}")
                hold.append(cost <= min(LIMIT_MS, LIMIT * before))
            held += hold
            count, shown, _costs = large[ALL][question]
            shown_before = small[ALL][question][1]
            print(
                f"| {database} | {question} ({described}) | {count} | {shown_before} → {shown} | {' | '.join(cells)}"
                f" | {', '.join('yes' if one else 'no' for one in hold)} |"
            )
    print(f"\n{sum(held)} of {len(held)} are within both limits.")


if __name__ == "__main__":
    measure_here()
