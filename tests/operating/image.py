"""The Dockerfile done by hand in a fresh folder: for machines without a container engine.

Every instruction is carried out, and one that is not known here is refused. Stages are folders, in which the image's
paths lie. What would need the network or another user is done by substitutes, which check what they are asked for
(`substitutes.py`); all else in RUN lines is run by a shell as it stands, with the Python of this run.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from tests.operating.substitutes import ROOT, put_substitutes
from tests.processes import made_once

BASES = {"node:22-bookworm-slim", "python:3.13-slim-bookworm"}
MACHINE = "<of the base image>"  # in PATH: the python of the base image is that of this run


def move(text: str, roots: Mapping[str, Path]) -> str:
    """The text with paths as they are here: each folder that `roots` names lies under the folder given for it."""
    names = "|".join(sorted(map(re.escape, roots), key=len, reverse=True))
    return re.sub(rf"(?<![\w./-])({names})(?![\w.-])", lambda found: f"{roots[found[1]]}{found[1]}", text)


@dataclass
class Stage:
    root: Path
    base: str
    substitutes: Path
    folder: str = "/"
    user: str = "root"
    environment: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    def path(self, inside: str) -> Path:
        """Where a path of the image, or one relative to its folder, is on this machine."""
        return self.root / os.path.normpath(Path("/", self.folder, inside)).lstrip("/")

    @property
    def roots(self) -> dict[str, Path]:
        return dict.fromkeys(("/srv", "/tmp", "/var/lib/flashweb"), self.root)

    def run_environment(self, roots: Mapping[str, Path]) -> dict[str, str]:
        """Of a process in it: what the image says, and nothing of this machine but the mark of the tests."""
        given = {name: move(value, roots) for name, value in self.environment.items()}
        found = given["PATH"].replace(MACHINE, f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        return {
            **{name: value for name, value in os.environ.items() if name in {"LANG", "TEST_RUN_FOLDER"}},
            "TMPDIR": move("/tmp", roots),
            **given,
            "PATH": f"{self.substitutes}:{found}",
        }


def read_instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Name and argument of each."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def read_ignored(dockerignore: str) -> list[str]:
    return [line for line in dockerignore.splitlines() if line and not line.startswith("#")]


def is_ignored(path: str, patterns: list[str]) -> bool:
    """As Docker reads .dockerignore: patterns begin at the top, and `**/` stands for any folders, or none."""
    parts = path.split("/")
    for pattern in patterns:
        if pattern.startswith("**/"):
            if any(fnmatch(part, pattern[3:]) for part in parts):
                return True
        elif len(parts) > pattern.count("/") and all(map(fnmatch, parts, pattern.split("/"))):
            return True
    return False


class Image:
    """Built from a Dockerfile; `final` is the stage that runs."""

    def __init__(self, context: Path, folder: Path, **arguments: str) -> None:
        self.context, self.folder, self.arguments = context, folder, arguments
        self.ignored = read_ignored((context / ".dockerignore").read_text())
        self.substitutes = put_substitutes(folder / "substitutes")
        self.stages: dict[str, Stage] = {}
        umask = os.umask(0o022)  # as Docker has it
        try:
            for name, argument in read_instructions((context / "Dockerfile").read_text()):
                getattr(self, f"do_{name.lower()}")(argument)
        finally:
            os.umask(umask)

    @property
    def final(self) -> Stage:
        return list(self.stages.values())[-1]

    def do_from(self, argument: str) -> None:
        base, _, name = argument.partition(" AS ")
        assert base in BASES, f"{base}: not what the tests stand for"
        name = name or "final"
        root = self.folder / name
        (root / "tmp").mkdir(parents=True)
        self.stages[name] = Stage(root, base, self.substitutes, environment={"PATH": MACHINE})

    def do_arg(self, argument: str) -> None:
        name, _, default = argument.partition("=")
        self.final.arguments[name] = self.arguments.get(name, default)

    def do_workdir(self, argument: str) -> None:
        self.final.folder = str(Path(self.final.folder, argument))
        self.final.path(".").mkdir(parents=True, exist_ok=True)

    def do_env(self, argument: str) -> None:
        before = self.final.environment.copy()
        for pair in shlex.split(argument):
            name, _, value = pair.partition("=")
            self.final.environment[name] = re.sub(r"\$(\w+)", lambda found: before[found[1]], value)

    def do_copy(self, argument: str) -> None:
        *sources, target = argument.split()
        stage, source = self.final, self.context
        options = [name for name in sources if name.startswith("--")]
        if options:
            (option,) = options
            name, _, origin = option.partition("=")
            assert name == "--from", option
            source, sources = self.stages[origin].root, sources[1:]
        for name in sources:
            there = source / name.lstrip("/")
            onto = stage.path(target)
            if there.is_dir():
                shutil.copytree(there, onto, symlinks=True, dirs_exist_ok=True, ignore=self.ignore(source))
            else:
                assert source != self.context or not is_ignored(name, self.ignored), f"{name} is not in the context"
                shutil.copy2(there, onto / there.name if target.endswith("/") else onto)
        if options:  # A virtual environment knows where it was made.
            repair(stage.root, source)

    def ignore(self, source: Path) -> Callable[[str, list[str]], set[str]]:
        def ignored(folder: str, names: list[str]) -> set[str]:
            if source != self.context:
                return set()
            inside = os.path.relpath(folder, source)
            return {name for name in names if is_ignored(os.path.normpath(f"{inside}/{name}"), self.ignored)}

        return ignored

    def do_run(self, argument: str) -> None:
        """Collecting static files takes a quarter of a minute: it is tried, and those of the run are copied."""
        stage = self.final
        if "manage.py collectstatic" in argument:
            shutil.copytree(made_once("collectstatic") / "static", move(stage.environment["STATIC_ROOT"], stage.roots))
        command = argument.replace("manage.py collectstatic", "manage.py collectstatic --dry-run")
        done = subprocess.run(
            ["sh", "-ec", move(command, stage.roots)],
            cwd=stage.path("."),
            env={**stage.run_environment(stage.roots), **stage.arguments},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"RUN {argument}\n{done.stdout}\n{done.stderr}"

    def do_user(self, argument: str) -> None:
        self.final.user = argument

    def do_volume(self, argument: str) -> None:
        self.final.volumes += argument.split()

    def do_expose(self, argument: str) -> None:
        self.final.ports += map(int, argument.split())

    def do_healthcheck(self, argument: str) -> None:
        options, _, command = argument.partition(" CMD ")
        assert all(re.fullmatch(r"--(interval|timeout|start-period)=\d+s", option) for option in options.split())
        self.final.healthcheck = json.loads(command)

    def do_entrypoint(self, argument: str) -> None:
        self.final.entrypoint, self.final.command = json.loads(argument), []

    def do_cmd(self, argument: str) -> None:
        self.final.command = json.loads(argument)


def repair(root: Path, source: Path) -> None:
    """Programs of a virtual environment name the interpreter by its path, which in an image stays what it was."""
    for program in (root / "srv/packages/bin").glob("*"):
        if not program.is_symlink() and program.is_file():
            program.write_text(program.read_text().replace(str(source), str(root)))


def copy_checkout(folder: Path) -> Path:
    """What somebody has who has cloned the repository, without the tests."""
    left = (
        "__pycache__",
        ".git",
        ".hypothesis",
        ".*_cache",
        ".venv",
        "*.mo",
        ".compiled",
        "node_modules",
        "tests",
        "var",
    )
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*left))
    return folder
