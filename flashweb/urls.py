"""All addresses: ours and those of the account library."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from allauth.socialaccount.views import login_error
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from transcripts.views import health

login_not_required(login_error)  # Where some providers send people whom they can't sign in.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # by our form, with its limits

handler500 = health.respond_server_error

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("admin/", admin.site.urls),
    *(
        path("", include(f"transcripts.urls.{domain}"))
        for domain in ("recordings", "editor", "comments", "projects", "accounts", "sharing", "status")
    ),
]
