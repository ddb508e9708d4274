"""Knowing, maintenance: a pass through the documents of a collection that still lack something, some side by side."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from sqlalchemy.exc import IntegrityError

from app.db.transaction import Transactions
from app.errors import PlatformError
from app.jobs.work import Later
from indexing.maintenance.tables import Rechunk, Reextract
from indexing.maintenance.turn import DocumentGone, Turn, TurnLost, require_document
from indexing.pipeline.patience import is_passing, waiting_after

_SIDE_BY_SIDE = 4  # documents worked on at the same moment: one waits for a model while another is cut
_MOST_IN_VAIN = 8  # documents in a row that something away kept from being done: the others would wait for it too
_PATIENCE = 5  # the doublings of a second that it waits for what is away: however often it let others in before
NEXT = "its turn; others are let in between"


class ToDo(Protocol):
    """A document that lacks something."""

    @property
    def id(self) -> str:
        """The document's id."""


One = TypeVar("One", bound=ToDo)


@dataclass(slots=True)
class Pass(Generic[One]):
    """Goes through all that `some` gives and has each `done`; what something away keeps from that waits for it."""

    turn: Turn[Rechunk] | Turn[Reextract]
    some: Callable[[str], Awaitable[Sequence[One]]]  # that come after an id, in the order of ids
    do: Callable[[One], Awaitable[None]]
    until: float
    _in_vain: int = 0
    _away: PlatformError | None = None
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_SIDE_BY_SIDE))

    async def run(self) -> Later | None:
        """Go through all of them once, or until others must be let in."""
        after = ""
        while some := await self.some(after):
            after = some[-1].id
            async with asyncio.TaskGroup() as group:
                doing = [group.create_task(self._in_its_place(one)) for one in some]
            ended = next((error for task in doing if (error := task.result()) is not None), None)
            if ended is not None:
                raise ended
            if self._in_vain >= _MOST_IN_VAIN:
                break
            if time.monotonic() > self.until:
                return Later(0, NEXT)
        if self._away is None:
            return None
        return after_failing(self._away, self.turn.transactions)

    async def _in_its_place(self, one: One) -> Exception | None:
        """Do one document; returns what ends the turn, so that the one that meets it first stops no other half-way."""
        async with self._places:
            try:
                await self.do(one)
            except DocumentGone:
                return None
            except TurnLost as lost:
                return lost
            except IntegrityError as error:  # a row that another needs is gone: right only if the document is too
                return error if await self._is_there(one) else None
            except PlatformError as error:
                if not is_passing(error):
                    return error
                self._away, self._in_vain = error, self._in_vain + 1
                return None
            self._in_vain = 0
            return None

    async def _is_there(self, one: One) -> bool:
        async with self.turn.transactions.open(self.turn.reach, writes=False) as transaction:
            try:
                await require_document(transaction.session, one.id)
            except DocumentGone:
                return False
        return True


async def passes(
    turn: Turn[Rechunk] | Turn[Reextract],
    some: Callable[[str], Awaitable[Sequence[One]]],
    do: Callable[[One], Awaitable[None]],
    until: float,
) -> Later | None:
    """Go through what is lacking until the turn can switch, or until others must be let in."""
    while not await turn.switch():
        await turn.count_anew()
        outcome = await Pass(turn, some, do, until).run()
        if outcome is not None:
            await turn.wait(outcome.reason)
            return outcome
    return None


def after_failing(error: PlatformError, transactions: Transactions) -> Later:
    """When it is tried again after something was away; raises what waiting does not mend."""
    if not is_passing(error):
        raise error
    seconds, waiting = waiting_after(error, _PATIENCE, transactions.clock.now())
    return Later(seconds, waiting.reason)
