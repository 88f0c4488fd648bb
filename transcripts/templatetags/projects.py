"""The names of projects and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from transcripts.enums import Role
from transcripts.messages import ROLES, get_project_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from transcripts.models import Project

register = template.Library()


@register.filter
def called(project: Project, user: User) -> str:
    return get_project_name(project, user)


@register.filter
def role_name(role: str) -> str:
    return str(Role(role).label)


@register.filter
def role_meaning(role: str) -> str:
    return str(ROLES[Role(role)])
