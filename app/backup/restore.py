"""Roof, backup: take one back: looked through first, then rows, files and vectors, each as it was.

Nothing is changed before all of the file has been read, its seal is known to be ours and the stores answer. Killed at
any point, the database stays closed to everybody but the next attempt, which begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from app.audit.verify import inspect
from app.backup import target
from app.backup.errors import ArchiveDamaged, BackupRefused
from app.backup.files import AMENDED, DOCUMENTS, PICTURES
from app.backup.filling import Filling
from app.backup.manifest import Manifest, is_sealed, read_manifest
from app.backup.reading import Archive, Member, open_archive
from app.backup.sealing import key_print
from app.backup.settling import Promising, amendments_of, let_go, move_epochs
from app.backup.snapshot import Tell
from app.backup.vectors import VectorFilling
from app.blobs.ports import BlobStore, is_key
from app.clock import Clock, SystemClock
from app.db.engine import Database, open_database
from app.db.transaction import Transactions
from app.identity.tables import Tenant
from app.migrations.run import is_known, newest, upgrade
from app.secrets import Secrets, keep_key, present_secrets, secrets_of
from app.settings import Settings
from app.wiring.calling import job_queue
from app.wiring.graphs import graph_store
from app.wiring.keeping import blob_store
from app.wiring.vectors import vector_store
from indexing.reconciling.fingerprints import Fingerprints
from indexing.stores.graphs import GraphStore
from indexing.stores.vectors import VectorStore

_TELL_EVERY = 500


@dataclass(frozen=True, slots=True)
class Consent:
    """What is allowed."""

    replace: bool = False  # everything that is there is taken away
    without_key: bool = False  # what is sealed with another secret key is lost, and whose file it is nobody knows


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back."""

    manifest: Manifest
    rows: int
    blobs: int
    vectors: int
    broken_chains: Mapping[str, str] = field(default_factory=dict)  # by tenant


async def restore_backup(
    settings: Settings, path: Path, consent: Consent, tell: Tell, *, clock: Clock | None = None
) -> Restored:
    """Take a backup back."""
    clock = clock or SystemClock()
    with open_archive(path) as file:
        archive = Archive(file)
        manifest = await asyncio.to_thread(_trusted, archive, settings, consent)
        tell("verified", rows=manifest.rows, blobs=manifest.blobs, vectors=manifest.vectors)
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with AsyncExitStack() as stack:
            database = open_database(settings.database)
            stack.push_async_callback(database.dispose)
            await asyncio.to_thread(target.check, database.lanes, replace=consent.replace)
            blobs, _ = await blob_store(stack, settings, clock)
            vectors, graphs, queue = vector_store(settings), graph_store(settings), job_queue(settings)
            for part in (vectors, graphs, queue):
                stack.push_async_callback(part.aclose)
            await blobs.answers()
            await vectors.answers()
            promising = Promising(Transactions(database, clock), queue)
            restoring = _Restoring(settings.home, database, blobs, vectors, graphs, promising, manifest, tell)
            return await restoring.run(archive, settings)


@dataclass(slots=True)
class _Restoring:
    """One backup on its way back."""

    home: Path
    database: Database
    blobs: BlobStore
    vectors: VectorStore
    graphs: GraphStore
    promising: Promising
    manifest: Manifest
    tell: Tell
    count: int = 0
    vector_count: int = 0
    seen: Fingerprints = field(default_factory=Fingerprints)

    async def run(self, archive: Archive, settings: Settings) -> Restored:
        engine = self.database.lanes
        before = await asyncio.to_thread(target.empty, engine, self.home, self.manifest.revision)
        for index in before.indexes:
            await self.vectors.drop(index)
            await self.graphs.drop(index)
        filling = Filling(engine, self.manifest)
        await asyncio.to_thread(filling.prepare)
        rows_are_in = False
        for member in archive.members():
            if member.folder == "rows":
                await asyncio.to_thread(filling.add, member)
                continue
            if not rows_are_in:
                await asyncio.to_thread(self._rows_are_in, filling)
                rows_are_in = True
            await self._take(member, settings)
        await self._forget_others(replaced=before.begun)
        await self.promising.look_through()
        await asyncio.to_thread(move_epochs, engine, before)
        broken = await asyncio.to_thread(_broken_chains, self.database)
        await asyncio.to_thread(target.release, engine)
        return Restored(self.manifest, self.manifest.rows, self.count, self.vector_count, broken)

    def _rows_are_in(self, filling: Filling) -> None:
        """All rows are there: bring the tables to what this version works with, and let go of the past."""
        engine = self.database.lanes
        filling.complete()
        upgrade(engine, self.home, restoring=True)
        with engine.execution_options(writes=False).connect() as connection:
            if (lost := target.dangling(connection)) is not None:
                raise ArchiveDamaged(f"The backup's rows do not belong together: {lost} names what is not there.")
        let_go(engine)
        self.tell("rows", rows=self.manifest.rows)

    async def _take(self, member: Member, settings: Settings) -> None:
        if member.folder == "blobs":
            await self._put_blob(member)
        elif member.name == AMENDED:
            await self.promising.amend(amendments_of(await asyncio.to_thread(member.whole)))
        elif member.folder == "vectors":
            putting = VectorFilling(self.vectors, self.database.lanes)
            collection_id = member.name.split("/")[1]
            self.vector_count += await putting.put(collection_id, await asyncio.to_thread(member.whole))
            self.tell("vectors", vectors=self.vector_count)
        elif member.folder == "secrets" and present_secrets(_configured(settings), self.home) is None:
            keep_key(self.home, secrets_of(member.whole(1000).decode("ascii", "replace"), member.name).root)

    async def _put_blob(self, member: Member) -> None:
        key = member.name.removeprefix("blobs/")
        if not is_key(key) or key.partition("/")[0] not in (DOCUMENTS, *PICTURES):
            raise ArchiveDamaged(f"{member.name} is no file of the platform.")
        await self.blobs.put_stream(key, _pieces(member))
        self.seen.add([key])
        self.count += 1
        if self.count % _TELL_EVERY == 0:
            self.tell("blobs", blobs=self.count)

    async def _forget_others(self, *, replaced: bool) -> None:
        """Keep no file of what was there before."""
        if not replaced:
            return
        for place in (DOCUMENTS, *PICTURES):
            strange = [kept.key async for kept in self.blobs.keys(place) if self.seen.missing([kept.key])]
            for key in strange:
                await self.blobs.delete(key)


async def _pieces(member: Member) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(member.read):
        yield piece


def _trusted(archive: Archive, settings: Settings, consent: Consent) -> Manifest:
    """Read the whole file, and believe it only if the holder of the platform's key wrote it."""
    document = archive.verify()
    manifest = read_manifest(document)
    if not is_known(manifest.revision):
        raise BackupRefused(
            f"The backup is of a newer version (revision {manifest.revision}; this one knows those to {newest()}): "
            "take it back with that version."
        )
    secrets = present_secrets(_configured(settings), settings.home) or _carried(archive, manifest)
    if consent.without_key:
        return manifest
    if secrets is None:
        raise BackupRefused(
            f"The platform's secret key is missing: put the file secret.key into {settings.home}, or set "
            "SCAIGRID_SECRET_KEY. --without-key goes on without it; then what is sealed with it is lost."
        )
    if key_print(secrets) != manifest.key:
        raise BackupRefused(
            "The backup was taken with another secret key than this platform has: put that one in its place. "
            "--without-key goes on without it; then what is sealed with it is lost."
        )
    if not is_sealed(document, secrets):
        raise ArchiveDamaged("The backup's seal is not the platform's: somebody else wrote it, or changed it.")
    return manifest


def _carried(archive: Archive, manifest: Manifest) -> Secrets | None:
    if not manifest.with_secrets:
        return None
    for member in archive.members():
        if member.folder == "secrets":
            return secrets_of(member.whole(1000).decode("ascii", "replace"), member.name)
    return None


def _configured(settings: Settings) -> str:
    return settings.secret_key.get_secret_value()


def _broken_chains(database: Database) -> dict[str, str]:
    with database.lanes.execution_options(writes=False).connect() as connection:
        tenants = list(connection.scalars(select(Tenant.id)))
        looked = [(tenant_id, inspect(connection, tenant_id)) for tenant_id in tenants]
    return {tenant_id: one.broken.sentence for tenant_id, one in looked if one.broken}
