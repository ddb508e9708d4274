"""Roof, wiring: where the pictures of assistants are kept: in a bucket of the module's own, or with the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from app.blobs.errors import StorageError
from app.blobs.ports import BlobStore
from app.clock import Clock
from app.loading import loading
from app.modules.switchboard import Switchboard

if TYPE_CHECKING:
    from app.blobs.s3 import S3Place

_MOST = 50  # buckets, each with connections of its own


@dataclass(slots=True)
class ModulePictures:
    """Opens a bucket when the first picture goes there, and keeps it open for the next ones."""

    switchboard: Switchboard
    own: BlobStore  # the platform's
    folder: Path
    clock: Clock
    _open: dict[S3Place, BlobStore] = field(default_factory=dict)
    _closing: AsyncExitStack = field(default_factory=AsyncExitStack)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, tenant_id: str) -> BlobStore:
        """The store that is set for a tenant, or for all; without one, where the platform keeps its files."""
        said = await self.switchboard.settings_of(tenant_id, "scaipersona")
        if not said.get("s3_bucket"):
            return self.own
        async with self._one_at_a_time:
            return await self._bucket(said)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._closing.aclose()

    async def _bucket(self, said: Mapping[str, str]) -> BlobStore:
        s3 = await asyncio.to_thread(_s3)
        names = {"endpoint_url": "s3_endpoint_url", "region": "s3_region", "access_key": "s3_access_key"}
        names |= {"secret_key": "s3_secret_key"}
        place = s3.S3Place(said["s3_bucket"], **{name: said[key] for name, key in names.items() if said.get(key)})
        if place not in self._open:
            if len(self._open) >= _MOST:
                await self._closing.aclose()
                self._open.clear()
            try:
                opened = await asyncio.to_thread(s3.open_bucket, place, self.folder, self.clock)
            except ValueError:
                raise StorageError("its settings name no place") from None
            self._closing.push_async_callback(opened.aclose)
            self._open[place] = opened
        return self._open[place]


def _s3() -> ModuleType:
    """Load what speaks to buckets: it takes most of a second, and most never need it."""
    with loading():
        from app.blobs import s3  # noqa: PLC0415

    return s3
