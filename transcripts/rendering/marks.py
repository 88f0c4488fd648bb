"""Templates that are rendered once for all that look alike, with marks for what each has of its own."""

from __future__ import annotations

import re
from typing import Any

from django.template import Context, Template
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import strip_spaces_between_tags


def mark(name: str) -> str:
    """What stands in the context for a value of this name."""
    return f"\0{name}\0"


def mark_address(view: str, name: str, example: object) -> str:
    """The address of a view with a mark for its key; `example` is a key that stands nowhere else in it."""
    return reverse(view, args=[example]).replace(str(example), mark(name))


def render_with_marks(name: str, context: dict[str, Any]) -> str:
    """The template with `%(text)s` for each `mark("text")`, to be filled in with what is escaped already."""
    # Without its indents, which would be a third of a long page.
    source: str = get_template(name).template.source  # type: ignore[attr-defined]
    template = Template(re.sub(r"\n\s*", " ", source), name=name)
    rendered = template.render(Context(context, use_l10n=False))
    html = strip_spaces_between_tags(rendered.strip()).replace("%", "%%")
    return re.sub("\0([a-z_]+)\0", r"%(\1)s", html)
