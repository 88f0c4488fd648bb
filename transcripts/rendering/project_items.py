"""The list of somebody's projects as HTML: a template's loop would take three times as long."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext

from transcripts.enums import Role
from transcripts.messages import get_project_name
from transcripts.rendering.marks import mark, mark_address, render_with_marks

ANY = 10**15


def render_project_items(projects: Sequence[Any], user: User) -> SafeString:
    """Those of `list_projects_with_members`, each with its figures and links."""
    if settings.DEBUG:  # So that changes of the template show.
        _render_item.cache_clear()
    return SafeString("".join(_fill_item(project, user) for project in projects))


def _fill_item(project: Any, user: User) -> str:
    recordings, members, asked = project.recording_count, project.member_count, project.asked_count
    owns = project.role == Role.OWNER
    return _render_item(get_language(), project.personal_of_id == user.pk, owns, owns and asked > 0) % {
        "pk": project.pk,
        "name": escape(get_project_name(project, user)),
        "recordings": ngettext("%(number)s recording", "%(number)s recordings", recordings) % {"number": recordings},
        "members": ngettext("%(number)s member", "%(number)s members", members) % {"number": members},
        "role": Role(project.role).label,
        "asked": ngettext("%(number)s move to decide about", "%(number)s moves to decide about", asked)
        % {"number": asked},
    }


@lru_cache(maxsize=64)
def _render_item(_language: str, is_own: bool, owns: bool, is_asked: bool) -> str:
    context = {name: mark(name) for name in ("pk", "name", "recordings", "members", "role", "asked")}
    context["address"] = mark_address("project", "pk", ANY)
    context["overview"] = mark_address("project_overview", "pk", ANY)
    of_all = {"is_own": is_own, "owns": owns, "is_asked": is_asked}
    return render_with_marks("transcripts/_project_item.html", {**context, **of_all})
