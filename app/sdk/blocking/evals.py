# Made of the module of the same name in `aio` by scripts/colours.py; change that one.
"""SDK: sets of cases, and runs of them on assistants."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing
from typing import Any

from ..events import Event
from ..sending import HasId, id_of, path_of
from ..shapes.working import EvalRun, EvalSet
from .transport import Transport

_SETS = "/v1/evals/sets"
_RUNS = "/v1/evals/runs"
_ENDS = frozenset({"completed", "capped", "failed", "cancelled"})


class Evals:
    """Whether assistants are good."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def sets(self) -> Generator[EvalSet, None, None]:
        """The sets there are."""
        return self._transport.every(_SETS, EvalSet, order="asc")

    def set(self, called: HasId | str) -> EvalSet:
        """One, by its id or slug."""
        return EvalSet.read(self._transport.get(_SETS + path_of(id_of(called))))

    def create_set(self, name: str, slug: str) -> EvalSet:
        """Make an empty one."""
        return EvalSet.read(self._transport.create(_SETS, {"name": name, "slug": slug}))

    def replace_cases(
        self, one: HasId | str, file: bytes, media_type: str, *, note: str | None = None
    ) -> Mapping[str, Any]:
        """Have a set ask the cases of a file and no others; says what is different."""
        said = self._transport.whole(
            "PUT",
            _SETS + path_of(id_of(one), "file"),
            content=file,
            headers={"Content-Type": media_type},
            query={"note": note},
        )
        changed: Mapping[str, Any] = said["data"]
        return changed

    def export(self, one: HasId | str, *, form: str = "jsonl", version: int | None = None) -> str:
        """All that a set asks, as a file."""
        query = {"format": form, "version": version}
        return (self._transport.answer("GET", _SETS + path_of(id_of(one), "export"), query=query)).text

    def start(self, body: Mapping[str, Any]) -> EvalRun:
        """Put a set to an assistant; the fields are those of the API."""
        return EvalRun.read(self._transport.create(_RUNS, dict(body)))

    def estimate(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """What it would take."""
        said: Mapping[str, Any] = self._transport.post(f"{_RUNS}/estimate", dict(body), harmless=True)
        return said

    def run(self, run: HasId | str) -> Mapping[str, Any]:
        """A run, with its numbers."""
        said: Mapping[str, Any] = self._transport.get(_RUNS + path_of(id_of(run)))
        return said

    def compare(self, before: HasId | str, after: HasId | str) -> Mapping[str, Any]:
        """Two runs, side by side."""
        place = _RUNS + path_of(id_of(before), "compare", id_of(after))
        said: Mapping[str, Any] = self._transport.get(place)
        return said

    def follow(self, run: HasId | str) -> Generator[EvalRun, None, None]:
        """How far a run is, until it has ended."""
        place = _RUNS + path_of(id_of(run), "events")
        with closing(self._transport.events(place, last=_is_last)) as told:
            for event in told:
                yield EvalRun.read(event.said())


def _is_last(event: Event) -> bool:
    return event.name in _ENDS
