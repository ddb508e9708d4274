"""A mutant on trial: a child of this process in which one file is changed, and the tests that should refuse it."""

from __future__ import annotations

import gc
import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from tests.mutation.mutants import Mutant

OURS = ("app", "acl", "indexing", "rag", "evals", "tasks")
_BROKEN, _REFUSED = 70, 1
_ALONE = ("--disable-plugin-autoload", "-p", "pytest_asyncio.plugin", "-W", "ignore::pytest.PytestAssertRewriteWarning")
_QUIET = ("-q", "-x", "--tb=line", *_ALONE, "-m", "not nightly and not services")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many seconds a mutant has; one that takes longer turns in a circle."""

    in_all: float
    a_test: float

    @classmethod
    def beside(cls, in_all: float, longest: float) -> Limits:
        """Those for mutants of what takes so long itself, on a machine that may be slower by then."""
        return cls(10 + 4 * in_all, 10 + 4 * longest)


@dataclass(frozen=True, slots=True)
class Tests:
    """What is run, file by file, but for single tests that come before all others."""

    files: Sequence[str]
    first: Sequence[str] = ()


@dataclass(slots=True)
class Trial:
    """One run of the tests in a process of its own, which leaves nothing behind outside its folder."""

    process: int
    folder: Path
    until: float
    status: int | None = None

    @classmethod
    def begin(cls, mutants: Sequence[Mutant], tests: Tests, limits: Limits) -> Trial:
        """Let a child, in which all is loaded already, make the changes and run the tests."""
        folder = Path(tempfile.mkdtemp(prefix="mutant-"))
        process = os.fork()
        if process == 0:
            status = _BROKEN
            try:
                os.setsid()
                tempfile.tempdir = str(folder)
                status = _run(mutants, tests, limits, folder)
            except BaseException:  # noqa: BLE001 - the parent sees the status
                traceback.print_exc()
            finally:  # nothing of the parent's ends in the child
                os._exit(status)
        return cls(process, folder, time.monotonic() + limits.in_all)

    @property
    def said(self) -> str:
        """What the tests said."""
        return _said_in(self.folder).read_text(encoding="utf-8", errors="replace")

    @property
    def refused_by(self) -> str | None:
        """The test that refused it, if it was one."""
        place = _refused_in(self.folder)
        return place.read_text(encoding="utf-8") if place.exists() else None

    @property
    def longest(self) -> float:
        """The seconds of the test that took longest."""
        return float(_longest_in(self.folder).read_text(encoding="utf-8"))

    def is_over(self) -> bool:
        """Whether it has ended; one that takes too long is ended."""
        ended, status = os.waitpid(self.process, os.WNOHANG)
        if ended:
            self.status = os.waitstatus_to_exitcode(status)
        elif time.monotonic() > self.until:
            os.killpg(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
            self.status = -signal.SIGKILL
        return self.status is not None

    def end(self) -> None:
        """End it, with whatever it started, and clear away its folder."""
        with suppress(ProcessLookupError):
            os.killpg(self.process, signal.SIGKILL)
        if self.status is None:
            os.waitpid(self.process, 0)
            self.status = -signal.SIGKILL
        shutil.rmtree(self.folder, ignore_errors=True)


class _Brief:
    """A run that ends at the first refusal, without closing what it opened: its process ends with it."""

    def __init__(self, folder: Path, first: Sequence[str]) -> None:
        self.longest = 0.0
        self._began = 0.0
        self._folder = folder
        self._first = {test: place for place, test in enumerate(first)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self._first.get(item.nodeid, len(self._first)))

    def pytest_runtest_logstart(self) -> None:
        self._began = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            _refused_in(self._folder).write_text(report.nodeid, encoding="utf-8")
            os._exit(_REFUSED)

    def pytest_runtest_logfinish(self) -> None:
        self.longest = max(self.longest, time.monotonic() - self._began)


def warm_up(files: Sequence[str], tests: Sequence[str]) -> None:
    """Load the project, and all that tests load with it, once for all trials."""
    for name in ("pytest_asyncio.plugin", "tests.conftest", "tests.acl.conftest", *map(_module_of, (*files, *tests))):
        importlib.import_module(name)
    gc.freeze()  # a child that looks for garbage among it copies it all


def _run(mutants: Sequence[Mutant], tests: Tests, limits: Limits, folder: Path) -> int:
    said = os.open(_said_in(folder), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    for name in [name for name in sys.modules if name.split(".")[0] == "tests"]:
        del sys.modules[name]  # pytest loads them itself
    for mutant in mutants:
        _put_in_place(mutant)
    # A mutant need only be refused, not explained.
    hypothesis.settings.register_profile("brief", phases=[hypothesis.Phase.generate], database=None)
    hypothesis.settings.load_profile("brief")
    brief = _Brief(folder, tests.first)
    limit = ("-o", f"faulthandler_timeout={limits.a_test}", "-o", "faulthandler_exit_on_timeout=true")
    status = int(pytest.main([*_QUIET, *limit, *tests.files], plugins=[brief]))
    _longest_in(folder).write_text(str(brief.longest), encoding="utf-8")
    return status


def _said_in(folder: Path) -> Path:
    return folder / "said.txt"


def _refused_in(folder: Path) -> Path:
    return folder / "refused_by.txt"


def _longest_in(folder: Path) -> Path:
    return folder / "longest.txt"


def _put_in_place(mutant: Mutant) -> None:
    """Run the changed file in its module, and give what is new to all who had taken the old from it."""
    changed = vars(sys.modules[_module_of(mutant.path)])
    before = dict(changed)
    exec(compile(mutant.text, mutant.path, "exec"), changed)  # noqa: S102 - that is what a mutant is for
    instead = {id(old): changed[name] for name, old in before.items() if changed[name] is not old}
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in OURS:
            for taken, value in list(vars(module).items()):
                if id(value) in instead:
                    setattr(module, taken, instead[id(value)])


def _module_of(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")
