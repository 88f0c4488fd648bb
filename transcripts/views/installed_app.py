"""Flashweb on a phone's home screen: what it is, and how other apps send recordings to it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

PAPER = "#fbf9f4"


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest, in the language of the person."""
    home = reverse("library")
    icons = [{"src": static("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml"}] + [
        {"src": static(f"img/{name}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, size, purpose in (
            ("icon-192", 192, "any"),
            ("icon-512", 512, "any"),
            ("icon-maskable-512", 512, "maskable"),
        )
    ]
    recordings = {"name": "file", "accept": ["audio/*", "video/*"]}
    return JsonResponse(
        {
            "id": home,
            "name": "Flashweb",
            "short_name": "Flashweb",
            "description": _("Turns recordings into transcripts that people correct together."),
            "lang": get_language(),
            "start_url": home,
            "scope": home,
            "display": "standalone",
            "background_color": PAPER,
            "theme_color": PAPER,
            "icons": icons,
            "share_target": {
                "action": reverse("recording_receive"),
                "method": "POST",
                "enctype": "multipart/form-data",
                "params": {"files": [recordings]},
            },
        },
        content_type="application/manifest+json",
    )


@never_cache
@login_not_required
@require_safe
def share_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at an address below which it may work; what it does is in the static file."""
    return HttpResponse(f'import "{static("js/pages/share-worker.js")}";\n', content_type="text/javascript")
