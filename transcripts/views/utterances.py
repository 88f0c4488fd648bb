"""Editing the text of a row."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.forms.rows import SelectedWordsForm, UtteranceForm
from transcripts.middleware import SignedInRequest
from transcripts.places import WORK, Busy
from transcripts.queries.offers import list_offers
from transcripts.rendering.offers import explain_offer
from transcripts.rendering.rows import respond_invalid, respond_with_rows
from transcripts.services.editing.utterances import edit_utterance
from transcripts.text.corrections import find_original


@require_http_methods(["GET", "HEAD", "POST"])
def utterance_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """The row; with POST, after the edit. 409 carries both texts, 422 the errors."""
    if request.method != "POST":
        utterance = access.utterance_for(request.user, pk)
        may_edit = Action.EDIT in access.rights_of(utterance)
        return respond_with_rows([utterance], may_edit=may_edit)
    utterance = access.utterance_for(request.user, pk, Action.EDIT)
    form = UtteranceForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    return respond_with_rows([edit_utterance(utterance=utterance, save=form.save, by=request.user)])


@never_cache
@require_safe
def utterance_offers(request: SignedInRequest, pk: int) -> HttpResponse:
    """As JSON, what the person's last edit of the row corrected and the transcript has elsewhere.

    With `start` and `end`, what the words there were recognised as.
    """
    row = access.utterance_for(request.user, pk, Action.EDIT)
    form = SelectedWordsForm(request.GET)
    if not form.is_valid():
        return respond_invalid(request, form)
    if (place := form.place) is not None:
        words = row.text[slice(*place)].strip()
        original = find_original(row.engine_text, row.text, *place)
        return JsonResponse({"offers": [{"find": original or words, "replace": words, "sentence": ""}]})
    try:
        with WORK.hold():
            offers = list_offers(row, request.user)
    except Busy:
        offers = []
    found = [(*offer.word, explain_offer(offer)) for offer in offers]
    return JsonResponse({"offers": [dict(zip(("find", "replace", "sentence"), each, strict=True)) for each in found]})
