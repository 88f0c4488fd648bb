"""Run inside an installation: stores something of everything that it can store."""

from __future__ import annotations

from transcripts.enums import LinkRole, Role

RIGHTS = (Role.EDITOR, Role.VIEWER)


def fill() -> None:
    """Lin's project "Radio": two recordings, one of them recognised twice, and what two people have made of it."""
    from django.contrib.auth.models import User

    from tests import quick
    from tests.conftest import ANSWER, OTHER_ANSWER
    from tests.releases.stored import PASSWORD
    from tests.voices import ENCODER, tell_apart
    from transcripts.access import CommentAuthor
    from transcripts.diarization.results import Diarized, Turn, Voice
    from transcripts.flash.options import RecognitionOptions
    from transcripts.models import AnswerPart, KeptVoice, Membership, Presence, Slot, Upload
    from transcripts.services.accounts.preferences import change_preferences
    from transcripts.services.comments.comments import add_comment, reply_to_comment, resolve_thread
    from transcripts.services.editing.history import redo_change, undo_change
    from transcripts.services.editing.reviewing import flag_rows, verify_rows
    from transcripts.services.editing.rows import delete_row, insert_row_after, merge_row, split_row
    from transcripts.services.editing.speakers import rename_speaker
    from transcripts.services.editing.utterances import Save, edit_utterance
    from transcripts.services.effort import record_effort, share_effort
    from transcripts.services.imported_people import get_or_create_account
    from transcripts.services.kept_voices import set_keep_voices
    from transcripts.services.live.assignments import claim_next_assignment, cut_assignments
    from transcripts.services.projects.invitations import create_invitation
    from transcripts.services.projects.projects import create_project, set_default_options
    from transcripts.services.projects.share_links import create_share_link
    from transcripts.services.recognition.run import cancel_transcription

    lin = User.objects.create_superuser("lin", "lin@example.org", PASSWORD)
    ana, bo = (User.objects.create_user(name, f"{name}@example.org", PASSWORD) for name in ("ana", "bo"))
    project = create_project(name="Radio", by=lin)
    for user, role in zip((ana, bo), RIGHTS, strict=True):
        Membership.objects.create(project=project, user=user, role=role)
    set_default_options(project=project, options=RecognitionOptions(hot_words=("豆包",)), by=lin)
    get_or_create_account("Somebody else", by=lin)

    recording = quick.create_recording(lin)
    recording.project = project
    recording.title = "早间新闻"
    recording.save(update_fields=["project", "title"])
    transcript = quick.recognised(recording, ANSWER)
    other = quick.again(recording, OTHER_ANSWER)
    other.diarizations.all().delete()  # that which waits for a worker
    turns = (Turn(400, 1600, 1, 90), Turn(2000, 2600, 2, 90))
    parts = (Voice(1, 1200, ((400, 1600),), "AAAA"), Voice(2, 600, ((2000, 2600),), "AAAA"))
    tell_apart(other, Diarized(parts, turns, ENCODER), lin)
    set_keep_voices(project=project, on=True, by=lin)
    KeptVoice.objects.create(
        recording=recording, speaker=other.speakers.all()[0], encoder=ENCODER, centroid="", ms=1200
    )
    waiting = quick.create_recording(ana)
    cancel_transcription(transcription=waiting.transcriptions.get())

    first, second = transcript.utterances.all()
    edited = edit_utterance(utterance=first, save=Save("欢迎 Bob 来。", 1, request_key="one", edit_session="s"), by=ana)
    _left, right = split_row(row=edited, offset=3, base_version=2, by=lin)
    merge_row(row=edited, base_version=3, below=right.pk, below_version=right.version, by=ana)
    undo_change(transcript=transcript, by=ana)
    redo_change(transcript=transcript, by=ana)
    (inserted,) = insert_row_after(row=second, base_version=1, by=lin)
    delete_row(row=inserted, base_version=1, by=lin)
    rename_speaker(speaker=transcript.speakers.all()[0], name="主持人", base_name="", by=lin)
    verify_rows(transcript=transcript, versions={second.pk: 1}, on=True, by=ana)
    flag_rows(transcript=transcript, versions={second.pk: 2}, on=True, by=lin)

    row = transcript.utterances.visible().all()[0]
    comment = add_comment(row=row, body="@ana 是 Bob 吗？", by=CommentAuthor(lin), start=3, end=6, quote="Bob")
    reply_to_comment(comment=comment, body="是。", by=CommentAuthor(ana))
    resolve_thread(comment=comment, on=True, by=CommentAuthor(lin))
    add_comment(row=second, body="Hello", by=CommentAuthor(name="Guest", guest="secret"))
    cut_assignments(transcript=transcript, minutes=1)
    claim_next_assignment(transcript=transcript, by=ana)

    ten_years = 3650
    create_share_link(transcript=transcript, role=LinkRole.COMMENTER, days=ten_years, label="Guest", by=lin)
    create_invitation(project=project, role=Role.EDITOR, days=ten_years, once=False, by=lin)
    change_preferences(by=ana, keys={"play": ["F4"]}, speed=125, abbreviations={";fw": "Flashweb"})
    record_effort(transcript=transcript.pk, user=ana.pk, idle_ms=0)
    share_effort(project=project.pk, on=True, by=ana)
    AnswerPart.objects.create(
        transcription=transcript.transcription,
        number=1,
        start_ms=0,
        end_ms=5550,
        status_code="20000000",
        raw_answer=ANSWER,
    )
    Upload.objects.create(by=ana, file_name="half.wav", size_bytes=1000, modified_ms=1)
    Presence.objects.create(
        page="67ee89ba-7050-4c04-a3d7-ac61a63499b3",
        transcript=transcript,
        user=ana,
        row=second.pk,
        process="67ee89ba-7050-4c04-a3d7-ac61a63499b4",
        seen_at=comment.created_at,
    )
    Slot.take(1)
