"""The page of a project's glossary: entries are added, approved, turned off, changed, merged, deleted and copied."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from tests.conftest import HTMX
from transcripts.enums import EntryState, Role
from transcripts.models import GlossaryEntry, Membership, Project, Transcript, Utterance
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.glossary.entries import EntryValues, keep_entries
from transcripts.services.projects.projects import create_project
from transcripts.services.recordings.delete import bin_recording

PROPOSED = EntryState.PROPOSED


@pytest.fixture
def project(lin: User) -> Project:
    return create_project(name="Talks", by=lin)


@pytest.fixture
def glossary(project: Project) -> str:
    """Its address; two terms are in use, and one is proposed."""
    values = [
        EntryValues("图灵", {"图林": 4, "图领": 1}, note="A mathematician"),
        EntryValues("Flashweb", {"flesh web": 2}, language="en-US"),
        EntryValues("Zenith", {"sennit": 2}, state=PROPOSED),
    ]
    keep_entries(project=project, values=values, by=None)
    return reverse("project_glossary", args=[project.pk])


def pk(term: str) -> int:
    return GlossaryEntry.objects.get(term=term).pk


def text(content: bytes) -> str:
    return " ".join(html.fromstring(content).text_content().split())


def change(client: Client, glossary: str, **asked: Any) -> Any:
    return client.post(f"{glossary}change/", asked)


def states() -> dict[str, tuple[str, bool]]:
    return {entry.term: (entry.state, entry.is_on) for entry in GlossaryEntry.objects.there()}


def test_page_tells_what_was_misheard_and_how_often(lins_client: Client, glossary: str) -> None:
    said = text(lins_client.get(glossary).content)
    assert "2 terms" in said
    assert "Proposed 1 From what was corrected at least twice. Zenith Heard as sennit ×2 Approve" in said
    assert "图灵 Heard as 图林 ×4, 图领 ×1 A mathematician Flashweb English Heard as flesh web ×2" in said
    assert '<html lang="en"' in lins_client.get(glossary).text


def test_page_takes_as_many_queries_for_many_entries(lins_client: Client, glossary: str, project: Project) -> None:
    with CaptureQueriesContext(connection) as few:
        lins_client.get(glossary)
    more = [EntryValues(f"term {at}", {f"{at} a": at, f"{at} b": 0}) for at in range(120)]
    more += [EntryValues(f"new {at}", {f"{at} a": at}, state=PROPOSED) for at in range(20)]
    keep_entries(project=project, values=more, by=None)
    with CaptureQueriesContext(connection) as many:
        page = lins_client.get(glossary)
    assert len(many) <= len(few)
    assert "Page 1 of 2" in text(page.content)


@pytest.mark.parametrize("sought", ["图林", "ＦＬＡＳＨ", "mathem", "flesh web", "flesh\x00  web "])
def test_terms_are_found_by_what_they_were_heard_as_too(lins_client: Client, glossary: str, sought: str) -> None:
    found = html.fromstring(lins_client.get(glossary, {"q": sought}).content)
    assert len(found.xpath("//section[@aria-labelledby='terms-title']//li")) == 1


def test_term_is_added_once(lins_client: Client, glossary: str) -> None:
    added = lins_client.post(glossary, {"term": " Kubernetes ", "mishearings": "cooper netties，库伯"}, follow=True)
    assert "“Kubernetes” was added." in text(added.content)
    entry = GlossaryEntry.objects.get(term="Kubernetes")
    assert sorted(entry.mishearings.values_list("text", "times")) == [("cooper netties", 0), ("库伯", 0)]
    for term, sentence in (("kubernetes", "The glossary has this term already."), (" ", "Enter a term.")):
        refused = lins_client.post(glossary, {"term": term})
        assert (refused.status_code, sentence in text(refused.content)) == (422, True)


def test_proposals_are_approved_and_dismissed(lins_client: Client, glossary: str) -> None:
    assert change(lins_client, glossary, one=f"dismiss {pk('Zenith')}").status_code == 302
    assert states()["Zenith"] == (EntryState.DISMISSED, True)
    assert "Dismissed 1 Zenith" in text(lins_client.get(glossary).content)
    change(lins_client, glossary, way="approve", entry=[pk("Zenith")])
    assert states()["Zenith"] == (EntryState.APPROVED, True)


def test_ticked_terms_are_turned_off_and_on(lins_client: Client, glossary: str) -> None:
    ticked = [pk("图灵"), pk("Flashweb")]
    change(lins_client, glossary, way="off", entry=ticked)
    change(lins_client, glossary, way="approve", entry=ticked)  # They are.
    assert not any(states()[term][1] for term in ("图灵", "Flashweb"))
    said = text(lins_client.get(glossary).content)
    assert ("in use: 0" in said, "图灵 off" in said) == (True, True)
    change(lins_client, glossary, way="on", entry=ticked[:1])
    assert (states()["图灵"][1], states()["Flashweb"][1]) == (True, False)


def test_deleting_can_be_undone(lins_client: Client, glossary: str) -> None:
    deleted = lins_client.post(
        f"{glossary}change/", {"way": "delete", "entry": [pk("图灵"), pk("Flashweb")]}, follow=True
    )
    assert "2 terms were deleted." in text(deleted.content)
    assert set(states()) == {"Zenith"}
    (undo,) = html.fromstring(deleted.content).xpath("//form[@class='glossary-undo']")
    change(lins_client, glossary, way="restore", entry=undo.xpath(".//input[@name='entry']/@value"))
    assert set(states()) == {"Zenith", "图灵", "Flashweb"}
    change(lins_client, glossary, one=f"delete {pk('图灵')}")
    lins_client.post(glossary, {"term": "图灵"})
    gone = GlossaryEntry.objects.exclude(deleted_at=None).get().pk
    refused = change(lins_client, glossary, one=f"restore {gone}")
    assert (refused.status_code, "has this term already" in text(refused.content)) == (422, True)


def test_entry_is_changed_and_tells_where_it_comes_from(lins_client: Client, project: Project, row: Utterance) -> None:
    row.transcript.recording.project = project
    row.transcript.recording.save()
    proposed = EntryValues("Zenith", {"sennit": 2}, state=PROPOSED, row=row)
    keep_entries(project=project, values=[proposed], by=None)
    address = reverse("glossary_entry", args=[project.pk, pk("Zenith")])
    page = lins_client.get(address)
    assert f"/transcripts/{row.transcript_id}/#u{row.pk}" in page.text
    assert "Where it comes from" in text(page.content)
    sent = {"term": "Zenit", "mishearings": "sennit\nsinit", "note": "A brand", "language": "en-US", "is_on": "on"}
    assert lins_client.post(address, sent).status_code == 302
    entry = GlossaryEntry.objects.get()
    assert (entry.term, entry.state, entry.language) == ("Zenit", EntryState.APPROVED, "en-US")
    assert list(entry.mishearings.values_list("text", "times")) == [("sennit", 2), ("sinit", 0)]
    for wrong in ({"term": ""}, {"term": "x" * 101}, {"term": "x", "language": "xx"}):
        assert lins_client.post(address, wrong).status_code == 422


def test_entry_is_merged_into_the_one_that_is_named(lins_client: Client, glossary: str) -> None:
    address = reverse("glossary_merge", args=[GlossaryEntry.objects.get(term="Zenith").project_id, pk("Zenith")])
    for wrong in ("", "nowhere", "Zenith"):
        assert lins_client.post(address, {"into": wrong}).status_code == 422
    merged = lins_client.post(address, {"into": "FLASHWEB"}, follow=True)
    assert "“Zenith” was deleted or merged." in text(merged.content)
    assert list(GlossaryEntry.objects.get(term="Flashweb").mishearings.values_list("text", flat=True)) == [
        "flesh web",
        "sennit",
    ]


def test_terms_are_copied_to_projects_that_one_may_edit(
    lins_client: Client, lin: User, ana: User, glossary: str
) -> None:
    own, other = get_personal_project(lin), create_project(name="Far", by=ana)
    Membership.objects.create(project=other, user=lin, role=Role.VIEWER)
    offered = html.fromstring(lins_client.get(glossary).content).xpath("//select[@name='project']/option")
    assert [option.text.strip() for option in offered] == ["Personal"]
    copied = lins_client.post(
        f"{glossary}change/", {"way": "copy", "entry": [pk("图灵")], "project": own.pk}, follow=True
    )
    assert "1 term is new there." in text(copied.content)
    assert own.glossary.get().term == "图灵"
    ticked = [GlossaryEntry.objects.get(term="Flashweb").pk]
    assert change(lins_client, glossary, way="copy", entry=ticked, project=other.pk).status_code == 403
    assert change(lins_client, glossary, way="copy", entry=ticked).status_code == 404


def test_viewers_see_the_glossary_and_change_nothing(client: Client, ana: User, glossary: str) -> None:
    project = Project.objects.get(name="Talks")
    Membership.objects.create(project=project, user=ana, role=Role.VIEWER)
    client.force_login(ana)
    page = client.get(glossary)
    assert "图灵 Heard as" in text(page.content)
    assert not html.fromstring(page.content).xpath("//main//form[@method='post']")
    entry = client.get(reverse("glossary_entry", args=[project.pk, pk("图灵")]))
    assert "corrected 4 times" in text(entry.content)
    assert not html.fromstring(entry.content).xpath("//main//form")
    assert change(client, glossary, one=f"approve {pk('Zenith')}").status_code == 403


def test_entries_of_other_projects_are_not_touched(lins_client: Client, lin: User, glossary: str) -> None:
    far = create_project(name="Far", by=lin)
    elsewhere = reverse("project_glossary", args=[far.pk])
    change(lins_client, elsewhere, way="delete", entry=[pk("图灵")])
    assert "图灵" in states()
    assert lins_client.get(f"{elsewhere}{pk('图灵')}/").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"way": "eat"},
        {"one": "approve x"},
        {"one": f"delete {9 * 10**18}"},
        {"one": f"delete {9999 * 10**15}"},
        {"way": "on", "entry": ["x", "-1", "9" * 30]},
    ],
)
def test_strange_wishes_are_refused(lins_client: Client, glossary: str, wrong: dict[str, Any]) -> None:
    before = states()
    assert change(lins_client, glossary, **wrong).status_code in (302, 422)
    assert states() == before


def test_glossary_is_downloaded_and_imported_elsewhere(lins_client: Client, lin: User, glossary: str) -> None:
    table = lins_client.get(f"{glossary.removesuffix('/')}.csv")
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert table.text.removeprefix("\ufeff").splitlines() == [
        "term,misheard_as,times,note,language,in_use",
        "图灵,图林,4,A mathematician,,yes",
        "图灵,图领,1,A mathematician,,yes",
        "Flashweb,flesh web,2,,en-US,yes",
    ]
    far = reverse("project_glossary", args=[create_project(name="Far", by=lin).pk])
    for sentence in ("2 terms were added.", "0 terms were added."):
        file = SimpleUploadedFile("glossary.csv", table.content)
        imported = lins_client.post(f"{far}import/", {"file": file}, follow=True)
        assert sentence in text(imported.content)
    copied = lins_client.get(f"{far.removesuffix('/')}.csv")
    assert copied.content == table.content


@pytest.mark.long
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"term\n", "No text was found in the file."),
        (b'"' + b"x" * 200_000, "The content of the file does not match its name"),
        (b"", "The file is empty."),
    ],
)
def test_file_that_is_no_table_is_refused(lins_client: Client, glossary: str, content: bytes, sentence: str) -> None:
    before = states()
    refused = lins_client.post(f"{glossary}import/", {"file": SimpleUploadedFile("x.csv", content)})
    assert (refused.status_code, sentence in text(refused.content)) == (422, True)
    many = "\n".join(f"term {number}" for number in range(5001)).encode()
    refused = lins_client.post(f"{glossary}import/", {"file": SimpleUploadedFile("x.csv", many)})
    assert (refused.status_code, "room for 5,000 terms" in text(refused.content)) == (422, True)
    assert states() == before


def test_names_of_speakers_are_offered(lins_client: Client, transcript: Transcript) -> None:
    project = transcript.recording.project
    address = reverse("project_glossary", args=[project.pk])
    labels = list(transcript.speakers.order_by("pk"))
    for speaker, name in zip(labels, ("林薇", "Ana"), strict=True):
        speaker.name = name
        speaker.save()

    def offered() -> list[str]:
        return html.fromstring(lins_client.get(address).content).xpath("//form[@class='glossary-names']/button/@value")

    assert offered() == ["Ana", "林薇"]
    lins_client.post(address, {"term": "林薇"})
    assert (offered(), GlossaryEntry.objects.get().term) == (["Ana"], "林薇")
    bin_recording(recording=transcript.recording, by=project.members.get())
    assert offered() == []


def test_selected_words_are_remembered_at_once(lins_client: Client, row: Utterance, lin: User) -> None:
    def remember(**sent: Any) -> Any:
        return lins_client.post(reverse("utterance_remember", args=[row.pk]), sent, headers=HTMX)

    edit_utterance(utterance=row, save=Save(text="欢迎林薇来。", base_version=row.version), by=lin)
    answer = remember(term="林薇", start=2, end=4)
    assert (answer.status_code, answer.text) == (200, "“林薇” is in the glossary.")
    entry = GlossaryEntry.objects.get()
    assert (entry.term, entry.state, entry.is_on, entry.row) == ("林薇", EntryState.APPROVED, True, row)
    assert list(entry.mishearings.values_list("text", "times")) == [("Lin", 1)]
    assert remember(term="林薇", start=2, end=4).status_code == 200
    assert remember(term="欢迎", start=0, end=2).status_code == 200
    assert not GlossaryEntry.objects.get(term="欢迎").mishearings.exists()
    for wrong in (
        {},
        {"term": " ", "start": 0, "end": 0},
        {"term": "x" * 101, "start": 0, "end": 1},
        {"term": "\u200b", "start": 0, "end": 1},
    ):
        assert remember(**wrong).status_code == 422
    assert "Select the words of a name or term first." in remember(term="", start=0, end=0).text
    row.refresh_from_db()
    assert row.text == "欢迎林薇来。"
