"""docs/licences.md lists every locked package, each with a licence that SPDX knows."""

from __future__ import annotations

import re

from tests.licences import PAGE, is_spdx, list_locked, list_node_packages, make_page


def test_page_is_that_of_the_locked_packages() -> None:
    """`python -m tests.licences` writes it."""
    assert PAGE.read_text() == make_page()


def test_every_locked_package_has_a_licence_of_spdx() -> None:
    rows = dict(re.findall(r"^\| (\S+) \| (.*) \|$", PAGE.read_text(), re.MULTILINE))
    rows.pop("Package")
    served, needed = list_node_packages()
    locked = list_locked("base", "local", "server", "speakers", "dev", "node")
    assert rows.keys() == locked | served.keys() | needed.keys()
    assert {name: licence for name, licence in rows.items() if not is_spdx(licence)} == {}
