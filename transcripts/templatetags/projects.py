"""The names of projects and roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from transcripts.enums import Role
from transcripts.messages import (
    NEARLY_USED,
    ROLES,
    describe_audit_details,
    describe_audit_object,
    format_hours,
    get_project_name,
    name_age,
)
from transcripts.services.projects.invitations import SESSION_KEY, find_invitation
from transcripts.services.quotas import count_minutes_left, list_nearly_used

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from transcripts.models import AuditEntry, Invitation, Project, Recording

register = template.Library()


@register.inclusion_tag("transcripts/_quotas.html")
def nearly_used_quotas(user: User, project: Project | None = None) -> dict[str, list[str]]:
    return {"sentences": [NEARLY_USED[name] % {"percent": used} for name, used in list_nearly_used(project, user)]}


@register.simple_tag
def minutes_left(user: User, project: Project | None = None) -> int | None:
    return count_minutes_left(project, user)


@register.simple_tag(takes_context=True)
def opened_invitation(context: Mapping[str, Any]) -> Invitation | None:
    """The invitation that a visitor opened before signing up, while it is valid."""
    token = context["request"].session.get(SESSION_KEY)
    return find_invitation(token) if token else None


@register.simple_tag(takes_context=True)
def project_options(context: Mapping[str, Any], projects: Sequence[Any], chosen: Project | None = None) -> str:
    """The choices of a list: hundreds of projects take a template ten times as long."""
    user = context["request"].user
    option = '<option value="{}"{}>{}</option>'
    selected = {True: mark_safe(" selected"), False: ""}
    return format_html_join(
        "\n", option, ((one.pk, selected[one == chosen], get_project_name(one, user)) for one in projects)
    )


@register.simple_tag(takes_context=True)
def project_links(context: Mapping[str, Any], projects: Sequence[Any], chosen: Project | None) -> str:
    """The projects as links to their recordings, with how many these are."""
    user = context["request"].user
    link = (
        '<li><a href="?project={}"{}><span class="switch-name">{}</span> <span class="hint figure">{}</span></a></li>'
    )
    current = {True: mark_safe(' aria-current="page"'), False: ""}
    return format_html_join(
        "\n",
        link,
        ((one.pk, current[one == chosen], get_project_name(one, user), one.recording_count) for one in projects),
    )


@register.filter
def called(project: Project, user: User) -> str:
    return get_project_name(project, user)


@register.filter
def opens_at(recording: Recording) -> str:
    """Its transcript, or the library where it has none yet."""
    for transcript in recording.transcripts.all()[:1]:
        return transcript.get_absolute_url()
    return f"{reverse('library')}?project={recording.project_id}"


@register.filter
def role_name(role: str) -> str:
    return str(Role(role).label)


@register.filter
def role_meaning(role: str) -> str:
    return str(ROLES[Role(role)])


@register.filter
def audit_object(entry: AuditEntry) -> str:
    return describe_audit_object(entry)


@register.filter
def audit_details(entry: AuditEntry) -> str:
    return describe_audit_details(entry)


@register.filter
def hours(ms: int) -> str:
    return format_hours(ms)


@register.filter
def age(moment: datetime) -> str:
    return name_age(moment)
