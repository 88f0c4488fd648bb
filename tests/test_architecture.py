"""The house is built as README.md says: imports point downwards, and floor 1 knows no Django."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "transcripts"
MODULES = sorted(path for path in HOUSE.rglob("*.py") if "migrations" not in path.parts)
LONGEST_MODULE = 450

FLOORS = {
    **dict.fromkeys(("text", "audio", "flash", "flashserver", "exports"), 1),
    **dict.fromkeys(("enums", "errors", "models", "apps"), 2),
    **dict.fromkeys(("services", "jobs", "queries", "access", "sentences"), 3),
    **dict.fromkeys(("views", "forms", "context", "middleware", "templatetags", "management"), 4),
}
# What the packages of floor 1 may use of each other.
USES = {
    "text": set[str](),
    "audio": set[str](),
    "flash": {"text"},
    "flashserver": {"text", "flash", "audio"},
    "exports": {"text", "flash"},
}


def part_of(name: str) -> str:
    """`models` for `transcripts.models.leases`."""
    return name.split(".")[1]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> set[str]:
    """The whole names of what a module imports, wherever in it the import stands."""
    found: set[str] = set()
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            # `from transcripts import jobs` imports a module, `from transcripts.errors import X` a name of one.
            found |= {f"{origin}.{alias.name}" for alias in node.names}
    return found


def ours(path: Path) -> set[str]:
    return {part_of(name) for name in imports_of(path) if name.startswith("transcripts.")}


MODULE_IDS = [name_of(path) for path in MODULES]


def test_every_module_has_its_floor() -> None:
    parts = {part_of(name) for name in MODULE_IDS if "." in name}
    assert parts - FLOORS.keys() == set()


@pytest.mark.parametrize("path", MODULES, ids=MODULE_IDS)
def test_imports_point_downwards(path: Path) -> None:
    if path.parent == HOUSE and path.name == "__init__.py":
        assert imports_of(path) <= {"__future__.annotations"}
        return
    own = part_of(name_of(path))
    above = {part for part in ours(path) if FLOORS[part] > FLOORS[own]}
    assert above == set()
    if own in USES:
        assert ours(path) - USES[own] - {own} == set()


@pytest.mark.parametrize("path", MODULES, ids=MODULE_IDS)
def test_only_the_upper_floors_know_the_frame(path: Path) -> None:
    """Floor 1 has no Django; `flashweb/` is asked only by commands, everyone else reads `django.conf.settings`."""
    others = {name.split(".")[0] for name in imports_of(path)}
    part = part_of(name_of(path)) if path.parent != HOUSE or path.name != "__init__.py" else "apps"
    if FLOORS[part] == 1:
        assert others & {"django", "django_htmx", "huey", "flashweb"} == set()
    if part != "management":
        assert "flashweb" not in others
    assert "tests" not in others


@pytest.mark.parametrize("path", MODULES, ids=MODULE_IDS)
def test_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) < LONGEST_MODULE


def test_packages_hold_no_logic_of_their_own() -> None:
    plain = (ast.Import, ast.ImportFrom, ast.Assign)
    for path in MODULES:
        if path.name != "__init__.py":
            continue
        for node in ast.parse(path.read_text()).body:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            assert docstring or isinstance(node, plain), f"{path}: line {node.lineno}"
            if isinstance(node, ast.Assign):
                assert [target.id for target in node.targets if isinstance(target, ast.Name)] == ["__all__"]


def test_tests_mirror_the_house() -> None:
    """Every folder of tests that bears the name of a package tests that package."""
    tested = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and (HOUSE / path.name).is_dir()}
    packages = {path.parent.name for path in HOUSE.glob("*/__init__.py")} - {"migrations", "templatetags"}
    assert packages - tested == set()
