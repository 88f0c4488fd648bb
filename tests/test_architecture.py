"""The house is built as README.md says: imports point downwards, run in no circle, and floor 1 knows no Django."""

from __future__ import annotations

import ast
import os
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "transcripts"
MODULES = sorted(path for path in HOUSE.rglob("*.py") if "migrations" not in path.parts)
LONGEST_MODULE = 450
SCRIPTS = ROOT / "static" / "js"
# What the folders of scripts may import of: the pages stand on top, and the library is pure.
ROOMS = {
    "lib": {"lib"},
    "elements": {"lib", "elements"},
    "editor": {"lib", "elements", "editor"},
    "pages": {"lib", "elements", "editor"},
}
# `import … from "…"`, `import "…"` and `import("…")`, and the same in the types that comments name.
SCRIPT_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""")
COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)

# From the bottom to the top; what stands in one line uses nothing of its neighbours, but where USES says so.
FLOORS = (
    (
        "limited_child",
        "logs",
        "places",
        "text",
        "options",
        "audio",
        "diarization",
        "flash",
        "flashserver",
        "exports",
        "imports",
    ),
    ("enums", "errors", "queue", "locales"),
    ("models",),
    ("access", "messages"),
    ("queries",),
    ("services",),
    ("rendering", "templatetags", "tasks", "context", "signals", "admin"),
    ("forms", "middleware"),
    ("views",),
    ("urls", "management", "apps"),
)
FLOOR_OF = {part: number for number, parts in enumerate(FLOORS) for part in parts}
USES = {
    "text": set[str](),
    "audio": {"limited_child", "places"},
    "diarization": {"limited_child", "audio", "text"},
    "flash": {"text", "options"},
    "flashserver": {"text", "flash", "audio"},
    "exports": {"text", "options", "flash"},
    "imports": {"text", "options", "flash", "exports", "limited_child", "places"},
}
ONLY_COMMANDS_KNOW = {"tasks"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports_of(path: Path) -> set[str]:
    """The whole names of what a module imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            # `from transcripts import queue` imports a module, `from transcripts.errors import X` a name of one.
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def module_in(name: str) -> str:
    """The module of ours that an imported name is, or stands in."""
    return name if name in NAMES else name.rpartition(".")[0]


PARTS = {name: name.split(".")[1] for name in NAMES if "." in name}


@cache
def read_imports() -> dict[str, set[str]]:
    """Of each module. Where it is asked for: whoever collects the tests need not wait for it."""
    return {name_of(path): imports_of(path) for path in MODULES}


@cache
def find_ours() -> dict[str, set[str]]:
    """The modules of ours that each module uses."""
    return {
        name: {module_in(used) for used in found if used.startswith("transcripts.")} - {name}
        for name, found in read_imports().items()
    }


def test_every_module_has_its_floor() -> None:
    assert set(PARTS.values()) - FLOOR_OF.keys() == set()


def test_imports_point_downwards() -> None:
    climbing = {
        (name, used)
        for name, part in PARTS.items()
        for used in find_ours()[name]
        if used in PARTS and PARTS[used] != part and FLOOR_OF[PARTS[used]] >= FLOOR_OF[part]
        if PARTS[used] not in USES.get(part, set())
    }
    assert climbing == set()


def test_what_workers_run_is_known_to_commands_alone() -> None:
    strange = {name for name, part in PARTS.items() if part != "management"}
    assert {name for name in strange if {PARTS.get(used) for used in find_ours()[name]} & ONLY_COMMANDS_KNOW} == set()


def test_views_use_no_view() -> None:
    """What two of them need stands below."""
    views = {name for name, part in PARTS.items() if part == "views"}
    assert {name: find_ours()[name] & views for name in views if find_ours()[name] & views} == {}


def test_first_floor_knows_no_django_and_only_commands_know_what_starts_them() -> None:
    """Everyone between them reads `django.conf.settings`. The queue is known to one module."""
    strange = {}
    for name, part in PARTS.items():
        others = {found.split(".")[0] for found in read_imports()[name]}
        forbidden = {"tests"} if part == "management" else {"tests", "flashweb"}
        if FLOOR_OF[part] == 0:
            forbidden |= {"django", "django_htmx"}
        if part != "queue":
            forbidden |= {"huey"}
        strange[name] = others & forbidden
    assert {name: found for name, found in strange.items() if found} == {}


def test_errors_know_no_http() -> None:
    assert read_imports()["transcripts.errors"] == {"__future__.annotations", "errno"}


FOLDERS = sorted({name.rpartition(".")[0] for name in NAMES if "." in name})


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_in_a_folder_runs_in_a_circle(folder: str) -> None:
    """Its files and its folders, each folder taken as one."""
    depth = folder.count(".") + 1

    def child_of(name: str) -> str | None:
        parts = name.split(".")
        return parts[depth] if name.startswith(f"{folder}.") and len(parts) > depth else None

    graph: dict[str, set[str]] = {}
    for name, used in find_ours().items():
        if child := child_of(name):
            graph.setdefault(child, set()).update(other for one in used if (other := child_of(one)) and other != child)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_every_module_can_be_read_in_one_sitting() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length >= LONGEST_MODULE} == {}


def test_no_two_classes_bear_one_name() -> None:
    """But for `Meta` and `Command`, whose names Django asks for."""
    homes: dict[str, list[str]] = {}
    for path in [*MODULES, *sorted((ROOT / "flashweb").rglob("*.py"))]:
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ClassDef) and node.name not in ("Meta", "Command"):
                homes.setdefault(node.name, []).append(name_of(path))
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def test_packages_hold_no_logic_of_their_own() -> None:
    plain = (ast.Import, ast.ImportFrom, ast.Assign)
    for path in MODULES:
        if path.name != "__init__.py":
            continue
        for node in parse(path).body:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            assert docstring or isinstance(node, plain), f"{path}: line {node.lineno}"
            if isinstance(node, ast.Assign):
                assert [target.id for target in node.targets if isinstance(target, ast.Name)] == ["__all__"]


def test_tests_mirror_the_house() -> None:
    """A folder of tests that bears the name of a package tests that package, and each package has one."""
    tested = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and (HOUSE / path.name).is_dir()}
    packages = {path.parent.name for path in HOUSE.glob("*/__init__.py")} - {"migrations", "templatetags", "urls"}
    assert packages - tested == set()


def scripts_of(path: Path, text: str) -> set[str]:
    """The scripts that a script imports, by their paths from `static/js`; not what comes from packages."""
    names = {os.path.normpath(path.parent / name) for name in SCRIPT_IMPORT.findall(text)}
    return {os.path.relpath(name, SCRIPTS) for name in names if Path(name).is_relative_to(SCRIPTS)}


SCRIPT_TEXTS = {path: path.read_text() for path in sorted(SCRIPTS.rglob("*.js"))}


def test_scripts_import_downwards_types_too() -> None:
    strange = {}
    for path, text in SCRIPT_TEXTS.items():
        room = path.relative_to(SCRIPTS).parts[0]
        strange[path.name] = {name for name in scripts_of(path, text) if name.split("/")[0] not in ROOMS[room]}
    assert {name: found for name, found in strange.items() if found} == {}


def test_scripts_have_no_circles() -> None:
    """Not counting types. Each is named by its content when it is served, which in a circle has no end."""
    imports = {
        str(path.relative_to(SCRIPTS)): scripts_of(path, COMMENT.sub("", text)) for path, text in SCRIPT_TEXTS.items()
    }
    assert len(imports) > 60
    assert sum(map(len, imports.values())) > 150
    TopologicalSorter(imports).prepare()  # raises CycleError, which names them
