from __future__ import annotations

from hypothesis import settings

# No deadline, since others may use the machine, and the first unequal character loads pinyin; the same examples
# everywhere, so that a failure is one on every machine.
settings.register_profile("text", deadline=None, database=None, derandomize=True)
settings.load_profile("text")
