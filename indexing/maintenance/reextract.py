"""Knowing, maintenance: a collection's graph extracted anew, document by document, beside what answers; one switch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.db.tenancy import Reach
from app.errors import PlatformError
from app.jobs.work import Held, Later, Outcome
from indexing.maintenance.graph_generations import Unread, unread
from indexing.maintenance.graph_leftovers import tidy_graph
from indexing.maintenance.passing import after_failing, passes
from indexing.maintenance.reextract_turn import ReextractTurn
from indexing.maintenance.turn import TurnLost, TurnSteps
from indexing.pipeline.content import Content
from indexing.pipeline.faults import GraphPoint, reached
from indexing.pipeline.graphing import build_statements
from indexing.pipeline.workshop import Workshop


@dataclass(frozen=True, slots=True)
class ReextractRun:
    """Does a re-extract as far as it goes now. Every document is finished by itself; killed anywhere, it goes on there.

    `seconds` is how long it keeps others of its lane waiting before it lets them in, and `at_once` how many documents
    it begins in between.
    """

    workshop: Workshop
    seconds: float = 120.0
    at_once: int = 32

    async def run(self, held: Held) -> Outcome:
        """Read what is lacking, switch, and take away what does not answer any more."""
        turn = await ReextractTurn.begin(self.workshop.transactions, held)
        if isinstance(turn, Later):
            return turn
        if turn is not None:
            try:
                outcome = await _Building(self.workshop, turn, time.monotonic() + self.seconds, self.at_once).run()
            except TurnLost:
                outcome = None
            if outcome is not None:
                return outcome
        try:
            await tidy_graph(self.workshop, Reach.one(held.tenant_id), held.subject_id)
        except PlatformError as error:
            return after_failing(error, self.workshop.transactions)
        return None


@dataclass(frozen=True, slots=True)
class _Building:
    """One turn at the documents of a collection."""

    workshop: Workshop
    turn: ReextractTurn
    until: float
    at_once: int

    async def run(self) -> Outcome:
        """Read until nothing is lacking and the switch is made, or until others must be let in."""
        outcome = await passes(self.turn, self._some, self._one, self.until)
        if outcome is None:
            reached(GraphPoint.SWITCHED)
        return outcome

    async def _some(self, after: str) -> Sequence[Unread]:
        async with self.workshop.transactions.open(self.turn.reach, writes=False) as transaction:
            which = (self.turn.collection_id, self.turn.generation)
            return await unread(transaction.session, *which, after=after, limit=self.at_once)

    async def _one(self, one: Unread) -> None:
        """Read what a document answers with; its newest content may not be what that is."""
        content = replace(Content.of(one.document), version=one.edition.content_version)
        steps = TurnSteps(self.turn, one.id)
        graphed = await build_statements(
            self.workshop, content, self.turn.recipe, steps, one.edition, self.turn.generation
        )
        if graphed is None:
            raise TurnLost
        await self.turn.settle(one.id, graphed, failed=graphed.left_out > 0)
        reached(GraphPoint.COUNTED)
