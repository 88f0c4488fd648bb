"""A person's preferences, as JSON, and the language."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import i18n
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


@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own, which keeps the choice in a cookie; of a person who is signed in, it is kept for mails too."""
    response = i18n.set_language(request)
    language = request.POST.get("language", "")
    if request.method == "POST" and request.user.is_authenticated and language in dict(settings.LANGUAGES):
        change_preferences(by=request.user, language=language)
    return response
