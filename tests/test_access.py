from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests import quick
from tests.conftest import ANSWER
from tests.processes import ROOT
from transcripts import access
from transcripts.enums import RIGHTS, Action, LinkRole, Role
from transcripts.errors import NotAllowed, NotFound
from transcripts.models import Membership, Recording, Transcript


@pytest.fixture
def upload(data_dir: Path) -> Callable[..., Recording]:
    return quick.take_in


@pytest.fixture
def transcript(lin: User, upload: Callable[..., Recording]) -> Transcript:
    return quick.recognised(upload(lin), ANSWER)


def test_every_role_has_its_rights() -> None:
    assert {
        Role.OWNER: {Action.VIEW, Action.COMMENT, Action.EXPORT, Action.EDIT, Action.SHARE, Action.MANAGE},
        Role.EDITOR: {Action.VIEW, Action.COMMENT, Action.EXPORT, Action.EDIT},
        Role.VIEWER: {Action.VIEW, Action.EXPORT},
        LinkRole.COMMENTER: {Action.VIEW, Action.COMMENT},
        LinkRole.READER: {Action.VIEW},
    } == RIGHTS


def test_documentation_has_the_same_table() -> None:
    lines = (ROOT / "docs/rights.md").read_text().splitlines()
    head, _rule, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    table = {row[0]: {name for name, cell in zip(head[1:], row[1:], strict=True) if cell == "yes"} for row in rows}
    assert table == {str(role): {str(action) for action in actions} for role, actions in RIGHTS.items()}
    assert head[1:] == [str(action) for action in Action]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_member_may_what_his_role_allows(transcript: Transcript, ana: User, role: Role, action: Action) -> None:
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
