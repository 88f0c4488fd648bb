"""What administrators see of the installation."""

from __future__ import annotations

from django.urls import path

from transcripts.views import status

urlpatterns = [
    path("status/", status.status, name="status"),
    path("status/retry/", status.status_retry_all, name="status_retry_all"),
    path("status/<uuid:pk>/retry/", status.status_retry, name="status_retry"),
]
