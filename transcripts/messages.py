"""The interface's sentences about errors: what happened, what was kept, what to do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from babel import Locale
from babel.core import get_global
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import (
    get_language,
    gettext_lazy,
    ngettext,
    pgettext,
    pgettext_lazy,
    to_locale,
)
from django.utils.translation import gettext as _

from transcripts.audio.results import Reason
from transcripts.enums import LOCAL_SERVICE, AuditEvent, ChangeKind, LinkRole, Role
from transcripts.exports.registry import OFFERED
from transcripts.flash.errors import ErrorKind
from transcripts.flash.options import OPTION_FIELDS, RecognitionOptions
from transcripts.options import Kind, OptionField
from transcripts.places import Busy
from transcripts.text.finding import BadPattern, BadReplacement, TooComplex, TooLarge, TooSlow

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from transcripts.audio.results import AudioTrack
    from transcripts.models import AuditEntry, Project, Recording, Transcript

VOLCENGINE = (".bytedance.com", ".volces.com", ".volcengineapi.com")
RETENTION = "retention"  # in the details of what no person did
INVITATION = "Invitation"  # as the audit has it, whatever the language
LINK_EVENTS = frozenset({AuditEvent.LINK_CREATED, AuditEvent.LINK_REVOKED})
SHOWN_ITEMS = 5  # of thousands of hot words

ROLES = {
    Role.OWNER: gettext_lazy("Full access: members, settings, deleting"),
    Role.EDITOR: gettext_lazy("Adds recordings, corrects and comments"),
    Role.VIEWER: gettext_lazy("Reads, listens and exports"),
}

LANGUAGES = {
    "zh": gettext_lazy("Chinese"),
    "en": pgettext_lazy("script", "English and other Latin scripts"),
    "ja": gettext_lazy("Japanese"),
    "ko": gettext_lazy("Korean"),
    "ar": gettext_lazy("Arabic"),
    "ru": pgettext_lazy("script", "Russian and other Cyrillic scripts"),
    "th": gettext_lazy("Thai"),
    "hi": gettext_lazy("Hindi"),
}
"""What the scripts of texts stand for, by their tags."""

RULES = {
    "misheard": gettext_lazy("Misheard before"),
    "no_words": gettext_lazy("No words"),
    "overlap": gettext_lazy("Overlaps the same speaker's next row"),
    "fast": gettext_lazy("Too fast to read as a caption"),
    "long": gettext_lazy("Very long row"),
    "unpaired": gettext_lazy("Unmatched bracket or quotation mark"),
    "twice": gettext_lazy("Repeated words"),
    "numbers": gettext_lazy("Numbers both in digits and in characters"),
    "spacing": gettext_lazy("Spacing between Chinese and Latin text"),
    "half_width": gettext_lazy("Half-width punctuation in Chinese"),
    "full_width": gettext_lazy("Full-width punctuation in English"),
    "wide_letters": gettext_lazy("Full-width letters or digits"),
    "doubled": gettext_lazy("Repeated punctuation"),
    "stray_space": gettext_lazy("Unnecessary space"),
    "double_space": gettext_lazy("Repeated spaces"),
}

REFUSALS = {
    Reason.EMPTY: gettext_lazy("The file is empty."),
    Reason.UNREADABLE: gettext_lazy("This is not a readable audio or video file."),
    Reason.NO_AUDIO: gettext_lazy("The file has video but no audio."),
    Reason.TOO_LONG: gettext_lazy("The recording is too long."),
    Reason.LIMITS: gettext_lazy("The file takes more memory or time to process than allowed."),
}

# Why a bundle could not be imported.
BUNDLES = {
    "bundle_broken": gettext_lazy("The bundle is damaged, or was not made by Flashweb."),
    "bundle_newer": gettext_lazy("The bundle was made by a newer version of Flashweb. Upgrade this one first."),
    "bundle_large": gettext_lazy("The bundle is too large for one transcript and its recording."),
    "bundle_limits": gettext_lazy("Reading the bundle takes more time or memory than allowed."),
    "bundle_busy": gettext_lazy("The bundle can't be read just now. Try again in a moment."),
}

FAILURES = {
    ErrorKind.BAD_CREDENTIALS: gettext_lazy(
        "The service does not accept the key. The recording is kept; ask the administrator to check the key."
    ),
    ErrorKind.NOT_GRANTED: gettext_lazy(
        "The key is valid, but flash recognition is not activated for it. The recording is kept; ask the "
        "administrator to activate it in the service's console, or to set another resource in "
        "FLASH_RESOURCE_ID."
    ),
    ErrorKind.INVALID_REQUEST: gettext_lazy(
        "The service rejected the request: an option is missing or has an unknown value. Recognise the "
        "recording again with other options."
    ),
    ErrorKind.EMPTY_AUDIO: gettext_lazy(
        "The service found no speech in the audio. If someone does speak in it, add a louder copy."
    ),
    ErrorKind.BAD_FORMAT: gettext_lazy(
        "The service could not read this audio format. Convert the recording to MP3 or WAV and add it again."
    ),
    ErrorKind.TOO_LARGE: gettext_lazy(
        "The recording is longer or larger than the service accepts. Split it and add the parts."
    ),
    ErrorKind.BAD_URL: gettext_lazy(
        "The service could not download the recording from its web address. Check the address, or add the file itself."
    ),
    ErrorKind.QUOTA: gettext_lazy("The quota of the service account is used up. Try again when it has been renewed."),
    ErrorKind.SPENT: gettext_lazy(
        "The quota or balance of the service account is used up. The recording is kept; ask the administrator "
        "to top it up in the service's console."
    ),
    ErrorKind.CONCURRENCY: gettext_lazy(
        "The service is working on too many recordings for this account. Try again in a minute."
    ),
    ErrorKind.BUSY: gettext_lazy("The service is busy. The recording is kept; try again in a minute."),
    ErrorKind.INTERNAL: gettext_lazy("The service had an internal error. The recording is kept; try again."),
    ErrorKind.REFUSED: gettext_lazy(
        "The service cannot be reached. The recording is kept; try again when the network is back."
    ),
    ErrorKind.UNCLEAR: gettext_lazy(
        "The connection broke before the full answer arrived. The service may have done the work and may "
        "charge for it. Try again if that is acceptable."
    ),
    ErrorKind.MALFORMED: gettext_lazy("The answer of the service could not be read. The recording is kept; try again."),
    ErrorKind.ANSWER_KEPT: gettext_lazy(
        "The service answered, and may charge for it, but its answer could not be read. The answer is kept: after an "
        "upgrade of Flashweb, read it again at no charge. Trying again sends the recording again."
    ),
    ErrorKind.UNKNOWN: gettext_lazy(
        "The service reported an undocumented error. Try again, or contact its support with the logid."
    ),
}

FETCHING = {
    "address_not_http": gettext_lazy("The web address must start with http:// or https://."),
    "address_not_public": gettext_lazy("This web address is not public. Add the file itself."),
    "address_unreachable": gettext_lazy(
        "No recording was found at this web address. Check it, or add the file itself."
    ),
    "address_too_large": gettext_lazy("The recording at this web address is too large. Add a smaller copy."),
    "address_too_slow": gettext_lazy("This web address responds too slowly. Try again, or add the file itself."),
}

# The machine's trouble, which is no fault of the file.
MACHINE = {
    "out_of_reach": gettext_lazy(
        "The server cannot reach this recording's file at the moment. It tries again by itself."
    ),
    "download_no_room": gettext_lazy("The server has no space left for this file. It tries again by itself."),
    "diarization_broken": gettext_lazy("The speakers could not be told apart. The log tells administrators why."),
    "no_encoder": gettext_lazy("This server cannot tell speakers apart: its speaker encoder is not installed."),
    "download_gone": gettext_lazy("Its content was deleted, or you may no longer export it."),
    "download_broken": gettext_lazy("The file could not be made. An administrator finds the reason in the log."),
}

IMPOSSIBLE = {
    "split": gettext_lazy("Put the caret between two words: both halves of the row need text."),
    "merge": gettext_lazy("The rows are no longer next to each other. Check them and try again."),
    "long": gettext_lazy("Together the two rows are longer than a row may be."),
    "tag_exists": gettext_lazy("Another tag of this project has this name. Merge the two instead."),
    "tag_unnamed": gettext_lazy("Enter a name for the tag."),
    "tag_changed": gettext_lazy("This tag has changed since, so this cannot be undone."),
    "term_exists": gettext_lazy("The glossary has this term already."),
    "term_unnamed": gettext_lazy("Enter a term."),
    "term_elsewhere": gettext_lazy("Choose two different terms of the same project."),
    "fix_one_by_one": gettext_lazy("Fix these one by one."),
    "glossary_full": gettext_lazy("A glossary has room for 5,000 terms."),
    "abbreviations_full": gettext_lazy("There is room for 200 abbreviations. Delete one that you no longer use."),
    "tag_elsewhere": gettext_lazy("Choose two different tags of the same project."),
    "move": gettext_lazy("A row must end after it starts."),
    "shift": gettext_lazy("Rows cannot begin before 0 or end after the recording."),
    "name_taken": gettext_lazy("Someone with an account here has this name, or one that looks like it. Enter another."),
    "audio": gettext_lazy("The audio of this recording was deleted."),
    "no_encoder": MACHINE["no_encoder"],
    "no_words": gettext_lazy("There are no rows whose speakers could be told apart."),
    "no_examples": gettext_lazy("Assign a few rows to their speakers first."),
    "assigned_by_hand": gettext_lazy("People assigned or verified all rows of this speaker, and these do not change."),
    "second_reader": gettext_lazy("You edited this row last. In this project, someone else must verify it."),
}


def explain_impossible(what: str) -> str:
    return str(IMPOSSIBLE[what])


def describe_options(chosen: RecognitionOptions) -> list[str]:
    """The options that differ from the defaults, each with its label."""
    usual = RecognitionOptions()
    return [
        _describe_option(option, value)
        for option in OPTION_FIELDS
        if (value := getattr(chosen, option.name)) != getattr(usual, option.name)
    ]


def describe_origin(transcript: Transcript) -> str:
    """Where a transcript that was read `with_origin` comes from."""
    service: str = transcript.origin_service or ""  # type: ignore[attr-defined]
    file: str = transcript.origin_file or ""  # type: ignore[attr-defined]
    if transcript.origin == ChangeKind.IMPORTED:  # type: ignore[attr-defined]
        return _("Imported: %(file)s") % {"file": file} if file else str(ChangeKind.IMPORTED.label)
    return describe_service(service)


def describe_service(service: str) -> str:
    """What recognised, as `Transcription.service` names it."""
    if service == LOCAL_SERVICE:
        return _("Recognised on this machine")
    if service.endswith(VOLCENGINE):
        return _("Recognised by Volcengine")
    if service:
        return _("Recognised by %(service)s") % {"service": service}
    return str(ChangeKind.RECOGNISED.label)


def describe_audit_object(entry: AuditEntry) -> str:
    """What a line of the audit is about; an invitation has no name of its own."""
    is_invitation = entry.event in LINK_EVENTS and entry.about == INVITATION
    return _("Invitation") if is_invitation else entry.about


def describe_audit_details(entry: AuditEntry) -> str:
    """The roles and the format in a line of the audit, by the names that they have for its reader."""
    roles = {**dict(Role.choices), **dict(LinkRole.choices)}
    if entry.event == AuditEvent.EXPORTED:
        return _(OFFERED[entry.details].label) if entry.details in OFFERED else entry.details
    if entry.event == AuditEvent.ROLE_CHANGED:
        return " → ".join(str(roles.get(role, role)) for role in entry.details.split(" → "))
    if entry.event in {AuditEvent.JOINED, AuditEvent.LEFT, AuditEvent.LINK_CREATED}:
        role, space, label = entry.details.partition(" ")
        return f"{roles.get(role, role)}{space}{label}"
    if entry.event == AuditEvent.RETENTION_CHANGED:
        audio, _space, whole = entry.details.partition(" ")
        return _("audio: %(audio)s, recordings: %(whole)s") % {
            "audio": name_days(int(audio)),
            "whole": name_days(int(whole)),
        }
    return _("by the project's retention") if entry.details == RETENTION else entry.details


def format_hours(ms: int) -> str:
    """`40 min`, `1.5 h`, `1,204 h`; never 0 for something."""
    minutes = round(ms / 60_000)
    if 0 < minutes < 60 or (ms and not minutes):
        return _("%(number)s min") % {"number": minutes or "< 1"}
    hours = round(minutes / 60, 1 if minutes < 600 else 0)
    number = number_format(hours, 0 if hours.is_integer() else 1, force_grouping=True)
    return _("%(number)s h") % {"number": number}


def name_age(moment: datetime) -> str:
    """How long ago it was, in whole days."""
    days = (timezone.now() - moment).days
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days} if days > 0 else _("today")


def name_days(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days} if days else _("for good")


def _describe_option(option: OptionField, value: object) -> str:
    label = _(option.label)
    if value is True:
        return label
    if value is False:
        return _("%(option)s: off") % {"option": label}
    if option.kind == Kind.CHOICE:
        value = _(option.choices[str(value)])
    elif isinstance(value, tuple):
        value = ", ".join(value[:SHOWN_ITEMS]) + (" …" if len(value) > SHOWN_ITEMS else "")
    return _("%(option)s: %(value)s") % {"option": label, "value": value}


def describe_track(track: AudioTrack) -> str:
    """What is known of it: `English, “Commentary”, stereo`."""
    title = _("“%(title)s”") % {"title": track.title} if track.title else ""
    speech = "" if track.has_speech else _("no speech found")
    return pgettext("list", ", ").join(
        filter(None, [_name_language(track.language), title, _name_channels(track.channels), speech])
    )


def name_track(track: AudioTrack) -> str:
    return _("Track %(number)s: %(about)s") % {"number": track.number + 1, "about": describe_track(track)}


def describe_taken_track(recording: Recording) -> str:
    """`Track 2 of 3: English, stereo`; "" where there is nothing to choose."""
    for track in recording.audio_tracks:
        if track.number == recording.track:
            values = {"number": track.number + 1, "count": len(recording.tracks), "about": describe_track(track)}
            return _("Track %(number)s of %(count)s: %(about)s") % values
    return ""


def explain_unread_end(recording: Recording) -> str:
    """What could not be read of the file; "" where all was."""
    if not recording.unread_bytes:
        return ""
    size = filesizeformat(recording.unread_bytes)
    if recording.duration_ms is None:
        return _("The last %(size)s of the file could not be read as audio.") % {"size": size}
    values = {"size": size, "time": format_position(recording.duration_ms)}
    return _("The last %(size)s of the file could not be read as audio. The recording ends at %(time)s.") % values


def format_position(milliseconds: int | None) -> str:
    """`0:12:04`, as in the player; "" for None."""
    if milliseconds is None:
        return ""
    seconds = milliseconds // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def name_voice(speaker: str, channel: str) -> str:
    """Who speaks in a row, with the channel below."""
    number = _("Channel %(number)s") % {"number": channel} if channel else ""
    return "\n".join(said for said in (speaker, number) if said) or _("Speaker?")


def _name_language(code: str) -> str:
    """In the page's language; a code (ISO 639, BCP 47) that nobody knows as it is."""
    first = code.lower().partition("-")[0]
    names = Locale.parse(to_locale(get_language() or "en")).languages
    return str(names.get(get_global("language_aliases").get(first, first), code))


def _name_channels(channels: int) -> str:
    if channels <= 2:
        return _("stereo") if channels == 2 else _("mono")
    return ngettext("%(number)s channel", "%(number)s channels", channels) % {"number": channels}


def explain_refusal(file_name: str, reason: str) -> str:
    return _("%(file)s: %(reason)s It was not saved.") % {
        "file": file_name,
        "reason": BUNDLES.get(reason) or REFUSALS[Reason(reason)],
    }


QUOTAS = {
    "downloads": gettext_lazy("You have reached the limit of downloads kept for one person. Remove some first."),
    "person_bytes": gettext_lazy("Your storage quota is used up. Delete recordings that you no longer need."),
    "person_minutes": gettext_lazy("Your recognition quota for this month is used up."),
    "project_bytes": gettext_lazy("The project's storage quota is used up. Delete recordings that nobody needs."),
    "project_minutes": gettext_lazy("The project's recognition quota for this month is used up."),
}
NEARLY_USED = {
    "person_bytes": gettext_lazy("%(percent)s%% of your storage quota is used."),
    "person_minutes": gettext_lazy("%(percent)s%% of your recognition quota for this month is used."),
    "project_bytes": gettext_lazy("%(percent)s%% of the project's storage quota is used."),
    "project_minutes": gettext_lazy("%(percent)s%% of the project's recognition quota for this month is used."),
}


def explain_busy() -> str:
    return _("The server is busy with the same for others. Try again in a moment.")


def explain_hold() -> str:
    return _(
        "Not changed: this is under a legal hold, and nothing in it may be deleted or moved away. An owner of the "
        "project can lift the hold."
    )


def explain_full_disk() -> str:
    return _("The server has no space left. What was saved so far is safe. Try again later, or tell the administrator.")


def explain_unavailable_store() -> str:
    return _("The recordings can't be reached at the moment. Nothing is lost. Try again in a minute.")


def explain_failure(error: str) -> str:
    """The sentence for `Transcription.error`."""
    if error in set(Reason):
        return str(REFUSALS[Reason(error)])
    if error in FETCHING:
        return str(FETCHING[error])
    if error in MACHINE:
        return str(MACHINE[error])
    kind = ErrorKind(error) if error in set(ErrorKind) else ErrorKind.UNKNOWN
    return str(FAILURES[kind])


def explain_search_error(error: BadPattern | BadReplacement | TooSlow | Busy) -> str:
    """Why a search failed."""
    if isinstance(error, Busy):
        return _("Other searches are still running. Try again in a moment.")
    if isinstance(error, BadReplacement):
        return _("The replacement cannot contain %(part)s: the regular expression has no such group.") % {
            "part": error.part
        }
    if isinstance(error, TooLarge):
        return _("The search was stopped: the replacements are too large. Use a shorter one.")
    if isinstance(error, TooComplex):
        return _("A regular expression cannot call itself or repeat something so often. Use a simpler one.")
    if isinstance(error, TooSlow):
        return _("The search was stopped: this regular expression takes too long. Use a simpler one.")
    if error.position:
        return _("This is not a valid regular expression. Check character %(position)s.") % {"position": error.position}
    return _("This is not a valid regular expression.")


def report_replaced(count: int, left: int) -> str:
    """How many rows were replaced, and how many were left alone."""
    done = ngettext("Replaced in %(count)s place.", "Replaced in %(count)s places.", count) % {"count": count}
    if not left:
        return done
    rows = ngettext(
        "%(left)s row was left unchanged: it has changed in the meantime, or would have become empty.",
        "%(left)s rows were left unchanged: they have changed in the meantime, or would have become empty.",
        left,
    ) % {"left": left}
    return f"{done} {rows}"


def report_taken_over(count: int, left: int) -> str:
    """How many rows were taken over, and how many were left alone."""
    done = ngettext("%(count)s row applied.", "%(count)s rows applied.", count) % {"count": count}
    if not left:
        return done
    rows = ngettext(
        "%(left)s row was left unchanged: someone has changed it in the meantime.",
        "%(left)s rows were left unchanged: someone has changed them in the meantime.",
        left,
    ) % {"left": left}
    return f"{done} {rows}"


def get_project_name(project: Project, user: User) -> str:
    """A person's own project has the same name for everyone; somebody else's carries its owner's name."""
    return _("Personal") if project.personal_of_id == user.pk else project.name
