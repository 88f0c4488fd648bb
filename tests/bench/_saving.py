"""What saving one row costs the server: `python -m tests.bench._saving URL PID TRANSCRIPT …` prints it, a JSON each.

`queries` are those of the whole request but for session, person, and the marks of the transaction; `cpu_ms` is what the
web process with that id, which answers there, takes for a request from its first byte to its last: the mean of many.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.bench._transcripts import NAME, PASSWORD
from tests.processes import Visitor

if TYPE_CHECKING:
    from transcripts.models import Utterance

SAVES = 150
BEFORE = 50  # till everything is loaded and compiled
COUNTED = 10
FORM = "application/x-www-form-urlencoded"
IGNORED_QUERIES = ('FROM "django_session"', 'FROM "auth_user"', "BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT")


def form(row: Utterance) -> dict[str, str]:
    """As the page sends it."""
    key = f"bench-{row.pk}-{row.version}"
    return {"text": row.text + "了", "base_version": str(row.version), "request_key": key}


def cpu_ms(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(visitor: Visitor, pid: int, transcript: str) -> dict[str, Any]:
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from transcripts.models import Utterance

    rows = list(Utterance.objects.filter(transcript=transcript)[: BEFORE + SAVES + COUNTED])

    def save(row: Utterance) -> None:
        answer = visitor.post(f"{visitor.url}/utterances/{row.pk}/", data=form(row), headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.text

    for row in rows[:BEFORE]:
        save(row)
    begun = cpu_ms(pid)
    for row in rows[BEFORE : BEFORE + SAVES]:
        save(row)
    each_ms = (cpu_ms(pid) - begun) / SAVES

    client = Client()
    client.force_login(User.objects.get(username=NAME))
    queries = []
    for row in rows[BEFORE + SAVES :]:
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(f"/utterances/{row.pk}/", urlencode(form(row)), FORM, headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.content
        asked = [query["sql"] for query in captured.captured_queries]
        queries.append([sql for sql in asked if not any(mark in sql for mark in IGNORED_QUERIES)])
    most = max(queries, key=len)
    return {"queries": len(most), "cpu_ms": each_ms, "sql": most}


def main() -> None:
    import django
    from django.conf import settings

    django.setup()
    settings.ALLOWED_HOSTS = ["testserver"]
    url, pid, *transcripts = sys.argv[1:]
    visitor = Visitor(url, NAME, PASSWORD)
    print(json.dumps([measure(visitor, int(pid), transcript) for transcript in transcripts]))


if __name__ == "__main__":
    main()
