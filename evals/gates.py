"""Measuring: the numbers below or above which something is not let through; pure.

A leak is never let through: no gate can allow one. Answers that could not be got count too, unless some are allowed.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from app.errors import CannotStart

LEAKS: Final = "leaks"
FAILED: Final = "failed"  # answers that could not be got, and so are in no other number
_MOST = 40  # numbers of one gate
_LONGEST = 40  # characters of a metric's name
_TABLES = ("floors", "ceilings")


class GateUnreadable(CannotStart):
    """A file of gates cannot be read, or says what nobody can pass by."""


@dataclass(frozen=True, slots=True)
class Missed:
    """One number that is not what a gate asks for; `found` is None where it was not measured."""

    metric: str
    asked: float
    found: float | None
    above: bool  # whether it is to be no more than what was asked for; else no less

    @property
    def sentence(self) -> str:
        """What is wrong, in words that need no number of what was found."""
        if self.found is None:
            return f"{self.metric} was not measured; the gate asks for it"
        way = "over its ceiling" if self.above else "under its floor"
        return f"{self.metric} is {way} of {self.asked:g}"


@dataclass(frozen=True, slots=True)
class Gate:
    """What is asked for, by metric."""

    floors: Mapping[str, float] = field(default_factory=dict)
    ceilings: Mapping[str, float] = field(default_factory=dict)

    def missed(self, found: Mapping[str, float | None]) -> list[Missed]:
        """What of these numbers is not as it should be; a number that is not there does not pass."""
        ceilings = {LEAKS: 0.0, **({FAILED: 0.0} if found.get(FAILED) else {}), **self.ceilings}
        return [*_each(self.floors, found, above=False), *_each(ceilings, found, above=True)]


def _each(asked: Mapping[str, float], found: Mapping[str, float | None], *, above: bool) -> Iterator[Missed]:
    for metric, limit in asked.items():
        number = found.get(metric)
        if number is None or not (number <= limit if above else number >= limit):
            yield Missed(metric, limit, number, above)


def faults(floors: Mapping[str, Any], ceilings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a gate: where, and why."""
    for table, said in (("floors", floors), ("ceilings", ceilings)):
        if len(said) > _MOST:
            yield table, f"has more than {_MOST} numbers"
            return
        for metric, limit in said.items():
            if not 0 < len(metric) <= _LONGEST:
                yield table, f"a metric's name has 1 to {_LONGEST} characters"
            elif isinstance(limit, bool) or not isinstance(limit, int | float) or not math.isfinite(limit):
                yield f"{table}.{metric}", "must be a number"
            elif metric == LEAKS and (limit != 0 or table == "floors"):
                yield f"{table}.{metric}", "is a ceiling of 0, also where nothing is said of it"


def read_gate(path: Path) -> Gate:
    """Read `gates.toml`: tables `[floors]` and `[ceilings]`, a number for each metric."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GateUnreadable(f"{path} cannot be read: {error}.") from None
    unknown = next((name for name in said if name not in _TABLES), None)
    if unknown is not None:
        raise GateUnreadable(f"{path}: {unknown!r} is neither [floors] nor [ceilings].")
    floors, ceilings = (said.get(name, {}) for name in _TABLES)
    if not (isinstance(floors, dict) and isinstance(ceilings, dict)):
        raise GateUnreadable(f"{path}: [floors] and [ceilings] are tables of numbers.")
    wrong = next(faults(floors, ceilings), None)
    if wrong is not None:
        raise GateUnreadable(f"{path}: {wrong[0]}: {wrong[1]}.")
    return Gate(
        {name: float(limit) for name, limit in floors.items()},
        {name: float(limit) for name, limit in ceilings.items()},
    )
