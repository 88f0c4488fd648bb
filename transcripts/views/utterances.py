"""Editing the text of a row."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from transcripts import access
from transcripts.enums import Action
from transcripts.forms.rows import UtteranceForm
from transcripts.middleware import SignedInRequest
from transcripts.rendering.rows import respond_invalid, respond_with_rows
from transcripts.services.editing.utterances import edit_utterance


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
