from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from transcripts import access
from transcripts.enums import RIGHTS, Action, Role
from transcripts.errors import NotAllowed, NotFound
from transcripts.models import Membership, Transcript


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_member_may_what_their_role_allows(transcript: Transcript, ana: User, role: Role, action: Action) -> None:
    project = transcript.recording.project
    Membership.objects.create(project=project, user=ana, role=role)
    row = transcript.utterances.first()
    assert row is not None
    asks: list[Callable[[], Any]] = [
        lambda: access.recording_for(ana, transcript.recording_id, action),
        lambda: access.transcript_for(ana, transcript.pk, action),
        lambda: access.utterance_for(ana, row.pk, action),
    ]
    allowed = action in RIGHTS[role]
    assert access.may(ana, action, project) is allowed
    for ask, found in zip(asks, (transcript.recording, transcript, row), strict=True):
        if allowed:
            assert ask() == found
            assert access.rights_of(ask()) == RIGHTS[role]
        else:
            with pytest.raises(NotAllowed):
                ask()


@pytest.mark.parametrize("action", Action)
def test_stranger_finds_nothing(transcript: Transcript, ana: User, action: Action) -> None:
    row = transcript.utterances.first()
    assert row is not None
    with pytest.raises(NotFound):
        access.recording_for(ana, transcript.recording_id, action)
    with pytest.raises(NotFound):
        access.transcript_for(ana, transcript.pk, action)
    with pytest.raises(NotFound):
        access.utterance_for(ana, row.pk, action)
    assert not access.may(ana, action, transcript.recording.project)


def test_administrator_has_no_key_to_other_peoples_recordings(transcript: Transcript, db: None) -> None:
    admin = User.objects.create_superuser("admin")
    with pytest.raises(NotFound):
        access.transcript_for(admin, transcript.pk)
