"""From 0.9.0 on migrations are only added: what was released stays as it is, and databases of then are upgraded."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db.migrations.loader import MigrationLoader

from tests.processes import ROOT

FOLDER = ROOT / "transcripts/migrations"
# Released migrations, by the hash of their content. Add one when it is released; never change one.
RELEASED = {
    "0001_initial": "57abbf256d43a22f748ca7216f019fe8fc71f843c5c53a40f1c659b127b207b6",
    "0002_search": "156e142cd2ab445730557b1f8ec04ff5ee6581bd3bf10cf5ba842360d8414887",
    "0003_answer_body": "56ab34eadb9a37e1fca1605637543bcc9b1645e075167d89f535fa7891351377",
    "0004_tracks": "59dd9f92e96db55fb3879a47d30090e415065bc1d43268290eab86b8844c6afe",
    "0005_bin": "b1647c2e850dab2b02dfe5c8995ad588a1db9b44f3cf65cbef6d97000d97dedf",
    "0006_moves": "8e6011a3c7819586662ebe810dd636115190434fca009dda440c102076b7a96f",
    "0007_unattached_transcripts": "34adad8a1d555a844d22ec84896c0b753a4d2f2cac2e34cef11cc217ffaee858",
    "0008_audit": "e582636a2401388ef8a5778f42748ab3b2ff2682fdda28441f7f84c814f7de66",
    "0009_encrypted_secrets": "3bb951728a24a3668cd576b09d151040c4a63938ab72e918d2a23e22eeb8bf7e",
    "0010_colours_and_current": "2224d22df4953ac75637119f3b4b4f20872eccc3e4f6e459ca1c8ec6ce2642de",
    "0011_growing_uploads": "242ec432ff078f978be63451234b1e7d2b5e3e163e292e6243414eb3c8f628da",
    "0012_click_edits": "bd8f48abdc6a9a90b9e630307db14927666b60d6777e51291e815c7c4d445c70",
    "0013_page_preferences": "7b926da85f4b652aa64517b67f87b3c375ddef7657ac5e83741a20320395009a",
    "0014_reading": "4990583946c48c8c2d78d1fa45525a7b48d90d0f64128387fbdc852af435525b",
    "0015_files": "23148791010a47d04dfdc6666b9ec6810d1b14f113e7d0cff3f9be74c518afd6",
    "0016_workers": "50bfabdac935a7b009e52f9288d1e7862b4011eda0a34277dcc97a6b01e11a27",
    "0017_heartbeats": "d019d1bffda934ab4c07b4f929907eb389101ecc3944d665e33795cc0d16f324",
    "0018_backups_and_retention": "dfe3fd2e6648f2a1bd6673600b8d3e4a2cc1b643d501babff386f2d1f6e98ccc",
    "0019_downloads": "e5c5b4aa627bc7ed02833ca33546813b7286763ad1bf7dacf5b0a9fcb2a5129d",
    "0020_tags_and_hashes": "6d53da8f12244d444c185aaa6bbc6dbedd4cd56c5fa14cbe076743e7a3fa2226",
    "0021_growth": "00bbf1cdba9d936e07d5a1a2c4f055b6146d3d36bd27bfd133c2628fd156201a",
    "0022_search_texts": "b81f819acda938b688b1ad6773da2ddf283aeca28d3d96b428395cf9280a421c",
    "0023_transcript_counts": "80bce22ba85150fd200149060879298013aa3a2e4209f3197d3c3dfed2df7d1d",
    "0024_working_with_many": "481cfbcdffa30846f83048c589d970de0897a6c8596ba145a5dda169fa580477",
    "0025_transcript_accuracies": "df37a1ba2a5d9976192abd67517cf5d2c74c60ab3049486d921ee28282d3db03",
    "0026_glossary": "aed650295de140d8d3588e9c053aa0cb006b49585f6c2989f843096dce51a620",
    "0027_effort": "78be44cd520af4513359cbf3d9b7d4c8a66b414161e2c359aeedd718d45497f7",
    "0028_abbreviations": "b97f8c90e7060dcb0e3c00e7d2cc263f8096cb72252446b74b97ab778196474b",
    "0029_offers": "1e07f1d7b4ba32659320206315eca7093583860c78be290dd1527310a5be72a2",
    "0030_diarizations": "6ff1d6ca20b60f118ebcd7bb4f6e4422da9adcea7e8d7465442a64507faef43a",
    "0031_kept_voices": "664f21519fceb4d3595430bee29df167fed322450e2f2abe17dd8b262fb26100",
    "0032_transcript_index": "bab592cdfcbc0ce155db35fc6baf458cc6847fb6d41fc2b3cd9f79a4ad10fe3e",
    "0033_titles": "912767963a91cac146779fc39f9fcfbad08215e0d4aa52142b43c8490489c539",
    "0034_diarization_by_state": "f621ce2a59302fb9f70d0d20bee0de3853dd517d2f5ff65a4a065e2ca64f0d03",
}


def hash_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_released_migrations_are_unchanged() -> None:
    assert {name: hash_of(FOLDER / f"{name}.py") for name in RELEASED} == RELEASED


FIRST = "0015"  # of 1.0.0; those before upgrade 0.9.0, which stops for it
EXPANDING = (
    *("AddField", "AddIndex", "CreateModel", "RemoveIndex", "RunPython", "RunSQL"),
    *("AlterModelOptions", "AlterModelManagers"),
)


def narrows(operation: Any) -> bool:
    """Whether a process of the version before could no longer read or write what this operation leaves."""
    if type(operation).__name__ == "AddField":
        field = operation.field
        return not (field.null or field.many_to_many or field.has_db_default())
    return type(operation).__name__ not in EXPANDING


def test_migrations_let_the_version_before_go_on() -> None:
    loader = MigrationLoader(None)
    found = {
        f"{name}: {operation.describe()}"
        for (app, name), migration in loader.disk_migrations.items()
        for operation in migration.operations
        if app == "transcripts" and name >= FIRST and narrows(operation)
    }
    assert found == set()
