"""`python -m tests.mutation [file …]`: make every mutant, try each, and tell which of them no test refused."""

from __future__ import annotations

import signal
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.mutation.mutants import Mutant, enumerations, mutants_of
from tests.mutation.trial import Limits, Tests, Trial, warm_up

ROOT = Path(__file__).parents[2]
LISTED = tomllib.loads((Path(__file__).parent / "mutants.toml").read_text(encoding="utf-8"))
AT_ONCE, FLOOR = 2, 0.95
MOST_FIRST = 8  # tests, of those that refused others of the same file
AT_MOST = Limits(in_all=900.0, a_test=300.0)  # for the files as they are


@dataclass(slots=True)
class Score:
    """What became of the mutants."""

    killed: Counter[str] = field(default_factory=Counter)
    survived: list[Mutant] = field(default_factory=list)

    def note(self, mutant: Mutant, status: int) -> None:
        """Count one; a trial in which no test could even run is a refusal too."""
        if status == 0:
            self.survived.append(mutant)
            print(f"SURVIVED {mutant.path}:{mutant.line}\n  - {mutant.was}\n  + {mutant.becomes}", flush=True)
        else:
            self.killed[mutant.path] += 1

    def told(self) -> float:
        """Print the figures; return the share that died."""
        alive = Counter(mutant.path for mutant in self.survived)
        for path in sorted({*self.killed, *alive}):
            print(f"{path:34} {self.killed[path]:4} of {self.killed[path] + alive[path]:4} died")
        dead = self.killed.total()
        share = dead / max(1, dead + alive.total())
        print(f"{'all':34} {dead:4} of {dead + alive.total():4} died: {share:.1%}")
        return share


def excused(mutants: list[Mutant]) -> set[Mutant]:
    """Those that change nothing anybody could notice, each for a reason that is written down."""
    reasons = {(one["file"], one["was"], one["becomes"]) for one in LISTED["equivalent"]}
    found = {mutant for mutant in mutants if (mutant.path, mutant.was, mutant.becomes) in reasons}
    for path, was, becomes in reasons - {(mutant.path, mutant.was, mutant.becomes) for mutant in found}:
        if any(mutant.path == path for mutant in mutants):
            print(f"listed as equivalent, but there is no such mutant: {path}: {was} -> {becomes}")
    return found


def tried(mutants: list[Mutant], limits: dict[str, Limits]) -> Iterator[tuple[Mutant, int]]:
    """Try mutants, a few at once."""
    waiting = list(reversed(mutants))
    under_way: list[tuple[Mutant, Trial]] = []
    refusing: defaultdict[str, Counter[str]] = defaultdict(Counter)  # by file, the tests that did
    try:
        while waiting or under_way:
            while waiting and len(under_way) < AT_ONCE:
                mutant = waiting.pop()
                files = group_of(mutant.path)["files"]
                after = unchanged(files[files.index(mutant.path) + 1 :])
                first = [test for test, _ in refusing[mutant.path].most_common(MOST_FIRST)]
                trial = Trial.begin([mutant, *after], Tests(tests_of(mutant.path), first), limits[mutant.path])
                under_way.append((mutant, trial))
            time.sleep(0.02)
            for mutant, trial in [one for one in under_way if one[1].is_over()]:
                under_way.remove((mutant, trial))
                if trial.refused_by is not None:
                    refusing[mutant.path][trial.refused_by] += 1
                trial.end()
                yield mutant, trial.status or 0
    finally:
        for _, trial in under_way:
            trial.end()


def text_of(path: str) -> str:
    """A file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


def group_of(path: str) -> dict[str, Any]:
    """The files that a file is tried with, and the tests that must refuse their mutants."""
    return next(group for group in LISTED["group"] if path in group["files"])


def tests_of(path: str) -> list[str]:
    """All tests that must refuse the mutants of a file: those that know it best, and then the rest of its group's."""
    group = group_of(path)
    first: list[str] = group.get("first", {}).get(path, [])
    return [*first, *(test for test in group["tests"] if test not in first)]


def unchanged(files: list[str]) -> list[Mutant]:
    """Files as they are, to be put in place as mutants are."""
    return [Mutant(file, 0, "", "", text_of(file)) for file in files]


def limits_of(files: list[str]) -> dict[str, Limits] | None:
    """How long the mutants of some files may take; None where the tests refuse the files as they are.

    They are put in place as the mutants will be.
    """
    limits = {}
    for group in [group for group in LISTED["group"] if set(files) & set(group["files"])]:
        tests = {test: None for file in group["files"] for test in tests_of(file)}
        began = time.monotonic()
        trial = Trial.begin(unchanged(group["files"]), Tests(list(tests)), AT_MOST)
        try:
            while not trial.is_over():
                time.sleep(0.05)
            if trial.status != 0:
                print(trial.said)
                return None
            allowed = Limits.beside(time.monotonic() - began, trial.longest)
            limits.update(dict.fromkeys(group["files"], allowed))
        finally:
            trial.end()
    return limits


def main(asked: list[str]) -> int:
    """Try every mutant of the files asked for, or of all; fail if too many live."""
    files = [file for group in LISTED["group"] for file in group["files"] if not asked or file in asked]
    siblings = enumerations([text_of(file) for file in LISTED["enumerations"]])
    made = [one for file in files for one in mutants_of(file, text_of(file), siblings)]
    without = excused(made)
    trying = [one for one in made if one not in without]
    groups = [group for group in LISTED["group"] if set(files) & set(group["files"])]
    warm_up([file for group in LISTED["group"] for file in group["files"]], [t for g in groups for t in g["tests"]])
    limits = limits_of(files)
    if limits is None:
        return 1
    score = Score()
    for number, (mutant, status) in enumerate(tried(trying, limits), 1):
        score.note(mutant, status)
        if number % 50 == 0:
            print(f"{number} of {len(trying)} tried", flush=True)
    print(f"{len(without)} of {len(made)} are equivalent, for the reasons in tests/mutation/mutants.toml")
    return 0 if score.told() >= FLOOR else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which ends the trials too
    sys.exit(main(sys.argv[1:]))
