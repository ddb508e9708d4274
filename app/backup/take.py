"""Roof, backup: take one, beside servers and workers that go on."""

from __future__ import annotations

import asyncio
import base64
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.backup.files import FileKeeping
from app.backup.manifest import FORMAT, Manifest, sealed
from app.backup.names import Names
from app.backup.sealing import key_print
from app.backup.snapshot import Snapshot, Tell, write_rows
from app.backup.vectors import write_vectors
from app.backup.writing import ArchiveWriter
from app.clock import Clock, SystemClock
from app.db.engine import open_database
from app.errors import CannotStart, PlatformError
from app.migrations.run import newest
from app.secrets import load_secrets
from app.settings import Settings
from app.wiring.keeping import blob_store
from app.wiring.vectors import vector_store


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted of a backup."""

    secrets: bool = False  # the platform's secret key as well
    vectors: bool = True  # else they are embedded anew by whoever takes it back


async def take_backup(
    settings: Settings, path: Path, wishes: Wishes, tell: Tell, *, clock: Clock | None = None
) -> Manifest:
    """Write everything the platform knows into a file that is there whole or not at all."""
    clock = clock or SystemClock()
    if settings.embedded_database and not settings.database_url and not (settings.home / "scaigrid.db").exists():
        raise CannotStart(f"there is nothing in {settings.home} yet; start the platform first (scaigrid serve)")
    secrets = load_secrets(settings.secret_key.get_secret_value(), settings.home)
    async with AsyncExitStack() as stack:
        archive = stack.enter_context(ArchiveWriter(path))
        database = open_database(settings.database)
        stack.push_async_callback(database.dispose)
        blobs, _ = await blob_store(stack, settings, clock)
        vectors = vector_store(settings)
        stack.push_async_callback(vectors.aclose)
        taken_at = clock.now()
        documents, collections = (stack.enter_context(closing(Names())) for _ in range(2))
        snapshot = Snapshot(newest(), [], documents, collections)
        await asyncio.to_thread(write_rows, database.lanes, archive, tell, snapshot)
        files = FileKeeping(blobs, database.lanes, archive, tell)
        await files.write(snapshot.documents)
        count = 0
        if wishes.vectors:
            try:
                count = await write_vectors(vectors, snapshot.collections, archive, tell)
            except PlatformError as error:  # rows and files are enough
                tell("vectors", left_out=error.message)
        if wishes.secrets:
            archive.add("secrets/secret.key", base64.b64encode(secrets.root))
        manifests: list[Manifest] = []

        def manifest(sums: str) -> bytes:
            manifests.append(
                Manifest(
                    format=FORMAT,
                    version=platform_version(),
                    revision=snapshot.revision,
                    taken_at=taken_at.isoformat(),
                    key=key_print(secrets),
                    tables=snapshot.tables,
                    blobs=files.count,
                    blob_bytes=files.size,
                    vectors=count,
                    amended=files.amended,
                    with_secrets=wishes.secrets,
                    sums=sums,
                )
            )
            return sealed(manifests[0], secrets)

        await asyncio.to_thread(archive.finish, manifest)
    return manifests[0]


def platform_version() -> str:
    """What this platform calls its version."""
    try:
        return version("scaigrid")
    except PackageNotFoundError:
        return "from its sources"
