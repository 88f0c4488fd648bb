from __future__ import annotations

from hypothesis import settings

# No deadline, since others may use the machine; the same examples everywhere, so that a failure is one everywhere.
settings.register_profile("exports", deadline=None, database=None, derandomize=True, max_examples=40)
settings.load_profile("exports")
