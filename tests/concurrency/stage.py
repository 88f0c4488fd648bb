"""Run inside an installation: makes a transcript with people to edit it, or dumps everything that is stored of one.

`python -m tests.concurrency.stage make PEOPLE SHARE` makes two hours, or the SHAREth part of it; `dump TRANSCRIPT FILE`
writes the state and the history as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, TypedDict


class Stage(TypedDict):
    transcript: str
    sessions: list[str]
    people: list[int]


def make(people: int, share: int) -> Stage:
    from django.contrib.auth.models import User
    from django.test import Client

    from tests.bench._transcripts import LONG_HAN, LONG_MS, answer, speech
    from transcripts.enums import PreparationState, Role, TranscriptionState
    from transcripts.flash.answer import parse_answer
    from transcripts.models import Membership, Recording, Transcription
    from transcripts.services.accounts.accounts import get_personal_project
    from transcripts.services.recognition.from_answer import attach_transcript, build_rows, store_rows

    users = [User.objects.create_user(f"person{number}") for number in range(people)]
    project = get_personal_project(users[0])
    for user in users[1:]:
        Membership.objects.create(project=project, user=user, role=Role.EDITOR)
    duration_ms = LONG_MS // share
    recording = Recording.objects.create(
        project=project,
        uploaded_by=users[0],
        title="Crowded",
        duration_ms=duration_ms,
        channels=1,
        rate_hz=16_000,
        state=PreparationState.DONE,
    )
    run = Transcription.objects.create(recording=recording, requested_by=users[0], state=TranscriptionState.DONE)
    stored = store_rows(build_rows(parse_answer(answer(speech(LONG_HAN // share, duration_ms))).utterances))
    attach_transcript(stored, transcription=run)
    sessions = []
    for user in users:
        client = Client()
        client.force_login(user)
        sessions.append(client.cookies["sessionid"].value)
    return {"transcript": str(stored.pk), "sessions": sessions, "people": [user.pk for user in users]}


def dump(transcript: str) -> dict[str, Any]:
    from transcripts.models import Transcript
    from transcripts.services.editing.changes import STATE

    found = Transcript.objects.get(pk=transcript)
    fields = ("version", "kind", "by_id", "request_key", "undoes__version", "details", "pk")
    changes = {values[-1]: [*values[:-1], []] for values in found.changes.order_by("version").values_list(*fields)}
    from transcripts.models import Revision

    revisions = Revision.objects.filter(change__transcript=found).order_by("id")
    for change, *values in revisions.values_list("change", "utterance", "version", "before", "after").iterator():
        changes[change][-1].append(values)
    rows = found.utterances.values("pk", "version", "words", *STATE)
    return {"version": found.version, "changes": list(changes.values()), "rows": {row.pop("pk"): row for row in rows}}


def main() -> None:
    import django
    from django.core.serializers.json import DjangoJSONEncoder

    django.setup()
    match sys.argv[1:]:
        case ["make", people, share]:
            print(json.dumps(make(int(people), int(share))))
        case ["dump", transcript, file]:
            Path(file).write_text(json.dumps(dump(transcript), cls=DjangoJSONEncoder))


if __name__ == "__main__":
    main()
