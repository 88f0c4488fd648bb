"""The settings of the tests, of a site where many recordings are prepared whose preparing is not the point."""

from __future__ import annotations

from tests.children import fork_children
from tests.settings import *  # noqa: F403

fork_children()
