"""Allowing: one reading of all that a decision depends on: together, and as of one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine

from acl.cases import Cases
from acl.listed import Lists
from acl.loading import read_lists
from acl.memory import MOST_REMEMBERED, AccessMemory, Asker
from acl.planned import AccessPlan
from acl.subjects import Asking, asking_at, epochs_of
from app.clock import Clock
from app.db.base import ACCESS_ADDED
from app.db.epochs import read_epochs
from app.db.lane import Lane
from app.db.reader import Reader
from app.errors import PlatformError, Unavailable
from app.identity.caller import Caller

Answer = TypeVar("Answer")
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """Who asks, and the lists as they are in one transaction."""

    connection: Connection
    asking: Asking
    memory: AccessMemory | None = None  # none where what is read may yet be undone

    def lists(self, ids: Set[str]) -> Lists:
        """The lists of some things, among others; what is not there is not in them."""
        if self.memory is None:
            return read_lists(self.connection, self.asking.tenant_id, ids)
        tenant_id, epoch = self.asking.tenant_id, self.asking.epoch
        known = self.memory.recall(tenant_id, epoch)
        if known.shared.keys() >= ids:
            return known
        unknown = ids - known.shared.keys()
        return self.memory.remember(tenant_id, epoch, read_lists(self.connection, tenant_id, unknown, known))

    def cases(self, wanted: int) -> Cases:
        """Decide about many things, going on from what has been decided for the same person before."""
        if self.memory is None:
            return Cases(self.asking, wanted)
        return Cases(self.asking, wanted, self.memory.decided(self._asker, wanted))

    def grown(self, collection_ids: Iterable[str]) -> Mapping[str, int]:
        """By collection, the epoch of what was added to it: all that it holds is remembered as of one of these."""
        scopes = {id_: ACCESS_ADDED.format(collection=id_) for id_ in collection_ids}
        numbers = read_epochs(self.connection, scopes.values()) if scopes else {}
        return {id_: numbers[scope] for id_, scope in scopes.items()}

    def recalled(self, wanted: int, collection_id: str, grown: int) -> AccessPlan | None:
        """The plan that was made for the same person before, at the same epochs."""
        return None if self.memory is None else self.memory.plans.recall((self._asker, wanted, collection_id, grown))

    def remember(self, wanted: int, plan: AccessPlan, grown: int) -> None:
        """Keep a plan that is true for the whole of these epochs."""
        if self.memory is not None:
            key = (self._asker, wanted, plan.collection_id, grown)
            self.memory.plans.remember(key, plan, held=len(self.asking.subject.groups))

    @property
    def _asker(self) -> Asker:
        return Asker(self.asking.subject, self.asking.tenant_id, self.asking.epoch)


@dataclass(frozen=True, slots=True)
class Question(Generic[Answer]):
    """What somebody wants to know about a tenant's things."""

    user: Caller
    tenant_id: str
    answer: Callable[[Reading], Answer]

    @property
    def epochs(self) -> tuple[str, str]:
        """The epochs of all that the answer depends on."""
        return epochs_of(self.user, self.tenant_id)


class AccessLane:
    """Answers for those who only read, in transactions of its own, which are newer than theirs, on a thread of its own.

    That thread alone touches the memory, and goes on to the end of a reading though nobody waits for it any more.
    """

    def __init__(self, engine: Engine, clock: Clock, most_remembered: int = MOST_REMEMBERED) -> None:
        self._reader = Reader(engine)
        self._clock = clock
        self._memory = AccessMemory(most_remembered)
        self._lane: Lane[Question[Any], Any] = Lane("access", self._answer, self._reader.rest)

    async def ask(self, question: Question[Answer]) -> Answer:
        """Wait for an answer as of now."""
        answer: Answer | PlatformError = await self._lane.ask(question)
        if isinstance(answer, PlatformError):
            raise answer
        return answer

    def close(self) -> None:
        """Stop the lane."""
        self._lane.close()
        self._reader.close()

    def _answer(self, questions: Sequence[Question[Any]]) -> Sequence[Any]:
        def answer(connection: Connection) -> Sequence[Any]:
            epochs = read_epochs(connection, {scope for question in questions for scope in question.epochs})
            return [self._one(connection, question, epochs) for question in questions]

        return self._reader.read(answer)

    def _one(self, connection: Connection, question: Question[Any], epochs: Mapping[str, int]) -> Any:
        try:
            asking = asking_at(connection, question.user, question.tenant_id, self._clock.now(), epochs)
            return question.answer(Reading(connection, asking, self._memory))
        except PlatformError as refusal:  # an answer like any other, which costs the others of the batch nothing
            return refusal


def answer_within(connection: Connection, question: Question[Answer], clock: Clock) -> Answer:
    """Answer in a transaction that writes: by its own changes too, of which nothing is remembered."""
    return answer_settled(connection, question, clock, alone=connection.dialect.name == "sqlite")


def answer_settled(connection: Connection, question: Question[Answer], clock: Clock, *, alone: bool) -> Answer:
    """The same, by what did not change meanwhile; who writes alone need not ask whether it did."""
    epochs = read_epochs(connection, question.epochs)
    for _ in range(_TRIES):
        asking = asking_at(connection, question.user, question.tenant_id, clock.now(), epochs)
        answer = question.answer(Reading(connection, asking))
        if alone:
            return answer
        # Every statement of a writer sees the newest: half of one change and half of the next is no truth.
        before, epochs = epochs, read_epochs(connection, question.epochs)
        if before == epochs:
            return answer
    raise Unavailable("Access keeps changing; try again shortly.", retry_after=1)
