"""What the interface says of errors: what happened, what was kept, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from transcripts.audio.results import Reason
from transcripts.enums import Role
from transcripts.flash.errors import ErrorKind
from transcripts.flash.options import OPTION_FIELDS, RecognitionOptions
from transcripts.options import Kind, OptionField
from transcripts.text.finding import BadPattern, BadReplacement, TooSlow

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from transcripts.models import Project

SHOWN_ITEMS = 5  # of thousands of hot words

ROLES = {
    Role.OWNER: gettext_lazy("Does everything: members, settings, deleting"),
    Role.EDITOR: gettext_lazy("Adds recordings, corrects and comments"),
    Role.VIEWER: gettext_lazy("Reads, listens and exports"),
}

RULES = {
    "no_words": gettext_lazy("No words"),
    "overlap": gettext_lazy("Goes on after the speaker's next row has begun"),
    "fast": gettext_lazy("Too fast to be read as a caption"),
    "long": gettext_lazy("Very long row"),
    "unpaired": gettext_lazy("Bracket or quotation mark without its other half"),
    "twice": gettext_lazy("Said twice"),
    "numbers": gettext_lazy("Numbers in digits and in characters"),
    "spacing": gettext_lazy("Spacing between Chinese and Latin"),
    "half_width": gettext_lazy("Half-width sign in Chinese"),
    "full_width": gettext_lazy("Full-width sign in English"),
    "wide_letters": gettext_lazy("Full-width letters or digits"),
    "doubled": gettext_lazy("Several signs in a row"),
    "stray_space": gettext_lazy("Space where none belongs"),
    "double_space": gettext_lazy("Several spaces in a row"),
}

REFUSALS = {
    Reason.EMPTY: gettext_lazy("The file is empty."),
    Reason.UNREADABLE: gettext_lazy("This is no audio or video file that can be read."),
    Reason.NO_AUDIO: gettext_lazy("The file has pictures but no sound."),
    Reason.TOO_LONG: gettext_lazy("The recording is too long."),
    Reason.LIMITS: gettext_lazy("The file needs more memory or time than a recording should."),
}

# Why a portable bundle was not taken, and with what it holds.
BUNDLES = {
    "bundle_broken": gettext_lazy("The bundle is damaged, or was not made by Flashweb."),
    "bundle_newer": gettext_lazy(
        "The bundle was made by a newer Flashweb. This one has to be brought up to date first."
    ),
    "bundle_large": gettext_lazy("The bundle holds more than a transcript and its recording can."),
    "bundle_room": gettext_lazy("There is no room left on the server for the recording in the bundle."),
}

FAILURES = {
    ErrorKind.BAD_CREDENTIALS: gettext_lazy(
        "The service does not accept the key. The administrator has to check it; the recording is kept."
    ),
    ErrorKind.NOT_GRANTED: gettext_lazy(
        "The key is good, but flash recognition is not activated for it. "
        "The administrator has to activate the resource in the console, or to name another one in FLASH_RESOURCE_ID; "
        "the recording is kept."
    ),
    ErrorKind.INVALID_REQUEST: gettext_lazy(
        "The service did not accept the request: an option is missing or has a value that it does not know. "
        "Choose other options and recognise the recording again."
    ),
    ErrorKind.EMPTY_AUDIO: gettext_lazy(
        "The service found no sound in what it was sent. If somebody speaks in it, add a louder copy."
    ),
    ErrorKind.BAD_FORMAT: gettext_lazy(
        "The service could not read the format of the sound. Convert the recording to MP3 or WAV and add it again."
    ),
    ErrorKind.TOO_LARGE: gettext_lazy(
        "The recording is longer or larger than the service takes. Cut it, and add the parts."
    ),
    ErrorKind.BAD_URL: gettext_lazy(
        "The service could not fetch the recording from its address. Check the address, or add the file itself."
    ),
    ErrorKind.QUOTA: gettext_lazy("The quota of the account is used up. Try again when there is a new one."),
    ErrorKind.SPENT: gettext_lazy(
        "The account's quota or balance is used up. The administrator has to buy more in the console; "
        "the recording is kept."
    ),
    ErrorKind.CONCURRENCY: gettext_lazy(
        "The service is working on too many recordings of this account at once. Try again in a minute."
    ),
    ErrorKind.BUSY: gettext_lazy("The service is busy at the moment. The recording is kept; try again in a minute."),
    ErrorKind.INTERNAL: gettext_lazy("The service failed with an error of its own. The recording is kept; try again."),
    ErrorKind.REFUSED: gettext_lazy(
        "The service can't be reached. The recording is kept; try again when the network is back."
    ),
    ErrorKind.UNCLEAR: gettext_lazy(
        "The connection broke before the answer was whole. The service may have done the work and may bill it; "
        "try again if that is no matter."
    ),
    ErrorKind.MALFORMED: gettext_lazy(
        "The answer of the service can't be understood. The recording is kept; try again."
    ),
    ErrorKind.UNKNOWN: gettext_lazy(
        "The service reported an error that is not in its documentation. Try again, or ask its support with the logid."
    ),
}

FETCHING = {
    "address_not_http": gettext_lazy("The address must begin with http:// or https://."),
    "address_not_public": gettext_lazy("The address is not a public one. Add the file itself."),
    "address_unreachable": gettext_lazy(
        "There is no recording to be had at the address. Check it, or add the file itself."
    ),
    "address_too_large": gettext_lazy("The recording at the address is too large. Add a smaller copy."),
    "address_too_slow": gettext_lazy("The address answers too slowly. Try again, or add the file itself."),
}

IMPOSSIBLE = {
    "split": gettext_lazy("Put the caret between two words: both halves of a row need one."),
    "merge": gettext_lazy("The two rows are not neighbours any more. Look at them again."),
    "move": gettext_lazy("A row must end after it starts."),
    "second_reader": gettext_lazy("You edited it last. In this project somebody else verifies it."),
}


def explain_impossible(what: str) -> str:
    return str(IMPOSSIBLE[what])


def describe_options(chosen: RecognitionOptions) -> list[str]:
    """What was asked for other than the usual, each with its label."""
    usual = RecognitionOptions()
    return [
        _describe_option(option, value)
        for option in OPTION_FIELDS
        if (value := getattr(chosen, option.name)) != getattr(usual, option.name)
    ]


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


def explain_refusal(file_name: str, reason: str) -> str:
    return _("%(file)s: %(reason)s It was not stored.") % {
        "file": file_name,
        "reason": BUNDLES.get(reason) or REFUSALS[Reason(reason)],
    }


def explain_failure(error: str) -> str:
    """The sentence for `Transcription.error`."""
    if error in set(Reason):
        return str(REFUSALS[Reason(error)])
    if error in FETCHING:
        return str(FETCHING[error])
    kind = ErrorKind(error) if error in set(ErrorKind) else ErrorKind.UNKNOWN
    return str(FAILURES[kind])


def explain_search_error(error: BadPattern | BadReplacement | TooSlow) -> str:
    """Why a search found nothing out."""
    if isinstance(error, BadReplacement):
        return _("The replacement can't hold %(part)s: there is no such group in the regular expression.") % {
            "part": error.part
        }
    if isinstance(error, TooSlow):
        return _("The search was stopped: this regular expression takes too long. Make it simpler.")
    if error.position:
        return _("This is not a valid regular expression: look at character %(position)s.") % {
            "position": error.position
        }
    return _("This is not a valid regular expression.")


def report_replaced(count: int, left: int) -> str:
    """What replacing did, and how many rows it left alone."""
    done = ngettext("%(count)s place replaced.", "%(count)s places replaced.", count) % {"count": count}
    if not left:
        return done
    rows = ngettext(
        "%(left)s row was left as it is: it has changed meanwhile, or nothing would be left of it.",
        "%(left)s rows were left as they are: they have changed meanwhile, or nothing would be left of them.",
        left,
    ) % {"left": left}
    return f"{done} {rows}"


def report_taken_over(count: int, left: int) -> str:
    """What taking over did, and how many rows it left alone."""
    done = ngettext("%(count)s row taken over.", "%(count)s rows taken over.", count) % {"count": count}
    if not left:
        return done
    rows = ngettext(
        "%(left)s row was left as it is: somebody has changed it meanwhile.",
        "%(left)s rows were left as they are: somebody has changed them meanwhile.",
        left,
    ) % {"left": left}
    return f"{done} {rows}"


def get_project_name(project: Project, user: User) -> str:
    """One's own project is called the same by everybody; that of somebody else bears his name."""
    return _("Personal") if project.personal_of_id == user.pk else project.name
