"""A person's preferences, as JSON."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from transcripts.forms.preferences import PreferencesForm
from transcripts.middleware import SignedInRequest
from transcripts.services.accounts.preferences import change_preferences, get_preferences


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: SignedInRequest) -> HttpResponse:
    """The person's preferences as JSON; a POST changes them first. 422 carries the errors by field."""
    if request.method != "POST":
        return JsonResponse(get_preferences(request.user).to_json())
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    return JsonResponse(change_preferences(by=request.user, **form.changes).to_json())
