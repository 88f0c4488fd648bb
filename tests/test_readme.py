from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def variables_in(source: str) -> set[str]:
    """The names of environment variables that a module reads, by `flashweb.environment` or by itself."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr == "setdefault":  # Written for a library, not read.
                continue
            owner = ast.unparse(node.func.value)
            if owner in {"env", "environment", "os.environ"} or ast.unparse(node.func) == "os.getenv":
                found |= names_in(node.args[0])
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            found |= names_in(node.slice)
    return found


def names_in(node: ast.expr) -> set[str]:
    value = node.value if isinstance(node, ast.Constant) else None
    return {value} if isinstance(value, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", value) else set()


def test_readme_lists_every_variable_and_no_other() -> None:
    read = set()
    for folder in ("flashweb", "transcripts"):
        for path in (ROOT / folder).rglob("*.py"):
            read |= variables_in(path.read_text())
    rows = re.findall(r"^\| (`[A-Z].*?) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)}
    assert listed == read


def test_variables_are_found_however_they_are_read() -> None:
    source = """
import os
from flashweb import environment as env
A = env.text("ONE", "DEFAULT")
B = env.queue("TWO", env.text("THREE"), default="x")
C = os.environ["FOUR"], os.environ.get("FIVE"), os.getenv("SIX"), os.environ.pop("SEVEN", "")
D = other.text("NOT"), os.environ.setdefault("NOR", "1")
"""
    assert variables_in(source) == {"ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN"}


def test_every_guarantee_of_working_together_names_tests_that_are_there() -> None:
    text = (ROOT / "docs/collaboration.md").read_text()
    guarantees = re.findall(r"^\d+\. .*?(?=^\d+\. |^What is not)", text, re.MULTILINE | re.DOTALL)
    assert len(guarantees) == 10
    for guarantee in guarantees:
        named = re.findall(r"`(tests/[\w./]+)?(?:::)?(test_\w+)?`", guarantee)
        assert named, guarantee
        source = ""
        for path, test in named:
            source = (ROOT / path).read_text() if path else source
            assert not test or f"def {test}(" in source, f"{path}::{test}"


def test_changelog_begins_with_this_version_and_its_date() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    first = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first
    assert re.fullmatch(rf"{re.escape(version)} \(\d{{4}}-\d\d-\d\d\)", first[1])
