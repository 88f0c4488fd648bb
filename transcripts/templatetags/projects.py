"""The names of projects and roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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


_ANY = 10**15  # in place of a project's key
_ITEM = """<li class="project">
  <div class="project-what">
    <h2><a href="{library}?project={key}">{name}</a></h2>
    <p class="project-meta">
      {figures}
      {asked}
      <a href="{overview_address}">{overview}<span class="visually-hidden">: {name}</span></a>
    </p>
  </div>
  <a class="button quiet" href="{address}">{settings} <span class="visually-hidden">{name}</span></a>
</li>"""


@register.simple_tag(takes_context=True)
def project_items(context: Mapping[str, Any], projects: Sequence[Any]) -> SafeString:
    """The page's projects, each with its figures and links: a template's loop takes three times as long for it."""
    user = context["request"].user
    shared = {"library": reverse("library"), "overview": escape(_("Overview"))}
    own, owned, others = escape(_("Options")), escape(_("Members and settings")), escape(_("Members"))
    addresses = [reverse(view, args=[_ANY]) for view in ("project", "project_overview")]
    items = []
    for project in projects:
        is_own, owns = project.personal_of_id == user.pk, project.role == Role.OWNER
        address, overview_address = (one.replace(str(_ANY), str(project.pk)) for one in addresses)
        items.append(
            _ITEM.format(
                **shared,
                key=project.pk,
                name=escape(get_project_name(project, user)),
                address=address,
                overview_address=overview_address,
                figures=_name_figures(project, is_own=is_own),
                asked=_link_asked(project, address) if owns else "",
                settings=own if is_own else owned if owns else others,
            )
        )
    return SafeString("\n".join(items))


def _name_figures(project: Any, *, is_own: bool) -> str:
    """How many recordings and members it has, and the person's role; of their own project, its recordings."""
    count = project.recording_count
    figures = [ngettext("%(number)s recording", "%(number)s recordings", count) % {"number": count}]
    if not is_own:
        count = project.member_count
        figures.append(ngettext("%(number)s member", "%(number)s members", count) % {"number": count})
        figures.append(role_name(project.role))
    return "\n".join(f"<span>{escape(figure)}</span>" for figure in figures)


def _link_asked(project: Any, address: str) -> str:
    """The link to the moves that wait for an owner; "" where there are none."""
    count = project.asked_count
    if not count:
        return ""
    sentence = ngettext("%(number)s move to decide about", "%(number)s moves to decide about", count) % {
        "number": count
    }
    return format_html('<a href="{}#moves">{}</a>', address, sentence)


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
