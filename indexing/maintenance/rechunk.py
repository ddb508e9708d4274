"""Knowing, maintenance: a collection cut anew, document by document, beside what answers; then one switch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.exc import IntegrityError

from app.db.tenancy import Reach
from app.errors import PlatformError
from app.jobs.work import Held, Later, Outcome
from indexing.collections.queries import get_for_tenant
from indexing.maintenance.carrying import carry_over
from indexing.maintenance.generations import Lacking, lacking
from indexing.maintenance.leftovers import take_some_away
from indexing.maintenance.turn import DocumentGone, Turn, TurnLost, TurnSteps, require_document
from indexing.pipeline.content import Content
from indexing.pipeline.editions import Built, build_edition
from indexing.pipeline.faults import CollectionPoint, reached
from indexing.pipeline.patience import is_passing, waiting_after
from indexing.pipeline.workshop import Workshop
from indexing.stores.vectors import Index

_SIDE_BY_SIDE = 4  # documents worked on at the same moment: one waits for a model while another is cut
_MOST_IN_VAIN = 8  # documents in a row that something away kept from being cut: the others would wait for it too
_PATIENCE = 5  # the doublings of a second that it waits for what is away: however often it let others in before
_NEXT = "its turn; others are let in between"


@dataclass(frozen=True, slots=True)
class RechunkRun:
    """Does a re-chunk as far as it goes now. Every document is finished by itself; killed anywhere, it goes on there.

    `seconds` is how long it keeps others of its lane waiting before it lets them in, and `at_once` how many documents
    it begins in between.
    """

    workshop: Workshop
    seconds: float = 120.0
    at_once: int = 32

    async def run(self, held: Held) -> Outcome:
        """Build what is lacking, switch, and take away what is left over."""
        until = time.monotonic() + self.seconds
        turn = await Turn.begin(self.workshop.transactions, held)
        if turn is not None:
            try:
                outcome = await _Building(self.workshop, turn, until, self.at_once).run()
            except TurnLost:
                outcome = None
            if outcome is not None:
                return outcome
        return await self._tidy(held, until)

    async def _tidy(self, held: Held, until: float) -> Outcome:
        transactions, vectors = self.workshop.transactions, self.workshop.vectors
        while True:
            async with transactions.open(Reach.one(held.tenant_id), writes=False) as transaction:
                collection = await get_for_tenant(transaction.session, held.subject_id)
            if collection is None:
                return None
            index = Index(collection.tenant_id, collection.id, collection.index_name)
            try:
                if not await take_some_away(transactions, vectors, index, collection.generation):
                    return None
            except PlatformError as error:
                if not is_passing(error):
                    raise
                seconds, waiting = waiting_after(error, _PATIENCE, transactions.clock.now())
                return Later(seconds, waiting.reason)
            if time.monotonic() > until:
                return Later(0, _NEXT)


@dataclass(slots=True)
class _Building:
    """One turn at the documents of a collection."""

    workshop: Workshop
    turn: Turn
    until: float
    at_once: int
    _in_vain: int = 0
    _away: PlatformError | None = None
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_SIDE_BY_SIDE))

    async def run(self) -> Outcome:
        """Build until nothing is lacking and the switch is made, or until others must be let in."""
        while not await self.turn.switch():
            await self.turn.count_anew()
            outcome = await self._pass()
            if outcome is not None:
                await self.turn.wait(outcome.reason)
                return outcome
        reached(CollectionPoint.SWITCHED)
        return None

    async def _pass(self) -> Later | None:
        """Go once through all that lack an edition; what something away kept from being cut waits for it."""
        after = ""
        self._forget()
        while some := await self._some(after):
            after = some[-1].id
            async with asyncio.TaskGroup() as group:
                doing = [group.create_task(self._in_its_place(one)) for one in some]
            ended = next((error for task in doing if (error := task.result()) is not None), None)
            if ended is not None:
                raise ended
            if self._in_vain >= _MOST_IN_VAIN:
                break
            if time.monotonic() > self.until:
                return Later(0, _NEXT)
        if self._away is None:
            return None
        seconds, waiting = waiting_after(self._away, _PATIENCE, self.workshop.transactions.clock.now())
        return Later(seconds, waiting.reason)

    def _forget(self) -> None:
        self._away, self._in_vain = None, 0

    async def _some(self, after: str) -> Sequence[Lacking]:
        wanted, generation = self.turn.collection_id, self.turn.recipe.generation
        async with self.workshop.transactions.open(self.turn.reach, writes=False) as transaction:
            return await lacking(transaction.session, wanted, generation, after=after, limit=self.at_once)

    async def _in_its_place(self, one: Lacking) -> Exception | None:
        """Do one document; returns what ends the turn, so that the one that meets it first stops no other half-way."""
        async with self._places:
            try:
                await self._one(one)
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

    async def _one(self, one: Lacking) -> None:
        present = Content.of(one.document)
        answering = replace(present, version=one.content_version)
        steps, recipe, failed = TurnSteps(self.turn, one.id), self.turn.recipe, False
        built: Built | None = None
        if present.version == answering.version:
            try:
                built = await build_edition(self.workshop, present, recipe, steps)
            except PlatformError as error:
                if is_passing(error):
                    raise
                failed = True
        if built is None:  # a newer content is not read yet, or this one cannot be cut any more
            built = await carry_over(self.workshop, answering, recipe, steps, edition_id=one.edition_id)
        await self.turn.settle(built, one.id, failed=failed)
        reached(CollectionPoint.COUNTED)

    async def _is_there(self, one: Lacking) -> bool:
        async with self.workshop.transactions.open(self.turn.reach, writes=False) as transaction:
            try:
                await require_document(transaction.session, one.id)
            except DocumentGone:
                return False
        return True
