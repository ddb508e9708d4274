"""Knowing, maintenance: a collection cut anew, document by document, beside what answers; then one switch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.db.tenancy import Reach
from app.errors import PlatformError
from app.jobs.work import Held, Later, Outcome
from indexing.collections.queries import get_for_tenant
from indexing.editions.tables import Edition
from indexing.maintenance.carrying import carry_over
from indexing.maintenance.generations import Lacking, lacking
from indexing.maintenance.leftovers import take_some_away
from indexing.maintenance.passing import NEXT, after_failing, passes
from indexing.maintenance.rechunk_turn import RechunkTurn
from indexing.maintenance.turn import TurnLost, TurnSteps
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.editions import Built, build_edition
from indexing.pipeline.faults import CollectionPoint, reached
from indexing.pipeline.graphing import Graphed, build_statements
from indexing.pipeline.patience import is_passing
from indexing.pipeline.workshop import Workshop
from indexing.stores.vectors import Index


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
        turn = await RechunkTurn.begin(self.workshop.transactions, held)
        if turn is not None:
            try:
                outcome = await _Building(self.workshop, turn, until, self.at_once).run()
            except TurnLost:
                outcome = None
            if outcome is not None:
                return outcome
        return await self._tidy(held, until)

    async def _tidy(self, held: Held, until: float) -> Outcome:
        transactions = self.workshop.transactions
        while True:
            async with transactions.open(Reach.one(held.tenant_id), writes=False) as transaction:
                collection = await get_for_tenant(transaction.session, held.subject_id)
            if collection is None:
                return None
            index = Index(collection.tenant_id, collection.id, collection.index_name)
            try:
                if not await take_some_away(self.workshop, index):
                    return None
            except PlatformError as error:
                return after_failing(error, transactions)
            if time.monotonic() > until:
                return Later(0, NEXT)


@dataclass(frozen=True, slots=True)
class _Building:
    """One turn at the documents of a collection."""

    workshop: Workshop
    turn: RechunkTurn
    until: float
    at_once: int

    async def run(self) -> Outcome:
        """Build until nothing is lacking and the switch is made, or until others must be let in."""
        outcome = await passes(self.turn, self._some, self._one, self.until)
        if outcome is None:
            reached(CollectionPoint.SWITCHED)
        return outcome

    async def _some(self, after: str) -> Sequence[Lacking]:
        wanted, generation = self.turn.collection_id, self.turn.recipe.generation
        async with self.workshop.transactions.open(self.turn.reach, writes=False) as transaction:
            return await lacking(transaction.session, wanted, generation, after=after, limit=self.at_once)

    async def _read(self, content: Content, built: Built, steps: TurnSteps) -> Sequence[Graphed]:
        """What the new chunks say, in the layer that will answer with them; nothing where there is no graph."""
        async with self.workshop.transactions.open(self.turn.reach, writes=False) as transaction:
            collection = await get_for_tenant(transaction.session, content.collection_id)
            edition = await transaction.session.get(Edition, built.edition_id)
        if collection is None or edition is None or not collection.graph_enabled:
            return ()
        recipe = replace(Recipe.of(collection), generation=built.generation)
        read = await build_statements(self.workshop, content, recipe, steps, edition, collection.graph_generation)
        return () if read is None else (read,)

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
        graphed = await self._read(answering, built, steps)
        await self.turn.settle(one.id, built, *graphed, failed=failed or any(part.left_out for part in graphed))
        reached(CollectionPoint.COUNTED)
