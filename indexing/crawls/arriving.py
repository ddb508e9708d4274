"""Knowing, crawls: what was found becomes a document, or another content of one, or leaves it as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from indexing.collections.tables import Collection
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
    """By which door findings come in, and where to."""

    access: Access
    intake: DocumentIntake
    jobs: JobQueue
    plan: Plan
    collection_id: str
    crawl_id: str | None

    def is_news(self, finding: Finding) -> bool:
        """Whether anything is to be written of the document that is held."""
        return (
            finding.known is None
            or finding.has_changed
            or self.state(finding, finding.known.state) != finding.known.state
        )

    def state(self, finding: Finding, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """How a finding was seen, beside what was noted of its document before."""
        kept = {name: value for name, value in (before or {}).items() if name not in {GONE_SINCE, GONE_IN}}
        marks = {} if finding.page is None else marks_of(finding.page)
        return kept | marks | ({} if self.crawl_id is None else {"crawl_id": self.crawl_id})


@dataclass(slots=True)
class Arrivals:
    """Takes findings in by the door of all documents, within one transaction of whoever started the run."""

    by: Arriving
    transaction: Transaction
    caller: Caller
    findings: Sequence[Finding]  # all that may arrive in this transaction
    _into: Collection | None = None  # held until the commit, and asked whether the caller may
    _brought: dict[str, list[str]] = field(default_factory=dict)  # documents by where they came from

    async def arrive(self, finding: Finding, content: Content | None) -> str:
        """Keep what was found; returns the document. `content` is there where it is not what is held already."""
        if finding.known is None:
            return await self._new(finding, content)
        row = await self._held(finding.known.document_id)
        if row.sha256 != finding.known.sha256:
            raise Stale
        if content is not None:
            kind = finding.page.media_type if finding.page is not None else None
            replacing = Replacing(self.transaction, self.by.jobs, self.caller)
            await replacing.replace(row, content, kind, name_of_url(finding.url))
        await self._note(row, finding)
        return row.id

    async def _new(self, finding: Finding, content: Content | None) -> str:
        page, digest, plan = finding.page, source_digest(finding.url), self.by.plan
        if content is None or page is None:
            raise Stale
        into = await self._open()
        for held in self._brought.get(digest, ()):
            if await self._is_theirs(held):
                raise Stale  # somebody else has brought it meanwhile
        origin = Origin(CRAWL, finding.url, digest, self.by.state(finding))
        arrival = Arrival(name_of_url(finding.url), declared_type=page.media_type, origin=origin)
        row = await self.by.intake.add(self.transaction, content, arrival, into=into, caller=self.caller)
        self._brought.setdefault(digest, []).append(row.id)
        if plan.acl or not plan.acl_inherit:
            await self.transaction.session.flush()
            grants = [_grant(said) for said in plan.acl]
            await give_from_the_start(self.transaction, row.id, grants, inherits=plan.acl_inherit)
        return row.id

    async def _open(self) -> Collection:
        if self._into is None:
            id_ = self.by.collection_id
            held = await get_for_tenant(self.transaction.session, id_, hold=True)
            self._into = await self.by.intake.allowed(self.transaction, id_, self.caller, held)
            self._brought = await self._brought_before(id_)
        return self._into

    async def _brought_before(self, collection_id: str) -> dict[str, list[str]]:
        digests = {source_digest(finding.url) for finding in self.findings if finding.known is None}
        brought: dict[str, list[str]] = {}
        for found in await find_by_source(self.transaction.session, collection_id, sorted(digests)):
            brought.setdefault(found.row.source_digest or "", []).append(found.id)
        return brought

    async def _held(self, document_id: str) -> Document:
        found = await find_document(self.transaction.session, document_id, hold=True)
        if found is None or not await self._is_theirs(document_id):
            raise Stale
        return found.row

    async def _is_theirs(self, document_id: str) -> bool:
        resolver = self.by.access.resolver(self.transaction.session)
        return await resolver.can(self.caller, ref_for_document(document_id), NEEDED)

    async def _note(self, row: Document, finding: Finding) -> None:
        """Remember how it was seen; written only where that is news, and no change of the document to anybody."""
        state = self.by.state(finding, row.source_state)
        if state != row.source_state:
            await note_state(self.transaction, row.id, state)


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
