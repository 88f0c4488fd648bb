"""How entries of the glossary are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.translation import gettext as _

from transcripts.flash.languages import LANGUAGES

if TYPE_CHECKING:
    from transcripts.models import GlossaryEntry

SHOWN = 5

register = template.Library()


@register.filter
def misheard_as(entry: GlossaryEntry) -> str:
    """The commonest ones, with their counts."""
    texts = [
        f"{misheard.text}\u00a0×{misheard.times}" if misheard.times else misheard.text
        for misheard in entry.mishearings.all()
    ]
    if not texts:
        return ""
    listed = _(", ").join(texts[:SHOWN]) + ("…" if len(texts) > SHOWN else "")
    return _("Heard as %(texts)s") % {"texts": listed}


@register.filter
def language_label(code: str) -> str:
    return _(LANGUAGES[code]) if LANGUAGES.get(code) else code
