"""What belongs to one person."""

from __future__ import annotations

from django.urls import include, path

from transcripts.views import (
    abbreviations,
    accounts,
    audit,
    effort,
    preferences,
)

urlpatterns = [
    path("accounts/first/<str:token>/", accounts.first_sign_in, name="first_sign_in"),
    path("accounts/", accounts.account, name="account"),
    path("accounts/name/", accounts.account_name, name="account_name"),
    path("accounts/delete/", accounts.account_delete, name="account_delete"),
    path("accounts/abbreviations/", abbreviations.abbreviations, name="abbreviations"),
    path("accounts/abbreviations/import/", abbreviations.abbreviations_import, name="abbreviations_import"),
    path("accounts/abbreviations.csv", abbreviations.abbreviations_table, name="abbreviations_table"),
    path("audit/", audit.audit, name="audit"),
    path("audit.csv", audit.audit_table, name="audit_table"),
    path("accounts/", include("allauth.urls")),
    path("effort/", effort.effort, name="effort"),
    path("effort.csv", effort.effort_table, name="effort_table"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("language/", preferences.set_language, name="set_language"),
]
