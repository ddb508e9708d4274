"""Knowing, crawls: what was found becomes a document, or another content of one, or leaves it as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update

from acl.access import Access
from acl.birth import give_from_the_start
from acl.facts import Effect, PrincipalType
from acl.grants import Grant
from app.db.transaction import Transaction
from app.identity.caller import Caller
from app.jobs.ports import JobQueue
from indexing.collections.queries import get_for_tenant
from indexing.crawls.finding import Finding
from indexing.crawls.holdings import NEEDED, source_digest
from indexing.crawls.plan import Plan
from indexing.crawls.visiting import marks_of
from indexing.documents.access import ref_for_document
from indexing.documents.content import Content
from indexing.documents.intake import CRAWL, Arrival, DocumentIntake, Origin
from indexing.documents.naming import name_of_url
from indexing.documents.queries import find_by_source, find_document
from indexing.documents.replacing import Replacing
from indexing.documents.tables import Document

GONE_SINCE, GONE_IN = "gone_since", "gone_in"


class Stale(Exception):
    """What was known of an address when it was visited is not so any more; it is visited anew, as if unknown."""


@dataclass(frozen=True, slots=True)
class Arriving:
    """Takes findings in by the door of all documents, with the rights of whoever started the run."""

    access: Access
    intake: DocumentIntake
    jobs: JobQueue
    plan: Plan
    collection_id: str
    crawl_id: str | None

    async def arrive(self, transaction: Transaction, caller: Caller, finding: Finding, content: Content | None) -> str:
        """Keep what was found; returns the document. `content` is there where it is not what is held already."""
        if finding.known is None:
            return await self._new(transaction, caller, finding, content)
        row = await self._held(transaction, caller, finding.known.document_id)
        if row.sha256 != finding.known.sha256:
            raise Stale
        if content is not None:
            kind = finding.page.media_type if finding.page is not None else None
            replacing = Replacing(transaction, self.jobs, caller)
            await replacing.replace(row, content, kind, name_of_url(finding.url))
        await self._note(transaction, row, finding)
        return row.id

    def is_news(self, finding: Finding) -> bool:
        """Whether anything is to be written of the document that is held."""
        return (
            finding.known is None
            or finding.has_changed
            or self._state(finding, finding.known.state) != finding.known.state
        )

    async def _new(self, transaction: Transaction, caller: Caller, finding: Finding, content: Content | None) -> str:
        page, digest = finding.page, source_digest(finding.url)
        if content is None or page is None:
            raise Stale
        here = await get_for_tenant(transaction.session, self.collection_id, hold=True)
        for held in await find_by_source(transaction.session, self.collection_id, digest):
            if await self._is_theirs(transaction, caller, held.id):
                raise Stale  # somebody else has brought it meanwhile
        origin = Origin(CRAWL, finding.url, digest, self._state(finding))
        arrival = Arrival(name_of_url(finding.url), declared_type=page.media_type, origin=origin)
        into = self.collection_id
        found = await self.intake.accept(transaction, content, arrival, into=into, caller=caller, held=here)
        if self.plan.acl or not self.plan.acl_inherit:
            grants = [_grant(said) for said in self.plan.acl]
            await give_from_the_start(transaction, found.id, grants, inherits=self.plan.acl_inherit)
        return found.id

    async def _held(self, transaction: Transaction, caller: Caller, document_id: str) -> Document:
        found = await find_document(transaction.session, document_id, hold=True)
        if found is None or not await self._is_theirs(transaction, caller, document_id):
            raise Stale
        return found.row

    async def _is_theirs(self, transaction: Transaction, caller: Caller, document_id: str) -> bool:
        resolver = self.access.resolver(transaction.session)
        return await resolver.can(caller, ref_for_document(document_id), NEEDED)

    async def _note(self, transaction: Transaction, row: Document, finding: Finding) -> None:
        """Remember how it was seen; written only where that is news, and no change of the document to anybody."""
        state = self._state(finding, row.source_state)
        if state != row.source_state:
            await note_state(transaction, row.id, state)

    def _state(self, finding: Finding, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        kept = {name: value for name, value in (before or {}).items() if name not in {GONE_SINCE, GONE_IN}}
        marks = {} if finding.page is None else marks_of(finding.page)
        return kept | marks | ({} if self.crawl_id is None else {"crawl_id": self.crawl_id})


async def note_state(transaction: Transaction, document_id: str, state: dict[str, Any]) -> None:
    """Write how a document was last seen at its place, which leaves its version as it is."""
    noting = update(Document).where(Document.id == document_id).values(source_state=state)
    await transaction.session.execute(noting, execution_options={"synchronize_session": False})


def _grant(said: Any) -> Grant:
    until = said.get("expires_at")
    return Grant(
        ace_type=Effect(said["ace_type"]),
        principal_type=PrincipalType(said["principal_type"]),
        principal_id=said.get("principal_id"),
        permissions=said["permissions"],
        expires_at=None if until is None else datetime.fromisoformat(until),
        note=said.get("note") or "",
    )
