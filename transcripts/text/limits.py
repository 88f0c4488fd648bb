"""How long a row may be, and what belongs to it: for whoever types, and for what comes in. In code points."""

from __future__ import annotations

MAX_TEXT = 10_000
"""Of a row. Only what the service wrote itself may be longer."""
MAX_SPEAKER_LABEL = 40
MAX_SPEAKER_NAME = 200
SPEAKER_COLOURS = 8
"""From 1, as static/css/tokens.css has them."""
MAX_TAG_NAME = 60
TAG_COLOURS = SPEAKER_COLOURS
"""The same ones."""
MOST_TAGS = 50
"""Of a recording."""
MAX_TERM = 100
"""Of a glossary, and of what was heard instead."""
MAX_NOTE = 500
MOST_TERMS = 5000
"""Of a project's glossary: so many hot words does the service take."""
MOST_MISHEARINGS = 50
"""Of one term."""
MAX_ABBREVIATION = 30
MAX_EXPANSION = 300
MOST_ABBREVIATIONS = 200
"""Of a person."""
MAX_COMMENT = 4000
MAX_COMMENTER_NAME = 100
"""Of somebody without an account."""
MAX_WARNING_KEY = 80
"""Of a check's warning that somebody ignored."""

MAX_FILTER_NAME = 60
MAX_FILTER_QUERY = 1000
"""Of a kept filter, in which letters stand as they are."""
