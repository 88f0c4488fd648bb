"""What every template gets."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, Any]:
    """What pages say about the installation, such as whether the embedded recogniser replaces the service."""
    return {
        "version": settings.VERSION,
        "flash_is_local": settings.FLASH_IS_LOCAL,
        "mail_is_kept": settings.MAIL_IS_KEPT,
        "sign_up_is_open": settings.SIGN_UP_IS_OPEN,
        "audit_days": settings.AUDIT_DAYS,
        "bin_days": settings.BIN_DAYS,
        "csp_nonce": getattr(request, "csp_nonce", ""),
    }
