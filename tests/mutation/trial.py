"""A mutant on trial: the project in a folder of its own with one change, and the tests that should refuse it."""

from __future__ import annotations

import compileall
import importlib
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

_BROKEN = 70
OURS = ("app", "acl", "indexing", "rag", "evals", "tasks", "tests")
# Loaded once, for all trials; not what pytest wants to load itself.
_HEAVY = (
    "aiosqlite", "alembic.command", "alembic.context", "cryptography.fernet", "fastapi.applications", "httpx",
    "joserfc.jwt", "psutil", "pymysql", "redis.asyncio", "sqlalchemy.ext.asyncio", "sse_starlette", "structlog",
    "uvicorn", "hypothesis.strategies", "numpy", "PIL.Image", "prometheus_client", "pydantic_settings",
    "starlette.routing",
)  # fmt: skip
_WITHOUT = ("-p", "no:randomly", "-p", "no:schemathesis", "-W", "ignore::pytest.PytestAssertRewriteWarning")
_QUIET = ("-q", "-x", "--tb=line", *_WITHOUT, "-m", "not nightly and not services")


@dataclass(slots=True)
class Room:
    """A copy of the project in which one trial happens at a time."""

    folder: Path

    @classmethod
    def furnish(cls, root: Path, folder: Path) -> Room:
        """Copy what the tests need, already compiled."""
        for name in OURS:
            shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(root / "pyproject.toml", folder)
        compileall.compile_dir(folder, quiet=2)
        return cls(folder)

    def write(self, path: str, text: str) -> None:
        """Change a file, or change it back."""
        file = self.folder / path
        file.write_text(text, encoding="utf-8")
        for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
            compiled.unlink()  # two changes within one second look alike to Python


@dataclass(slots=True)
class Trial:
    """One run of the tests in a process of its own."""

    room: Room
    process: int
    until: float
    status: int | None = None

    @classmethod
    def begin(cls, room: Room, tests: Sequence[str], seconds: float) -> Trial:
        """Let a child of this process, in which all that is heavy is loaded, run the tests."""
        process = os.fork()
        if process == 0:
            status = _BROKEN
            try:
                os.setsid()
                status = _run(room.folder, tests)
            except BaseException:  # noqa: BLE001 - the parent sees the status
                traceback.print_exc()
            finally:  # nothing of the parent's ends in the child
                os._exit(status)
        return cls(room, process, time.monotonic() + seconds)

    def is_over(self) -> bool:
        """Whether it has ended; one that takes too long is ended."""
        ended, status = os.waitpid(self.process, os.WNOHANG)
        if ended:
            self.status = os.waitstatus_to_exitcode(status)
        elif time.monotonic() > self.until:
            self.end()
        return self.status is not None

    def end(self) -> None:
        """End it, with whatever it started."""
        os.killpg(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self.status = -signal.SIGKILL


def warm_up() -> None:
    """Load what every trial needs and no mutant changes."""
    for name in _HEAVY:
        importlib.import_module(name)


def _run(folder: Path, tests: Sequence[str]) -> int:
    said = os.open(folder / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.chdir(folder)
    for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
        del sys.modules[name]
    sys.path[:] = [str(folder), *(place for place in sys.path if place not in {"", str(Path(__file__).parents[2])})]
    sys.dont_write_bytecode = True
    # A mutant need only be refused, not explained.
    hypothesis.settings.register_profile("brief", phases=[hypothesis.Phase.generate], database=None)
    hypothesis.settings.load_profile("brief")
    return int(pytest.main([*_QUIET, *tests]))
