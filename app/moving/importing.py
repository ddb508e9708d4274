"""Roof, moving: take a collection in as a new one: nothing of it is there before all of it is.

Nothing of an export is believed: it is read to its end first, every line is checked, everything gets ids of its own,
and who may what is said anew of those who are known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select, update

from acl.facts import DefaultAccess
from app.backup.errors import ArchiveDamaged
from app.backup.names import Names
from app.backup.reading import Archive, Member, open_archive
from app.backup.snapshot import Tell
from app.db.tenancy import Reach
from app.db.transaction import Transaction
from app.errors import PlatformError, SlugConflict, ValidationFailed
from app.identity.caller import Caller
from app.identity.on_behalf import on_behalf_of
from app.identity.tables import Tenant, User
from app.moving.arriving import Arriving
from app.moving.ending import Ending, ListHere
from app.moving.errors import MoveRefused
from app.moving.manifest import FILES, VECTORS
from app.moving.matching import Consent, LeftOut, Matched, match
from app.moving.promise import ErasingPromise
from app.moving.shapes import plain
from app.moving.survey import Survey, survey
from app.moving.vectors_in import VectorTaking
from app.wiring import Platform
from indexing.collections.lifecycle import CollectionDraft, add_row
from indexing.collections.models import ModelChoice
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.pipeline.shared_calls import Account

_MOST_SLUGS = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where it goes, and how it may differ from what it was."""

    tenant: str  # slug or id
    owner: str  # the address of whoever pays for it, and owns it unless its own owner is known
    name: str | None = None
    embedding_model: str | None = None
    graph_model: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in."""

    collection_id: str
    slug: str
    documents: int
    vectors: int
    vectors_refused: str | None
    left_out: LeftOut


@dataclass(frozen=True, slots=True)
class Import:
    """Takes exports in, beside servers and workers that go on."""

    platform: Platform
    tell: Tell

    async def run(self, path: Path, place: Place, consent: Consent) -> Imported:
        """Make a new collection of one."""
        with open_archive(path) as file:
            looking = asyncio.to_thread(survey, file, self.platform.secrets, unsealed=consent.unsealed)
            archive, found = await looking
            self.tell("verified", documents=found.manifest.documents, vectors=found.manifest.vectors)
            payer = await self._payer(place)
            draft = await self._draft(found, place, payer)
            async with self.platform.transactions.open(Reach.one(payer.tenant_id), writes=False) as transaction:
                matched, left_out = await match(transaction.session, payer.tenant_id, found, consent)
            collection, promise = await self._begin(draft, payer.tenant_id, found.collection.slug)
            try:
                taking = _Taking(self.platform, self.tell, collection, promise, found, matched, payer, place)
                documents, vectors = await taking.run(archive)
            except BaseException:
                await asyncio.shield(promise.keep())
                raise
        return Imported(collection.id, collection.slug, documents, vectors.count, vectors.refused, left_out)

    async def _payer(self, place: Place) -> Caller:
        async with self.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
            session = transaction.session
            tenant = await session.scalar(
                select(Tenant).where((Tenant.slug == place.tenant) | (Tenant.id == place.tenant))
            )
            if tenant is None:
                raise MoveRefused(f"There is no tenant {place.tenant!r}.")
            wanted = select(User.id).where(User.tenant_id == tenant.id, User.email == place.owner.lower())
            user_id = await session.scalar(wanted)
        if user_id is None:
            raise MoveRefused(f"There is nobody called {place.owner!r} in that tenant.")
        return await on_behalf_of(self.platform.credentials, user_id, tenant.id)

    async def _draft(self, found: Survey, place: Place, payer: Caller) -> CollectionDraft:
        """What it is to be; refused if whoever pays for it does not see its models."""
        said = found.collection.settings
        chosen = ModelChoice(self.platform.gateway.catalogue, payer, payer.tenant_id)
        embedding, extraction = place.embedding_model or said.embedding_model, place.graph_model
        extraction = extraction or said.graph_extraction_model
        try:
            model = await chosen.embedding(embedding)
            graph_model = None if extraction is None else await chosen.extraction(extraction)
        except PlatformError as error:
            raise MoveRefused(
                f"{error.message} It works with {embedding}{f' and {extraction}' if extraction else ''}; "
                "--embedding-model and --graph-model name others."
            ) from None
        named = said if place.name is None else said.model_copy(update={"name": place.name})
        return named.draft(model, graph_model)

    async def _begin(self, draft: CollectionDraft, tenant_id: str, slug: str) -> tuple[Collection, ErasingPromise]:
        """Make it as one that is deleted already."""
        for number in range(1, _MOST_SLUGS):
            free = slug if number == 1 else f"{slug[:57]}-{number}"
            try:
                async with self.platform.transactions.open(Reach.one(tenant_id)) as transaction:
                    return await self._begun(transaction, draft, tenant_id, free)
            except SlugConflict:
                continue
            except ValidationFailed as error:
                raise MoveRefused(f"It cannot be made so here: {error.details or error.message}") from None
        raise MoveRefused("There are too many collections of that name already.")

    async def _begun(
        self, transaction: Transaction, draft: CollectionDraft, tenant_id: str, slug: str
    ) -> tuple[Collection, ErasingPromise]:
        row = await add_row(transaction, replace(draft, slug=slug), tenant_id=tenant_id)
        row.deleted_at = transaction.clock.now()
        await transaction.session.flush()
        promise = ErasingPromise(self.platform.transactions, self.platform.jobs, tenant_id, row.id)
        await promise.make(transaction)
        return row, promise


@dataclass(frozen=True, slots=True)
class _Taking:
    """One export on its way in."""

    platform: Platform
    tell: Tell
    collection: Collection
    promise: ErasingPromise
    found: Survey
    matched: Matched
    payer: Caller
    place: Place

    async def run(self, archive: Archive) -> tuple[int, VectorTaking]:
        account = Account(self.payer.tenant_id, self.payer.user_id, self.collection.embedding_model)
        vectors = VectorTaking(self.platform, self.collection, account)
        if self.collection.embedding_model != self.found.collection.settings.embedding_model:
            vectors.refused = f"they are those of {self.found.collection.settings.embedding_model}"
        with closing(Names()) as lists:
            arriving = Arriving(self.platform.transactions, self.collection, self.payer.user_id, self.matched, lists)
            members = archive.members()
            while (member := await asyncio.to_thread(next, members, None)) is not None:
                await self.promise.put_off()
                await self._take(member, arriving, vectors)
            await arriving.require_whole()
            await vectors.settle()
            ending = Ending(self.platform, self.collection, self.promise, self.found.manifest)
            there = await ending.run(self._own_list(), self._default_access(), lists)
        await ending.ask(there)
        return len(there), vectors

    async def _take(self, member: Member, arriving: Arriving, vectors: VectorTaking) -> None:
        if member.folder == FILES:
            await self._keep_file(member, arriving)
        elif member.folder == VECTORS:
            if vectors.refused is None:
                await vectors.take(await asyncio.to_thread(member.whole))
                self.tell("vectors", vectors=vectors.count)
        elif member.folder != member.name:
            await arriving.take(member)
            self.tell(member.folder, part=member.name)

    async def _keep_file(self, member: Member, arriving: Arriving) -> None:
        """Keep the file of a document that rows know."""
        mine = Document.id == arriving.document_id(member.name.removeprefix(f"{FILES}/"))
        reach = Reach.one(self.payer.tenant_id)
        async with self.platform.transactions.open(reach, writes=False) as transaction:
            key = await transaction.session.scalar(
                select(Document.blob_key).where(mine, Document.collection_id == self.collection.id)
            )
        if key is None:
            raise ArchiveDamaged(f"{member.name} is the file of no document of the archive.")
        written = await self.platform.blobs.put_stream(key, _pieces(member, self.promise))
        async with self.platform.transactions.open(reach) as transaction:
            noting = update(Document).where(mine).values(size_bytes=written.size_bytes, sha256=written.sha256)
            await transaction.session.execute(noting, execution_options={"synchronize_session": False})

    def _own_list(self) -> ListHere:
        access = self.found.collection.access
        owner = self.matched.owner(access) or self.payer.user_id
        entries = [{**plain(entry), "principal": whom} for entry, whom in self.matched.entries(access)]
        return ListHere(self.collection.id, owner, inherits=False, entries=entries)

    def _default_access(self) -> DefaultAccess:
        return self.matched.default_access(self.found.collection.settings.default_access)


async def _pieces(member: Member, promise: ErasingPromise) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(member.read):
        await promise.put_off()
        yield piece
