"""A mutant on trial: a child of this process in which one file is changed, and the tests that should refuse it."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from tests.mutation.mutants import Mutant

OURS = ("app", "acl", "indexing", "rag", "evals", "tasks")
_BROKEN = 70
_WITHOUT = ("-p", "no:randomly", "-p", "no:schemathesis", "-W", "ignore::pytest.PytestAssertRewriteWarning")
_QUIET = ("-q", "-x", "--tb=line", *_WITHOUT, "-m", "not nightly and not services")


@dataclass(slots=True)
class Trial:
    """One run of the tests in a process of its own."""

    process: int
    until: float
    status: int | None = None

    @classmethod
    def begin(cls, mutants: Sequence[Mutant], tests: Sequence[str], seconds: float, *, says: Path) -> Trial:
        """Let a child, in which all is loaded already, make the changes and run the tests."""
        process = os.fork()
        if process == 0:
            status = _BROKEN
            try:
                os.setsid()
                status = _run(mutants, tests, says)
            except BaseException:  # noqa: BLE001 - the parent sees the status
                traceback.print_exc()
            finally:  # nothing of the parent's ends in the child
                os._exit(status)
        return cls(process, time.monotonic() + seconds)

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


def warm_up(files: Sequence[str]) -> None:
    """Load the project once, for all trials."""
    for name in ("tests.conftest", "tests.acl.conftest", *map(_module_of, files)):
        importlib.import_module(name)


def _run(mutants: Sequence[Mutant], tests: Sequence[str], says: Path) -> int:
    said = os.open(says, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    for name in [name for name in sys.modules if name.split(".")[0] == "tests"]:
        del sys.modules[name]  # pytest loads them itself
    for mutant in mutants:
        _put_in_place(mutant)
    # A mutant need only be refused, not explained.
    hypothesis.settings.register_profile("brief", phases=[hypothesis.Phase.generate], database=None)
    hypothesis.settings.load_profile("brief")
    return int(pytest.main([*_QUIET, *tests]))


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
