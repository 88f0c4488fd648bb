"""The house is built as README.md says: imports point downwards, and floor 1 knows no Django."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "transcripts"
MODULES = sorted(path for path in HOUSE.rglob("*.py") if "migrations" not in path.parts)
LONGEST_MODULE = 450

FLOORS = {
    **dict.fromkeys(("text", "audio", "flash", "flashserver", "exports", "imports"), 1),
    **dict.fromkeys(("enums", "errors", "models", "apps"), 2),
    **dict.fromkeys(("services", "jobs", "queries", "asides", "searching", "access", "sentences"), 3),
    **dict.fromkeys(
        (
            "views",
            "forms",
            "aside_forms",
            "export_form",
            "import_form",
            "project_forms",
            "searchforms",
            "context",
            "middleware",
            "account_adapter",
            "account_forms",
            "templatetags",
            "management",
        ),
        4,
    ),
}
# What the packages of floor 1 may use of each other.
USES = {
    "text": set[str](),
    "audio": set[str](),
    "flash": {"text"},
    "flashserver": {"text", "flash", "audio"},
    "exports": {"text", "flash"},
    "imports": {"text", "flash", "exports"},
}


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


IMPORTS = {name_of(path): imports_of(path) for path in MODULES}
PARTS = {name: name.split(".")[1] for name in IMPORTS if "." in name}
OURS = {name: {found.split(".")[1] for found in IMPORTS[name] if found.startswith("transcripts.")} for name in PARTS}


def test_every_module_has_its_floor() -> None:
    assert set(PARTS.values()) - FLOORS.keys() == set()


def test_imports_point_downwards() -> None:
    upwards = {name: {used for used in OURS[name] if FLOORS[used] > FLOORS[part]} for name, part in PARTS.items()}
    assert {name: parts for name, parts in upwards.items() if parts} == {}


def test_packages_of_the_first_floor_use_only_what_they_may() -> None:
    strange = {name: OURS[name] - USES[part] - {part} for name, part in PARTS.items() if part in USES}
    assert {name: parts for name, parts in strange.items() if parts} == {}


def test_first_floor_knows_no_django_and_only_commands_know_what_starts_them() -> None:
    """Everyone between them reads `django.conf.settings`."""
    strange = {}
    for name, part in PARTS.items():
        others = {found.split(".")[0] for found in IMPORTS[name]}
        forbidden = {"tests"} if part == "management" else {"tests", "flashweb"}
        if FLOORS[part] == 1:
            forbidden |= {"django", "django_htmx", "huey"}
        strange[name] = others & forbidden
    assert {name: found for name, found in strange.items() if found} == {}


def test_every_module_can_be_read_in_one_sitting() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length >= LONGEST_MODULE} == {}


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
