"""Allowing: the one place that everything made of documents passes before anybody sees it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from acl.access import Access
from acl.permission import Permission, ResourceKind
from acl.ref import ResourceRef
from acl.visible import Visible
from app.db.tenancy import TenantSession
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
        session: TenantSession,
        user: Caller,
        candidates: Sequence[AnyCandidate],
        *,
        needs: Permission = Permission.READ,
    ) -> list[Visible[AnyCandidate]]:
        """Keep what comes from documents the caller may read; a fixed number of statements, however many they are."""
        refs = {ResourceRef.document(candidate.document_id) for candidate in candidates if candidate.document_id}
        readable = await self._allowed(session, user, refs, needs)
        return [
            Visible(candidate)
            for candidate in candidates
            if candidate.document_id and ResourceRef.document(candidate.document_id) in readable
        ]

    async def filter_graph_results_by_acl(
        self, session: TenantSession, user: Caller, facts: Sequence[AnyFact]
    ) -> list[Visible[AnyFact]]:
        """Keep the facts that a readable document supports, each with no more than such documents say."""
        documents = {ResourceRef.document(id_) for fact in facts for id_ in fact.document_ids}
        collections = {ResourceRef.collection(fact.collection_id) for fact in facts if fact.is_manual}
        allowed = await self._allowed(session, user, documents | collections, Permission.READ)
        readable = frozenset(ref.id for ref in allowed if ref.kind is ResourceKind.DOCUMENT)
        seen: list[Visible[AnyFact]] = []
        for fact in facts:
            support = readable & frozenset(fact.document_ids)
            by_hand = fact.is_manual and ResourceRef.collection(fact.collection_id) in allowed
            if support or by_hand:
                seen.append(Visible(fact.supported_by(support, by_hand=by_hand)))
        return seen

    async def _allowed(
        self, session: TenantSession, user: Caller, refs: set[ResourceRef], needs: Permission
    ) -> set[ResourceRef]:
        asked = list(refs)
        decisions = await self.access.resolver(session).explain_many(user, asked, needs) if asked else []
        return {ref for ref, decision in zip(asked, decisions, strict=True) if decision.allowed}
