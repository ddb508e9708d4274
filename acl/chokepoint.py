"""Allowing: the one place that everything made of documents passes before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from acl.access import Access
from acl.permission import Permission, ResourceKind
from acl.reading import Reading
from acl.resolver import permitted_by
from acl.visible import Visible
from app.db.tenancy import Glance, TenantSession
from app.identity.caller import Caller


class Candidate(Protocol):
    """Something that came out of one document: a passage, a row of a list, a citation, a page of a preview."""

    @property
    def document_id(self) -> str | None:
        """The document; without one, nobody sees it."""


class Fact(Protocol):
    """A node or an edge of a graph, with all that it was learned from."""

    @property
    def collection_id(self) -> str:
        """The collection whose graph it is in."""

    @property
    def document_ids(self) -> Collection[str]:
        """The documents that support it."""

    @property
    def is_manual(self) -> bool:
        """Whether somebody wrote it by hand; it then belongs to the collection."""

    def supported_by(self: AnyFact, document_ids: frozenset[str], *, by_hand: bool) -> AnyFact:
        """The same with only the text, names and numbers that these documents, and perhaps its author, support."""


AnyCandidate = TypeVar("AnyCandidate", bound=Candidate)
AnyFact = TypeVar("AnyFact", bound=Fact)


@dataclass(frozen=True, slots=True)
class Chokepoint:
    """Lets through what a caller may read, in the order it came; the only maker of Visible."""

    access: Access

    async def filter_results_by_acl(
        self,
        session: TenantSession | Glance,
        user: Caller,
        candidates: Sequence[AnyCandidate],
        *,
        needs: Permission = Permission.READ,
    ) -> list[Visible[AnyCandidate]]:
        """Keep what comes from documents the caller may read; a fixed number of statements, however many they are."""
        readable = (await self._permitted(session, user, _documents(candidates), needs))[ResourceKind.DOCUMENT]
        return [Visible(candidate) for candidate in candidates if candidate.document_id in readable]

    async def filter_found_by_acl(
        self,
        seen: Glance,
        user: Caller,
        find: Callable[[Connection], Sequence[AnyCandidate]],
        *,
        needs: Permission = Permission.READ,
    ) -> list[Visible[AnyCandidate]]:
        """Keep the same of what is found in the transaction that decides: no other moment is between the two.

        To find it happens on another thread, and names its tenant.
        """

        def keep(reading: Reading) -> list[Visible[AnyCandidate]]:
            candidates = find(reading.connection)
            readable = permitted_by(reading, _documents(candidates), needs)[ResourceKind.DOCUMENT]
            return [Visible(candidate) for candidate in candidates if candidate.document_id in readable]

        return await self.access.at(seen).answer(user, keep)

    async def filter_graph_results_by_acl(
        self, session: TenantSession | Glance, user: Caller, facts: Sequence[AnyFact]
    ) -> list[Visible[AnyFact]]:
        """Keep the facts that a readable document supports, each with no more than such documents say."""
        supports = [frozenset(fact.document_ids) for fact in facts]
        wanted = {
            ResourceKind.DOCUMENT: {id_ for ids in supports for id_ in ids},
            ResourceKind.COLLECTION: {fact.collection_id for fact in facts if fact.is_manual},
        }
        allowed = await self._permitted(session, user, wanted, Permission.READ)
        seen: list[Visible[AnyFact]] = []
        for fact, documents in zip(facts, supports, strict=True):
            support = allowed[ResourceKind.DOCUMENT] & documents
            by_hand = fact.is_manual and fact.collection_id in allowed[ResourceKind.COLLECTION]
            if support or by_hand:
                seen.append(Visible(fact.supported_by(support, by_hand=by_hand)))
        return seen

    async def _permitted(
        self, session: TenantSession | Glance, user: Caller, wanted: Mapping[ResourceKind, Set[str]], needs: Permission
    ) -> Mapping[ResourceKind, frozenset[str]]:
        if not any(wanted.values()):
            return dict.fromkeys(wanted, frozenset())
        return await self.access.at(session).permitted(user, wanted, needs)


def _documents(candidates: Sequence[Candidate]) -> Mapping[ResourceKind, Set[str]]:
    return {ResourceKind.DOCUMENT: {id_ for candidate in candidates if (id_ := candidate.document_id)}}
