from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, Any]:
    """What every page says of the installation: whether the embedded recogniser stands in for the service."""
    return {"flash_is_local": settings.FLASH_IS_LOCAL, "csp_nonce": getattr(request, "csp_nonce", "")}
