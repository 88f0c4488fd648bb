"""Every address there is, and what each of its methods asks for: a new address without a row here fails the walk.

`test_access.py` walks them all as everybody there can be, and holds the answers against `enums.RIGHTS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from transcripts.enums import Action, Role

VIEW, COMMENT, EXPORT, EDIT, SHARE, MANAGE, MOVE = Action
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
FAR = 2**62  # no row has that key
NO_ID = "67ee89ba-7050-4c04-a3d7-ac61a63499b3"  # nothing has that one


@dataclass(frozen=True)
class Way:
    """One method of an address, and what it answers to whom the action is allowed."""

    action: Action | None = None
    """None: it is about nothing that belongs to a project."""
    form: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    htmx: int | None = None
    """Where htmx gets another answer."""
    nobody: int = 302
    """To who is not signed in, where it belongs to no project; 302 leads to the form to sign in."""
    refusal: int = 403
    """To members who may not: 404 where they don't even see it."""
    also: dict[str, int] = field(default_factory=dict)
    """What some role gets although the action is its: the comment of another, the last owner."""


Ways = dict[str, Way]


def read(action: Action | None = VIEW, status: int = 200, htmx: int | None = None, **more: Any) -> Ways:
    return {"GET": Way(action, {}, status, htmx, **more)}


def write(
    form: dict[str, Any] | None = None,
    status: int = 200,
    htmx: int | None = None,
    *,
    action: Action | None = EDIT,
    **more: Any,
) -> Ways:
    return {"POST": Way(action, form or {}, status, htmx, **more)}


# What belongs to a project: a stranger does not learn that it is there.
OF_PROJECTS: dict[str, Ways] = {
    "project": read() | write({"name": ""}, 422, action=MANAGE),
    "project_audit": read(MANAGE),
    "project_audit_table": read(MANAGE),
    "project_overview": read(),
    "project_overview_table": read(EXPORT),
    "project_quality": read(),
    "project_recurrences": read(),
    "project_tags": read(),
    "tag": read(EDIT) | write({"name": "Talk", "colour": 1}, 302),
    "tag_merge": write({"into": FAR}, 422),
    "tag_delete": write(status=302),
    "project_glossary": read() | write({"term": ""}, 422),
    "glossary_change": write({"one": f"approve {FAR}"}, 302),
    "glossary_import": write(status=422),
    "glossary_table": read(EXPORT),
    "glossary_entry": read() | write({"term": "Turing"}, 302),
    "glossary_merge": write({"into": ""}, 422),
    "project_delete": write(status=422, action=MANAGE),
    "project_invite": write({"role": "editor", "days": "7", "people": "one"}, 302, action=MANAGE),
    "project_leave": write(status=302, action=VIEW, also={Role.OWNER: 422}),
    "project_options": write(status=302, action=MANAGE),
    "project_retention": write(status=302, action=MANAGE),
    "project_voices": read(MANAGE),
    "project_voices_keep": write(status=302, action=MANAGE),
    "project_voices_table": read(MANAGE),
    "voices_delete": write({"name": "Wei"}, 302, action=MANAGE),
    "voices_allow": write({"refused": FAR}, 404, action=MANAGE),
    "project_revoke_links": write(status=302, action=MANAGE),
    "project_revoke": write(status=302, action=MANAGE),
    "member_role": write({"role": "viewer"}, 302, action=MANAGE),
    "member_remove": write(status=302, action=MANAGE),
    "recording": read(status=302, htmx=200),
    "recording_audio": read(),
    "recording_peaks": read(),
    "recording_overview": read(),
    "recording_cancel": write(status=302, htmx=200),
    "recording_retry": write(status=302, htmx=200),
    "recording_rename": write({"title": "Talk"}, 302, 200),
    "recording_track": write({"track": "1"}, 404),
    "recording_hold": write({"on": "on"}, 302, action=MANAGE),
    "recording_move": write({"project": FAR}, 404),
    "recording_delete": write(status=302, htmx=200, action=MANAGE),
    "move_allow": write(status=302, action=MOVE, refusal=404),
    "move_refuse": write(status=302, action=MOVE, refusal=404),
    "move_undo": write(status=302, action=MOVE, refusal=404),
    "recording_restore": write(status=302, action=MANAGE, refusal=404),
    "recording_delete_for_good": write(status=302, action=MANAGE, refusal=404),
    "project_restore": write(status=302, action=MANAGE, refusal=404),
    "project_delete_for_good": write(status=302, action=MANAGE, refusal=404),
    "recording_import": read(EDIT) | write(status=422),
    "transcription_reread": write(status=302, htmx=200),
    "transcription_create": read(EDIT) | write(status=302),
    "transcript": read(),
    "transcript_checks": read(),
    "transcript_quality": read(),
    "transcript_settle": write({"way": "dismiss", "message": "fast"}),
    "transcript_make_current": write(status=302),
    "transcript_words": read(),
    "transcript_fillers": read(),
    "transcript_player": read(),
    "transcript_find": read(),
    "transcript_replace": write({"q": "大家", "replace": "诸位"}, 302, 204),
    "transcript_undo": write(status=204),
    "transcript_redo": write(status=204),
    "transcript_assign": write({"rows": f"{FAR}:1"}, 404),
    "transcript_shift": read(EDIT, 422) | write({"by": "0.1"}),
    "transcript_flag": write({"rows": f"{FAR}:1", "on": "true"}, 404),
    "transcript_speakers": write(),
    "transcript_diarization": read(EDIT) | write({"min_voices": 11}, 422),
    "diarization_cancel": write(),
    "diarization_proposals": read(EDIT),
    "diarization_take": write({"diarization": NO_ID, "rows": f"{FAR}:1"}, 404),
    "diarization_dismiss": write({"diarization": NO_ID}, 404),
    "diarization_undo": write({"diarization": NO_ID}, 404),
    "transcript_verify": write({"rows": f"{FAR}:1", "on": "true"}, 404),
    "transcript_history": read(),
    "transcript_restore": write({"version": 1}, 204),
    "transcript_revert": write({"version": 1, "person": 2**31 - 1}, 422),
    "transcript_live": read(),
    "transcript_here": write({"page": "67ee89ba-7050-4c04-a3d7-ac61a63499b3"}, 204, action=VIEW),
    "transcript_rows": read(),
    "rows_merge": write({"rows": f"{FAR}:1"}, 404),
    "rows_delete": write({"rows": f"{FAR}:1"}, 404),
    "rows_move": write({"rows": f"{FAR}:1", "by_ms": 10}, 404),
    "transcript_share_links": read(SHARE) | write({"role": "reader", "days": "7"}, 302, 200, action=SHARE),
    "share_link_revoke": write(status=302, htmx=200, action=SHARE),
    "transcript_comments": read() | write({"row": FAR, "body": "Yes?"}, 404, action=COMMENT),
    "comment_edit": write({"body": "No."}, 302, 200, action=COMMENT, also={Role.EDITOR: 403}),
    "comment_delete": write(status=302, htmx=200, action=COMMENT, also={Role.EDITOR: 403}),
    "comment_reply": write({"body": "No."}, 302, 200, action=COMMENT),
    "comment_resolve": write({"on": "true"}, 302, 200, action=COMMENT),
    "transcript_assignments": read() | write({"minutes": 10}, 302, 200),
    "transcript_next_assignment": write(status=302, htmx=200),
    "assignment_claim": write(status=302, htmx=200),
    "assignment_hand_back": write(status=302, htmx=200),
    "transcript_exports": read(EXPORT),
    "transcript_export": read(EXPORT),
    "transcript_bundle": read(EXPORT),
    "transcript_clips": read(EXPORT),
    "transcript_compare": read(),
    "transcript_take_over_all": write({"rows": f"{FAR}:1"}, 302),
    "transcript_take_over": write({"base_version": 1}, 302),
    "speaker_merge": write({"rows": f"{FAR}:1", "into": FAR}, 404),
    "speaker_rename": write({"name": "Wei"}),
    "speaker_refuse_offer": write(),
    "utterance_edit": read() | write({"text": "大家早。", "base_version": 1}),
    "utterance_split": write({"offset": 2, "base_version": 1}),
    "utterance_merge": write({"base_version": 1, "below": FAR, "below_version": 1}, 404),
    "utterance_pass": write({"offset": 2, "base_version": 1, "to": FAR, "to_version": 1}, 404),
    "utterance_delete": write({"base_version": 1}),
    "utterance_insert": write({"base_version": 1}),
    "utterance_move": write({"start_ms": 0, "end_ms": 9000, "base_version": 1}),
    "utterance_restore": write({"version": 1, "base_version": 1}, 204),
    "utterance_remember": write({"term": "大家", "start": 0, "end": 2}),
    "utterance_offers": read(EDIT),
    "utterance_original": read(),
    # Last: the files are gone then.
    "recording_audio_delete": write(status=302, action=MANAGE),
}

# What a share link shows, to whoever has it.
OF_LINKS: dict[str, Ways] = {
    "shared": read(),
    "shared_audio": read(),
    "shared_comments": read(COMMENT) | write({"row": FAR, "body": "Yes?", "name": "Eve"}, 404, action=COMMENT),
    "shared_comment_edit": write({"body": "No."}, 403, action=COMMENT),
    "shared_comment_delete": write(status=403, action=COMMENT),
    "shared_comment_reply": write({"body": "No.", "name": "Eve"}, 302, 200, action=COMMENT),
    "shared_comment_resolve": write({"on": "true"}, 302, 200, action=COMMENT),
    "shared_fillers": read(),
    "shared_find": read(),
    "shared_live": read(),
    "shared_overview": read(),
    "shared_peaks": read(),
    "shared_player": read(),
    "shared_rows": read(),
    "shared_words": read(),
}

# What everybody who is signed in can open, about themselves or about all that they may see.
OF_PEOPLE: dict[str, Ways] = {
    "library": read(None),
    "bin": read(None),
    "bulk_create": write(status=404, action=None),
    "bulk_count": read(None),
    "filter_choices": read(None),
    "filter_keep": write(status=302, action=None),
    "search": read(None),
    "preferences": read(None) | write(action=None),
    "notices": read(None) | write(status=302, action=None),
    "projects": read(None) | write(status=422, action=None),
    "upload_create": write(status=422, action=None),
    "upload_options": read(None),
    "recording_create": write(status=302, htmx=422, action=None),
    # Before anything else: that no other site sends it.
    "recording_receive": read(None, 302) | write(status=403, action=None),
    "recording_known": write(status=422, action=None),
    "recording_sample": write(status=302, htmx=200, action=None),
    "imports": read(None) | write(status=422, action=None),
    "exports": read(None),
    "exports_zip": read(None, 422),
    "downloads": read(None),
    "status": read(None, 404),
    "status_retry": write(status=404, action=None),
    "status_retry_all": write(status=404, action=None),
    "effort": read(None) | write({"project": FAR}, 404, action=None),
    "effort_table": read(None),
    "audit": read(None, 404),
    "audit_table": read(None, 404),
    "abbreviations": read(None) | write(status=422, action=None),
    "abbreviations_import": write(status=422, action=None),
    "abbreviations_table": read(None),
    "account": read(None) | write(status=302, action=None),
    "account_delete": read(None, 302) | write(status=302, action=None),
    "account_name": read(None) | write(status=422, action=None),
}

# What belongs to one person: nobody else finds it, whatever their role.
OF_ONE: dict[str, Ways] = {
    "notice": read(None, 302),
    "bulk_action": read(None, 302, 200),
    "filter_forget": write(status=302, action=None),
    "bulk_cancel": write(status=302, htmx=200, action=None),
    "bulk_undo": write(status=302, htmx=200, action=None),
    "bulk_dismiss": write(status=302, htmx=200, action=None),
    "upload": {"PATCH": Way(None, {}, 400), "DELETE": Way(None, {}, 204)},
    "download": read(None, 302, 200),
    "download_file": read(None),
    # Last: the file is gone then.
    "download_remove": write(status=302, htmx=200, action=None),
}

# What somebody without an account gets too.
OF_EVERYBODY: dict[str, Ways] = {
    "healthz": read(None, nobody=200),
    "manifest": read(None, nobody=200),
    "share_worker": read(None, nobody=200),
    "set_language": {method: Way(None, {"language": "en"}, 302) for method in METHODS},
    "first_sign_in": read(None, 302),
    "invitation": read(None, nobody=200) | write(status=302, action=None),
}

# Of django-allauth, about one's own account. Nobody gets these:
ACCOUNTS_OPEN = {
    "account_confirm_email",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
}
# And is led to the form to sign in from these, whatever the method.
ACCOUNTS_CLOSED = {
    "account_change_password",
    "account_confirm_login_code",
    "account_email",
    "account_logout",
    "account_reauthenticate",
    "account_set_password",
    "accounts/social/connections/",
    "accounts/social/login/cancelled/",
    "accounts/social/login/error/",
    "accounts/social/signup/",
    "mfa_activate_totp",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_view_recovery_codes",
    "socialaccount_connections",
    "socialaccount_signup",
}
