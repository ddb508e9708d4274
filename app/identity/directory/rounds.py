"""Ground floor, directory: the task that reads what is due, in every process."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.identity.directory.client import DirectoryClient
from app.identity.directory.mirror import Mirror
from app.identity.directory.reading import Fault, ReadingFailed
from app.identity.directory.turns import SOON, Turn, Turns
from app.telemetry.metrics import DIRECTORY_SECONDS

POLL_SECONDS = 5.0  # changes that another process heard of, and turns it left undone
_PLACES = 4  # tenants read at once
_GRACE_SECONDS = 5.0  # to give turns back when the process stops; else their lease ends

log = structlog.get_logger("directory")


class Rounds:
    """Begins readings when they are due and sees them to their end; any number of processes may do so."""

    def __init__(self, client: DirectoryClient, turns: Turns, mirror: Mirror) -> None:
        self._client = client
        self._turns = turns
        self._mirror = mirror
        self._poll = min(POLL_SECONDS, turns.every.total_seconds())
        self._running: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def wake(self) -> None:
        """Look in a moment: something was heard."""
        asyncio.get_running_loop().call_later(SOON.total_seconds(), self._woken.set)

    async def aclose(self) -> None:
        """Stop; readings under way are broken off, and what counts stays what was read last."""
        tasks = [task for task in (self._task, *self._running.values()) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE_SECONDS)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                for tenant_id in await self._turns.due():
                    if tenant_id not in self._running and len(self._running) < _PLACES:
                        self._begin(tenant_id)
            except SQLAlchemyError as error:
                log.warning("directory_turns_unreadable", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll):
                    await self._woken.wait()

    def _begin(self, tenant_id: str) -> None:
        task = asyncio.get_running_loop().create_task(self._take(tenant_id))
        self._running[tenant_id] = task
        task.add_done_callback(lambda done: self._end(tenant_id, done))

    def _end(self, tenant_id: str, done: asyncio.Task[None]) -> None:
        self._running.pop(tenant_id, None)
        if done.cancelled():
            return
        fault = done.exception()
        if fault is None:
            self._woken.set()  # there is a place again, and perhaps a change was heard meanwhile
        elif isinstance(fault, SQLAlchemyError):
            log.warning("directory_turn_unwritten", tenant_id=tenant_id, error=type(fault).__name__)
        else:
            log.error("directory_reading_broke", tenant_id=tenant_id, exc_info=fault)

    async def _take(self, tenant_id: str) -> None:
        turn = await self._turns.begin(tenant_id)
        if turn is None:
            return
        begun = asyncio.get_running_loop().time()
        try:
            outcome = await self._read(turn)
        except asyncio.CancelledError:
            await self._turns.give_back(turn)
            raise
        DIRECTORY_SECONDS.labels(outcome).observe(asyncio.get_running_loop().time() - begun)

    async def _read(self, turn: Turn) -> str:
        try:
            reading = await self._client.read(turn.external_id)
            outcome = await self._mirror.apply(turn, reading)
        except ReadingFailed as failed:
            return await self._fail(turn, failed.fault)
        except SQLAlchemyError:
            return await self._fail(turn, Fault.UNWRITTEN)
        log.info("directory_read", tenant_id=turn.tenant_id, groups=len(reading.groups), outcome=outcome)
        return outcome

    async def _fail(self, turn: Turn, fault: Fault) -> str:
        log.warning("directory_not_read", tenant_id=turn.tenant_id, fault=fault)
        await self._turns.fail(turn, fault)
        return fault
