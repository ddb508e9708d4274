"""Roof, moving: the vectors that come in, if the model here gives the same ones; else all is embedded anew."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select, update

from app.backup.errors import ArchiveDamaged
from app.db.bulk import batches
from app.db.tenancy import Reach
from app.errors import PlatformError
from app.ids import reckoned_id
from app.inference.errors import UpstreamShapeMismatch
from app.moving.arriving import edition_id
from app.moving.files import ORDER
from app.moving.shapes import VectorLine, heard
from app.wiring import Platform
from indexing.collections.tables import Collection
from indexing.editions.chunks import mark_stored
from indexing.editions.tables import ChunkRow
from indexing.forking.fork import copy_id
from indexing.pipeline.shared_calls import Account
from indexing.pipeline.vector_checks import checked
from indexing.stores.vectors import Entry, Index

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ALIKE = 0.99  # cosine: what one model gives for one text on two machines differs in the last digits


@dataclass(slots=True)
class VectorTaking:
    """Puts vectors into the store, for passages that rows know."""

    platform: Platform
    collection: Collection
    account: Account
    count: int = 0
    refused: str | None = None  # why vectors are not taken
    _dimensions: int | None = field(default=None, init=False)

    async def take(self, raw: bytes) -> None:
        """Take in one part."""
        for some in batches(heard(VectorLine, raw)):
            if self.refused is not None:
                return
            await self._put(some)

    async def _put(self, lines: Sequence[VectorLine]) -> None:
        ids = [self._chunk_id(line) for line in lines]
        try:
            vectors = await asyncio.to_thread(_read, lines)
        except (ValueError, UpstreamShapeMismatch, binascii.Error):
            raise ArchiveDamaged("A part of the archive's vectors cannot be read.") from None
        entries = await self._entries(dict(zip(ids, vectors, strict=True)))
        if not entries or not await self._is_known(entries[0]):
            return
        if len(entries[0].vector) != self._dimensions:
            raise ArchiveDamaged("The archive's vectors are not of one length.")
        index = Index(self.collection.tenant_id, self.collection.id, self.collection.index_name)
        await self.platform.vectors.put(index, entries)
        kept = [entry.chunk_id for entry in entries]
        await self.platform.writer.write(lambda writing: mark_stored(writing.on, kept))
        self.count += len(entries)

    async def _is_known(self, first: Entry) -> bool:
        """Whether the model gives for a text what was given for it; asked once."""
        if self._dimensions is not None:
            return True
        try:
            own = (await self.platform.calls.embed(self.account, [first.text]))[0]
        except PlatformError as error:
            self.refused = error.message
            return False
        if own.shape != first.vector.shape or _cosine(own, first.vector) < _ALIKE:
            self.refused = f"{self.account.model} gives other vectors here"
            return False
        self._dimensions = len(own)
        return True

    async def settle(self) -> None:
        """Say how long vectors of the collection are, once there are some."""
        if self._dimensions is None:
            return
        async with self.platform.transactions.open(Reach.one(self.collection.tenant_id)) as transaction:
            settling = update(Collection).where(Collection.id == self.collection.id)
            await transaction.session.execute(
                settling.values(dimensions=self._dimensions), execution_options={"synchronize_session": False}
            )

    async def _entries(self, vectors: Mapping[str, NDArray[np.float32]]) -> list[Entry]:
        wanted = select(ChunkRow.id, ChunkRow.document_id, ChunkRow.content).where(
            ChunkRow.id.in_(vectors), ChunkRow.collection_id == self.collection.id
        )
        async with self.platform.transactions.open(Reach.one(self.collection.tenant_id), writes=False) as transaction:
            found = (await transaction.session.execute(wanted)).all()
        return [Entry(id_, document_id, 1, text, vectors[id_]) for id_, document_id, text in found]

    def _chunk_id(self, line: VectorLine) -> str:
        return reckoned_id("chk", edition_id(copy_id(self.collection.id, line.document)), line.index)


def _read(lines: Sequence[VectorLine]) -> NDArray[np.float32]:
    raw = [base64.b64decode(line.vector, validate=True) for line in lines]
    if len({len(one) for one in raw}) != 1:
        raise ValueError("vectors of several lengths")
    vectors = np.frombuffer(b"".join(raw), dtype=ORDER).astype(np.float32).reshape(len(raw), -1)
    return checked(vectors, len(raw))


def _cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))
