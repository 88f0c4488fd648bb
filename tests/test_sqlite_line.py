"""Writers of SQLite take turns, in the order in which they came, over all threads and processes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection, transaction

from flashweb.sqlite3.base import Line, line_of


def test_writers_get_their_turn_in_the_order_of_their_coming(tmp_path: Path) -> None:
    line, came = Line(tmp_path / "line"), []

    def write(number: int) -> None:
        line.enter()
        came.append(number)
        line.leave()

    line.enter()
    threads = []
    for number in range(20):
        threads.append(threading.Thread(target=write, args=[number]))
        threads[-1].start()
        while len(line._waiting) <= number:
            time.sleep(0.001)
    line.leave()
    for thread in threads:
        thread.join(20)
    assert came == list(range(20))


HOLD = """
import sys
from pathlib import Path
from flashweb.sqlite3.base import Line
Line(Path(sys.argv[1])).enter()
print("in", flush=True)
sys.stdin.read()
"""


def test_process_that_is_killed_lets_the_next_one_in(tmp_path: Path) -> None:
    file = tmp_path / "line"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "in\n"
    entered = threading.Event()
    line = Line(file)

    def wait() -> None:
        line.enter()
        entered.set()

    threading.Thread(target=wait, daemon=True).start()
    assert not entered.wait(0.2)
    other.kill()
    other.wait()
    assert entered.wait(20)


@pytest.mark.django_db(transaction=True)
def test_line_is_left_however_a_transaction_ends() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite has one writer.")
    line = line_of(str(connection.settings_dict["NAME"]))
    with transaction.atomic():
        assert line._taken
    assert not line._taken
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError
    assert not line._taken
    with transaction.atomic():
        connection.close()
    assert not line._taken
