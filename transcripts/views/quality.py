"""How well the engine recognised a transcript and the recordings of a project, and what work that left."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from transcripts import access, places
from transcripts.messages import describe_options, describe_service
from transcripts.middleware import SignedInRequest
from transcripts.models import Effort, Speaker, Transcript
from transcripts.queries.accuracy import (
    build_measure,
    compare_engines,
    compute_project_accuracy,
    list_confusions,
    list_speakers,
)
from transcripts.queries.effort import compute_project_effort, compute_transcript_effort, list_uncounted_of
from transcripts.queries.library import parse_kept_options
from transcripts.services.accuracy import measure_project, measure_transcript
from transcripts.services.projects.counts import count_rows, count_transcripts


@require_safe
def transcript_quality(request: SignedInRequest, pk: UUID) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk)
    with places.WORK.hold():
        accuracy = measure_transcript(transcript)
        others = compare_engines(transcript)
        count_transcripts(list_uncounted_of(Effort.objects.filter(transcript=transcript)), None)
    context = {
        "transcript": transcript,
        "recording": transcript.recording,
        "source": Transcript.objects.with_origin().get(pk=pk),
        "whole": build_measure(accuracy),
        "effort": compute_transcript_effort(transcript, request.user),
        "speakers": [(_name_speaker(label, name), measure, None) for label, name, measure in list_speakers(accuracy)],
        "others": others,
        "confusions": list_confusions([(transcript.pk, accuracy.confusions)]),
    }
    return render(request, "transcripts/quality.html", context)


@require_safe
def project_quality(request: SignedInRequest, pk: int) -> HttpResponse:
    project = access.project_for(request.user, pk)
    with places.WORK.hold():
        left = max(measure_project(project), count_rows(project))
        accuracy = compute_project_accuracy(project)
        effort = compute_project_effort(project, request.user)
    context = {
        "project": project,
        "left": left,
        "accuracy": accuracy,
        "whole": accuracy.whole,
        "effort": effort,
        "engines": [
            (_describe_engine(engine), measure, effort.engines.get(engine)) for engine, measure in accuracy.engines
        ],
        "speakers": [(name, measure, None) for name, measure in accuracy.speakers],
    }
    return render(request, "transcripts/project_quality.html", context)


def _name_speaker(label: str, name: str) -> str:
    return Speaker(label=label, name=name).display_name if label or name else _("No speaker")


def _describe_engine(described: str) -> str:
    """The service and the options that `TranscriptAccuracy.engine` has."""
    known = json.loads(described or "{}")
    parts = [
        describe_service(known.get("service", "")),
        *describe_options(parse_kept_options(known.get("options", {}))),
    ]
    return " · ".join([*parts, _("Hot words")] if known.get("hot_words") else parts)
