"""What pages cost in the installation that the environment names: `python -m tests.bench._growth` prints JSON.

CPU in ms by page and person: that of this process, which is the web side and with SQLite the database too, and that of
PostgreSQL's process. The least of several calls, as what else the machine does can only add to it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench._library import ALL, ONE, SEVERAL

WARM, TIMES = 3, 15


def cpu_ns() -> int:
    """What this process and its connection's process of PostgreSQL have used."""
    from django.db import connection

    used = time.process_time_ns()
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        pid = connection.connection.info.backend_pid
        used += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return used


def cost_ms(call: Callable[[], Any]) -> float:
    for _time in range(WARM):
        call()
    costs = []
    for _time in range(TIMES):
        before = cpu_ns()
        call()
        costs.append((cpu_ns() - before) / 1e6)
    return min(costs)


def find_last(get: Callable[[str], str], address: str) -> str:
    """The address of the last page of a list."""
    link = re.search(r'<a\b[^>]*\brel="last"[^>]*\bhref="([^"]+)"', get(address))
    return f"{address.partition('?')[0]}{link[1].replace('&amp;', '&')}" if link else address


def measure_person(name: str) -> dict[str, float]:
    from django.contrib.auth.models import User
    from django.test import Client

    person = User.objects.get(username=name)
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)

    def get(address: str) -> str:
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code)
        return response.content.decode()

    project = person.memberships.filter(project__personal_of=None).order_by("project").first()
    assert project
    of_project = f"/?project={project.project_id}"
    addresses = {
        "library, first page": "/",
        "library, last page": find_last(get, "/"),
        "a project, first page": of_project,
        "a project, last page": find_last(get, of_project),
        "projects": "/projects/",
        "choice of exports": "/exports/",
    }
    return {page: cost_ms(lambda address=address: get(address)) for page, address in addresses.items()}


def main() -> None:
    import django

    django.setup()
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")  # All of its work is in the process we look at.
    print(json.dumps({person: measure_person(person) for person in (ONE, SEVERAL, ALL)}))


if __name__ == "__main__":
    main()
