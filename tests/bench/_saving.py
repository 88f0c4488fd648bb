"""What saving one row costs the server: `python -m tests.bench._saving TRANSCRIPT …` prints it as JSON, for each.

`queries` are those of the whole request but for session, person, and the marks of the transaction; `cpu_ms` is the
median of this process.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any
from urllib.parse import urlencode

SAVES = 25
BEFORE = 10  # till everything is loaded and compiled
FORM = "application/x-www-form-urlencoded"
BESIDE = ('FROM "django_session"', 'FROM "auth_user"', "BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT")


def measure(transcript: str) -> dict[str, Any]:
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.bench._transcripts import NAME
    from transcripts.models import Utterance

    client = Client()
    client.force_login(User.objects.get(username=NAME))
    rows = list(Utterance.objects.filter(transcript=transcript)[: BEFORE + 2 * SAVES])

    def save(row: Utterance) -> None:
        fields = {"text": row.text + "了", "base_version": row.version, "request_key": f"bench-{row.pk}-{row.version}"}
        sent = urlencode(fields)  # as the page does
        answer = client.post(f"/utterances/{row.pk}/", sent, FORM, headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.content

    for row in rows[:BEFORE]:
        save(row)
    queries, cpu_ms = [], []
    for row in rows[BEFORE : BEFORE + SAVES]:
        begun = time.process_time()
        save(row)
        cpu_ms.append(1000 * (time.process_time() - begun))
    for row in rows[BEFORE + SAVES :]:
        with CaptureQueriesContext(connection) as captured:
            save(row)
        asked = [query["sql"] for query in captured.captured_queries]
        queries.append([sql for sql in asked if not any(mark in sql for mark in BESIDE)])
    most = max(queries, key=len)
    return {"queries": len(most), "cpu_ms": statistics.median(cpu_ms), "sql": most}


def main() -> None:
    import django
    from django.conf import settings

    django.setup()
    settings.ALLOWED_HOSTS = ["testserver"]
    print(json.dumps([measure(transcript) for transcript in sys.argv[1:]]))


if __name__ == "__main__":
    main()
