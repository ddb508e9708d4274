"""Allowing: may they? One way to the answer, and to its reason, for one thing or for thousands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog

from acl.decision import Decision
from acl.errors import AccessUndecided
from acl.permission import Permission, ResourceKind
from acl.reading import AccessLane, Question, Reading, answer_within
from acl.ref import ResourceRef
from acl.subjects import tenant_of
from app.clock import Clock
from app.db.tenancy import WRITES, Glance, TenantSession
from app.errors import PlatformError
from app.identity.caller import Caller

log = structlog.get_logger("acl")
Answer = TypeVar("Answer")


class Resolver(ABC):
    """Decides by what is true at the moment of asking."""

    __slots__ = ()

    async def can(self, user: Caller, ref: ResourceRef, permission: Permission) -> bool:
        """Whether somebody may."""
        return (await self.explain(user, ref, permission)).allowed

    async def explain(self, user: Caller, ref: ResourceRef, permission: Permission) -> Decision:
        """Decide, with the reason."""
        return (await self.explain_many(user, [ref], permission))[0]

    async def explain_many(self, user: Caller, refs: Sequence[ResourceRef], permission: Permission) -> list[Decision]:
        """Decide about many things at once: five statements at most, one if nothing has changed."""

        def explain(reading: Reading) -> list[Decision]:
            lists = reading.lists({ref.id for ref in refs})
            cases = reading.cases(int(permission))
            return [cases.decide(ref.kind, lists.get(ref.id)) for ref in refs]

        return await self.answer(user, explain)

    async def permitted(
        self, user: Caller, wanted: Mapping[ResourceKind, Collection[str]], permission: Permission
    ) -> dict[ResourceKind, frozenset[str]]:
        """Of things of each kind, those with which somebody may do this: the same decisions, without the reasons."""
        return await self.answer(user, lambda reading: permitted_by(reading, wanted, permission))

    @abstractmethod
    async def answer(self, user: Caller, answer: Callable[[Reading], Answer]) -> Answer:
        """Answer from one reading of what decides over access; it may run on another thread."""


@dataclass(frozen=True, slots=True)
class AclResolver(Resolver):
    """Decides for a session: in a transaction that writes, by what that has changed too."""

    session: TenantSession
    clock: Clock
    lane: AccessLane

    async def answer(self, user: Caller, answer: Callable[[Reading], Answer]) -> Answer:
        """Answer from one reading, in the session's transaction if that writes."""
        with deciding():
            question = Question(user, tenant_of(self.session), answer)
            if not self.session.info[WRITES]:
                return await self.lane.ask(question)
            await self.session.flush()
            connection = await self.session.connection()
            return await connection.run_sync(answer_within, question, self.clock)


@dataclass(frozen=True, slots=True)
class GlancingResolver(Resolver):
    """Decides where no session is open."""

    glance: Glance
    lane: AccessLane

    async def answer(self, user: Caller, answer: Callable[[Reading], Answer]) -> Answer:
        """Answer from one reading."""
        with deciding():
            return await self.lane.ask(Question(user, tenant_of(self.glance), answer))


def permitted_by(
    reading: Reading, wanted: Mapping[ResourceKind, Collection[str]], permission: Permission
) -> dict[ResourceKind, frozenset[str]]:
    """Choose by one reading."""
    lists = reading.lists({id_ for ids in wanted.values() for id_ in ids})
    cases = reading.cases(int(permission))
    return {kind: cases.permitted(kind, ids, lists) for kind, ids in wanted.items()}


@contextmanager
def deciding() -> Iterator[None]:
    """Whatever goes wrong in here, nothing is decided: the caller is told so, and nothing else."""
    try:
        yield
    except PlatformError:
        raise
    except Exception as error:
        log.error("access_undecided", exc_info=error)
        raise AccessUndecided from None
