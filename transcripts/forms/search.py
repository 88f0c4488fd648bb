"""Forms for searching and replacing."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from transcripts import places
from transcripts.messages import explain_search_error
from transcripts.models import Project, Transcript
from transcripts.places import Busy, OneEach
from transcripts.queries.library_search import LIBRARY_SECONDS
from transcripts.queries.project_recurrences import ProjectFindings, find_in_project
from transcripts.queries.search import MOST_SHOWN, Findings, find_in_transcript
from transcripts.services.editing.replace import TickedHit
from transcripts.text import finding
from transcripts.text.recurrences import SoundSearch

# In each web process. A person who types on searches again and again.
_PEOPLE = OneEach(longest_wait_s=3)
Result = TypeVar("Result")

TICKED = re.compile(r"[1-9]\d{0,17}(:\d{1,9}){2}", re.ASCII)

MODES = [
    (finding.Mode.PLAIN.value, gettext_lazy("Any text")),
    (finding.Mode.WORD.value, gettext_lazy("Whole words")),
    (finding.Mode.REGEX.value, gettext_lazy("Regular expression")),
]
OF_MEMBERS = [*MODES, (finding.Mode.SOUND.value, gettext_lazy("By sound"))]


class SearchForm(forms.Form):
    """A search. If valid, `search` is what to find; None if the query is empty."""

    seconds = finding.SECONDS
    search: finding.Search | None = None

    q = forms.CharField(
        required=False,
        strip=False,
        max_length=finding.MAX_QUERY,
        label=gettext_lazy("Find"),
        error_messages={"max_length": gettext_lazy("The search text is too long.")},
    )
    mode = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Search mode"),
        choices=MODES,
    )

    def clean_mode(self) -> finding.Mode:
        return finding.Mode(self.cleaned_data["mode"] or finding.Mode.PLAIN)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if not self.errors and cleaned["q"]:
            try:
                self.search = self._make_search(cleaned["q"], cleaned["mode"], cleaned.get("replace", ""))
            except (finding.BadPattern, finding.BadReplacement) as error:
                self.refuse(error)
        return cleaned

    def _make_search(self, query: str, mode: finding.Mode, replace: str) -> finding.Search:
        if mode == finding.Mode.SOUND:
            return SoundSearch(query, replace=replace)
        return finding.Search(query, mode, replace=replace, seconds=self.seconds)

    def ask(self, asker: Hashable, find: Callable[[finding.Search], Result]) -> Result | None:
        """What `find` finds: one search at a time for each `asker`. None if there is nothing to find or it failed."""
        if not self.is_valid() or not self.search:
            return None
        try:
            with _PEOPLE.hold(asker), places.WORK.hold():
                return find(self.search)
        except (finding.TooSlow, Busy) as error:
            self.refuse(error)
            return None

    def refuse(self, error: finding.BadPattern | finding.BadReplacement | finding.TooSlow | Busy) -> None:
        """Adds an error of the search, which may only appear while searching."""
        self.add_error("replace" if isinstance(error, finding.BadReplacement) else "q", explain_search_error(error))


class LibrarySearchForm(SearchForm):
    seconds = LIBRARY_SECONDS

    def clean_q(self) -> str:
        q: str = self.cleaned_data["q"]
        return q.strip()


class HitsField(forms.Field):
    """Hits as `FoundHit.key` identifies them: one or more per value, separated by spaces."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[TickedHit]:
        keys = " ".join(value or []).split()
        if len(keys) > MOST_SHOWN or not all(TICKED.fullmatch(key) for key in keys):
            raise forms.ValidationError(_("These are not matches of this search."))
        return [TickedHit(*map(int, key.split(":"))) for key in keys]


class FindForm(SearchForm):
    """Replaces only if `replace` is given; "" is a replacement too."""

    mode = forms.ChoiceField(required=False, label=gettext_lazy("Search mode"), choices=OF_MEMBERS)
    replace = forms.CharField(
        required=False,
        strip=False,
        max_length=finding.MAX_QUERY,
        label=gettext_lazy("Replace with"),
        error_messages={"max_length": gettext_lazy("The replacement is too long.")},
    )

    def find_hits(self, transcript: Transcript, asker: Hashable) -> Findings | None:
        """The hits; None if the query is empty or refused."""
        return self.ask(asker, lambda search: find_in_transcript(transcript, search))


class ProjectFindForm(FindForm):
    """By sound, over a project."""

    def find_in_project(self, project: Project, asker: Hashable) -> ProjectFindings | None:
        return self.ask(asker, lambda search: find_in_project(project, cast(SoundSearch, search)))

    def clean_mode(self) -> finding.Mode:
        return finding.Mode.SOUND


class GuestFindForm(FindForm):
    """For people without an account: no regular expressions, whose cost others would bear."""

    mode = forms.ChoiceField(required=False, choices=MODES[:-1])


class ReplaceForm(FindForm):
    hits = HitsField()
    request_key = forms.CharField(max_length=64, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not self.search:
            self.add_error("q", _("Enter the text to replace."))
        return cleaned
