from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER
from transcripts import access
from transcripts.enums import Action, LinkRole
from transcripts.errors import NotAllowed, NotFound
from transcripts.models import ShareLink, Transcript
from transcripts.services.projects.share_links import create_share_link, revoke_share_link


@pytest.fixture
def transcript(lin: User, data_dir: object) -> Transcript:
    return quick.recognised(quick.create_recording(lin), ANSWER)


def test_link_opens_the_transcript_until_it_expires(transcript: Transcript, lin: User) -> None:
    before = timezone.now()
    link = create_share_link(transcript=transcript, role=LinkRole.READER, days=7, label="Ana", by=lin)
    assert timedelta(days=7) <= link.expires_at - before < timedelta(days=7, minutes=1)
    found = access.shared(link.token)
    assert (found.transcript, access.rights_of(found)) == (transcript, {Action.VIEW})
    ShareLink.objects.update(expires_at=timezone.now())
    with pytest.raises(NotFound):
        access.shared(link.token)
    assert ShareLink.objects.get().is_expired


def test_revoked_link_opens_nothing(transcript: Transcript, lin: User) -> None:
    first, second = (
        create_share_link(transcript=transcript, role=LinkRole.READER, days=1, by=lin) for _time in range(2)
    )
    token = first.token
    revoke_share_link(link=first, by=lin)
    with pytest.raises(NotFound):
        access.shared(token)
    assert access.shared(second.token) == second


@pytest.mark.parametrize("role", LinkRole)
def test_link_allows_what_its_role_does(transcript: Transcript, lin: User, role: LinkRole) -> None:
    link = create_share_link(transcript=transcript, role=role, days=1, by=lin)
    if role == LinkRole.COMMENTER:
        assert access.shared(link.token, Action.COMMENT) == link
    else:
        with pytest.raises(NotAllowed):
            access.shared(link.token, Action.COMMENT)
    for action in (Action.EDIT, Action.EXPORT, Action.SHARE, Action.MANAGE):
        with pytest.raises(NotAllowed):
            access.shared(link.token, action)


def test_stored_link_alone_opens_nothing(transcript: Transcript, lin: User) -> None:
    """What the link carries is the row's key and a signature, which is stored nowhere."""
    link = create_share_link(transcript=transcript, role=LinkRole.READER, days=1, by=lin)
    key, _, signature = link.token.partition(".")
    assert (key, len(signature) >= 43) == (link.pk.hex, True)
    other = signing.Signer(sep=".", salt="transcripts.invitation").sign(link.pk.hex)
    for token in (key, f"{key}.", f"{key}.{signature[::-1]}", str(link.pk), other, "", "x" * 5000):
        with pytest.raises(NotFound):
            access.shared(token)
