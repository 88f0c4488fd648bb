"""The sentences that offer to correct the same elsewhere."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from transcripts.text.offers import Offer


def explain_offer(offer: Offer) -> str:
    """In how many places a corrected word was recognised wrong, too."""
    exact = ngettext("%(number)s more place has “%(term)s”", "%(number)s more places have “%(term)s”", offer.exact) % {
        "number": offer.exact,
        "term": offer.word.original,
    }
    if not offer.alike:
        return exact
    if offer.exact:
        alike = ngettext("%(number)s sounds like it", "%(number)s sound like it", offer.alike) % {"number": offer.alike}
        return _("%(exact)s, %(alike)s") % {"exact": exact, "alike": alike}
    return ngettext(
        "%(number)s more place sounds like “%(term)s”", "%(number)s more places sound like “%(term)s”", offer.alike
    ) % {"number": offer.alike, "term": offer.word.right}
