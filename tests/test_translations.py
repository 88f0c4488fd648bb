from __future__ import annotations

import polib
import pytest

from tests.translations import CATALOGUE, faults, gather


@pytest.mark.processes
def test_chinese_catalogue_has_every_message_translated_and_none_fuzzy() -> None:
    assert faults(polib.pofile(str(CATALOGUE)), gather()) == []


def test_faults_names_what_is_missing_twice_untranslated_fuzzy_and_unused() -> None:
    gathered = polib.POFile()
    gathered += [polib.POEntry(msgid=msgid) for msgid in ("Play", "Pause", "Stop", "Mute")]
    catalogue = polib.POFile()
    catalogue += [
        polib.POEntry(msgid="Play", msgstr=""),
        polib.POEntry(msgid="Pause", msgstr="暂停", flags=["fuzzy"]),
        polib.POEntry(msgid="Rewind", msgstr="倒带"),
        polib.POEntry(msgid="Stop", msgstr="停"),
        polib.POEntry(msgid="Stop", msgstr="停止"),
    ]
    assert faults(catalogue, gathered) == [
        "not gathered (make messages): Mute",
        "no longer used (make messages): Rewind",
        "untranslated: Play",
        "fuzzy: Pause",
        "twice: Stop",
    ]
