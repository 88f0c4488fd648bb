"""Projects, their members and invitations."""

from __future__ import annotations

from django.urls import path

from transcripts.views import (
    audit,
    glossary,
    invitations,
    kept_voices,
    overview,
    projects,
    quality,
    search,
    tags,
)

urlpatterns = [
    path("projects/", projects.projects, name="projects"),
    path("projects/<int:pk>/", projects.project, name="project"),
    path("projects/<int:pk>/delete/", projects.project_delete, name="project_delete"),
    path("projects/<int:pk>/glossary/", glossary.project_glossary, name="project_glossary"),
    path("projects/<int:pk>/glossary/change/", glossary.glossary_change, name="glossary_change"),
    path("projects/<int:pk>/glossary/import/", glossary.glossary_import, name="glossary_import"),
    path("projects/<int:pk>/glossary.csv", glossary.glossary_table, name="glossary_table"),
    path("projects/<int:pk>/glossary/<int:entry_pk>/", glossary.glossary_entry, name="glossary_entry"),
    path("projects/<int:pk>/glossary/<int:entry_pk>/merge/", glossary.glossary_merge, name="glossary_merge"),
    path("projects/<int:pk>/invitations/", projects.project_invite, name="project_invite"),
    path("projects/<int:pk>/invitations/<uuid:invitation_pk>/revoke/", projects.project_revoke, name="project_revoke"),
    path("projects/<int:pk>/leave/", projects.project_leave, name="project_leave"),
    path("projects/<int:pk>/links/revoke/", projects.project_revoke_links, name="project_revoke_links"),
    path("projects/<int:pk>/members/<int:user_pk>/", projects.member_role, name="member_role"),
    path("projects/<int:pk>/members/<int:user_pk>/remove/", projects.member_remove, name="member_remove"),
    path("projects/<int:pk>/retention/", projects.project_retention, name="project_retention"),
    path("projects/<int:pk>/options/", projects.project_options, name="project_options"),
    path("projects/<int:pk>/overview/", overview.project_overview, name="project_overview"),
    path("projects/<int:pk>/overview.csv", overview.project_overview_table, name="project_overview_table"),
    path("projects/<int:pk>/recurrences/", search.project_recurrences, name="project_recurrences"),
    path("projects/<int:pk>/quality/", quality.project_quality, name="project_quality"),
    path("projects/<int:pk>/voices/", kept_voices.project_voices, name="project_voices"),
    path("projects/<int:pk>/voices/keep/", projects.project_voices_keep, name="project_voices_keep"),
    path("projects/<int:pk>/voices/delete/", kept_voices.voices_delete, name="voices_delete"),
    path("projects/<int:pk>/voices/allow/", kept_voices.voices_allow, name="voices_allow"),
    path("projects/<int:pk>/voices.json", kept_voices.project_voices_table, name="project_voices_table"),
    path("projects/<int:pk>/tags/", tags.project_tags, name="project_tags"),
    path("projects/<int:pk>/tags/<int:tag_pk>/", tags.tag, name="tag"),
    path("projects/<int:pk>/tags/<int:tag_pk>/merge/", tags.tag_merge, name="tag_merge"),
    path("projects/<int:pk>/tags/<int:tag_pk>/delete/", tags.tag_delete, name="tag_delete"),
    path("projects/<int:pk>/audit/", audit.project_audit, name="project_audit"),
    path("projects/<int:pk>/audit.csv", audit.project_audit_table, name="project_audit_table"),
    path("moves/<int:pk>/allow/", projects.move_allow, name="move_allow"),
    path("moves/<int:pk>/refuse/", projects.move_refuse, name="move_refuse"),
    path("moves/<int:pk>/undo/", projects.move_undo, name="move_undo"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
]
