"""The tags of a project: all of them, and what can be done with each everywhere at once."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import NotPossible
from transcripts.forms.tags import MergeTagForm, TagForm
from transcripts.messages import explain_impossible
from transcripts.middleware import SignedInRequest
from transcripts.models import Tag
from transcripts.queries.bulk import list_tag_actions
from transcripts.queries.tags import list_tags
from transcripts.services.bulk.tags import change_tag, delete_tag, merge_tags


@require_safe
def project_tags(request: SignedInRequest, pk: int) -> HttpResponse:
    project = access.project_for(request.user, pk)
    context = {
        "project": project,
        "tags": list_tags(project),
        "bulk_actions": list_tag_actions(request.user, project),
        "may_edit": Action.EDIT in access.rights_of(project),
    }
    return render(request, "transcripts/tags.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def tag(request: SignedInRequest, pk: int, tag_pk: int) -> HttpResponse:
    """A POST changes name and colour. The list it leads to has a line that says so, with an undo."""
    tag = _get_tag(request, pk, tag_pk)
    if request.method != "POST":
        return _respond_with_tag(request, tag)
    form = TagForm(request.POST)
    if form.is_valid():
        try:
            change_tag(tag=tag, name=form.cleaned_data["name"], colour=form.cleaned_data["colour"], by=request.user)
        except NotPossible as error:
            form.add_error("name", explain_impossible(error.what))
    if form.errors:
        return _respond_with_tag(request, tag, form=form)
    return redirect("project_tags", pk)


@require_POST
def tag_merge(request: SignedInRequest, pk: int, tag_pk: int) -> HttpResponse:
    tag = _get_tag(request, pk, tag_pk)
    form = MergeTagForm(request.POST, tag=tag)
    if not form.is_valid():
        return _respond_with_tag(request, tag, merge=form)
    merge_tags(tag=tag, into=form.chosen, by=request.user)
    return redirect("project_tags", pk)


@require_POST
def tag_delete(request: SignedInRequest, pk: int, tag_pk: int) -> HttpResponse:
    delete_tag(tag=_get_tag(request, pk, tag_pk), by=request.user)
    return redirect("project_tags", pk)


def _get_tag(request: SignedInRequest, pk: int, tag_pk: int) -> Tag:
    """With `count` and `archived`."""
    project = access.project_for(request.user, pk, Action.EDIT)
    return get_object_or_404(list_tags(project), pk=tag_pk)


def _respond_with_tag(
    request: SignedInRequest, tag: Tag, *, form: TagForm | None = None, merge: MergeTagForm | None = None
) -> HttpResponse:
    context = {
        "tag": tag,
        "form": form or TagForm(initial={"name": tag.name, "colour": tag.colour}),
        "merge": merge or MergeTagForm(tag=tag),
    }
    return render(request, "transcripts/tag.html", context, status=422 if form or merge else 200)
