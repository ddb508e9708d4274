"""Roof, wiring: what is swept from time to time in every process; sweeping twice is harmless."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.blobs.errors import StorageError

log = structlog.get_logger("tidying")
_EVERY_SECONDS = 600.0


@asynccontextmanager
async def tidying(sweeps: Sequence[Callable[[], Awaitable[object]]]) -> AsyncIterator[None]:
    """Sweep in the background until the block ends."""
    task = asyncio.create_task(_sweep_for_ever(sweeps))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _sweep_for_ever(sweeps: Sequence[Callable[[], Awaitable[object]]]) -> None:
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        for sweep in sweeps:
            try:
                await sweep()
            except (SQLAlchemyError, StorageError) as error:
                log.warning("sweep_failed", sweep=sweep.__qualname__, reason=type(error).__name__)
