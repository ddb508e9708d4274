"""Knowing, stores: the driver of a Neo4j server, and what its failures mean for those who asked."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, LiteralString, TypeVar

from neo4j import AsyncDriver, AsyncGraphDatabase, AsyncTransaction, NotificationMinimumSeverity, Record
from neo4j._exceptions import BoltError, SocketDeadlineExceededError  # what it lets through of what is not Neo4j
from neo4j.exceptions import (
    AuthError,
    ClientError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    UnsupportedServerProduct,
)

from indexing.errors import StoreUnavailable
from indexing.stores.neo4j import layout
from indexing.stores.neo4j.address import Address

T = TypeVar("T")
Parameters = Mapping[str, Any]

AWAY = "The graph store (Neo4j) does not answer, or not as it should."
STRANGE = "What answers at SCAIGRID_NEO4J_URL is not Neo4j."
REFUSED = "The graph store (Neo4j) does not accept SCAIGRID_NEO4J_USER with SCAIGRID_NEO4J_PASSWORD."

OLDEST = (5, 26)  # nothing older has been asked whether it keeps these promises
OPENING_SECONDS = 5
LAYOUT_SECONDS = 300  # indexes over what is there already
PATIENCE_SECONDS = 60
PAUSES = (0.0, 0.05, 0.2, 0.5, 1.0, 2.0)  # between attempts of what another transaction was in the way of
_LOST = (ServiceUnavailable, SessionExpired)
_OVERTAKEN = frozenset(
    {"Neo.ClientError.Statement.EntityNotFound", "Neo.ClientError.Schema.ConstraintValidationFailed"}
)
_FAILURES = (
    Neo4jError,
    DriverError,
    UnsupportedServerProduct,
    BoltError,
    SocketDeadlineExceededError,
    OSError,
    TimeoutError,
)


class Server:
    """A server that is reached when it is first asked something, with everything it needs made there."""

    def __init__(self, address: Address) -> None:
        self._driver = AsyncGraphDatabase.driver(
            address.url,
            auth=(address.user, address.password) if address.password else None,
            connection_timeout=OPENING_SECONDS,
            connection_acquisition_timeout=2 * OPENING_SECONDS,
            liveness_check_timeout=30,
            max_connection_pool_size=50,
            notifications_min_severity=NotificationMinimumSeverity.OFF,
            telemetry_disabled=True,
        )
        self._preparing = asyncio.Lock()
        self._is_prepared = False

    async def read(self, text: LiteralString, parameters: Parameters) -> list[Record]:
        """Ask one question."""

        async def ask(transaction: AsyncTransaction) -> list[Record]:
            return await rows(transaction, text, parameters)

        return await self.write(ask)

    async def write(self, work: Callable[[AsyncTransaction], Awaitable[T]]) -> T:
        """Do some work in one transaction, again from its beginning where another one was in its way.

        Reading goes this way too: in a cluster it leads to the server that has what was written last.
        """
        with translated():
            async with asyncio.timeout(OPENING_SECONDS * 2 + LAYOUT_SECONDS):
                await self._prepare()
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._attempted(work)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._driver.close()

    async def _attempted(self, work: Callable[[AsyncTransaction], Awaitable[T]]) -> T:
        lost = 0
        for pause in PAUSES:
            try:
                return await _done(self._driver, work)
            except _LOST:
                lost += 1
                if lost > 1:  # the first may be a connection that has died since it was used
                    raise
            except Neo4jError as error:
                if not (error.is_retryable() or error.code in _OVERTAKEN):
                    raise
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not meet again
        return await _done(self._driver, work)

    async def _prepare(self) -> None:
        if self._is_prepared:
            return
        async with self._preparing:
            if not self._is_prepared:
                await self._check_version()
                await self._make_layout()
                self._is_prepared = True

    async def _check_version(self) -> None:
        try:
            async with asyncio.timeout(OPENING_SECONDS):
                said = (await self._driver.get_server_info()).agent
        except SessionExpired:  # a server that has just been started again
            said = (await self._driver.get_server_info()).agent
        product, _, version = said.partition("/")
        numbers = version.split(".")[:2]
        if product != "Neo4j" or not all(number.isdigit() for number in numbers):
            raise StoreUnavailable(STRANGE)
        if tuple(map(int, numbers)) < OLDEST:
            raise StoreUnavailable(f"Neo4j {version} is too old: it must be {OLDEST[0]}.{OLDEST[1]} or newer.")

    async def _make_layout(self) -> None:
        async def noted(transaction: AsyncTransaction) -> bool:
            found = await rows(transaction, layout.NOTED, {})
            return bool(found) and found[0]["version"] >= layout.VERSION

        async def note(transaction: AsyncTransaction) -> None:
            await rows(transaction, layout.NOTE, {"version": layout.VERSION})

        if await self._attempted(noted):
            return
        for text in (*layout.MAKE, layout.FINISH):

            async def make(transaction: AsyncTransaction, text: LiteralString = text) -> None:
                await rows(transaction, text, {})

            await self._attempted(make)
        await self._attempted(note)


async def _done(driver: AsyncDriver, work: Callable[[AsyncTransaction], Awaitable[T]]) -> T:
    async with driver.session() as session, await session.begin_transaction(timeout=PATIENCE_SECONDS) as transaction:
        result = await work(transaction)
        await transaction.commit()
        return result


async def rows(transaction: AsyncTransaction, text: LiteralString, parameters: Parameters) -> list[Record]:
    """All that one question is answered with."""
    result = await transaction.run(text, dict(parameters))
    return [record async for record in result]


@contextmanager
def translated() -> Iterator[None]:
    """Say every failure of the driver or of its wire as the port promises."""
    try:
        yield
    except _FAILURES as error:
        raise StoreUnavailable(REFUSED if _is_refusal(error) else AWAY) from error


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, AuthError) or (
        isinstance(error, ClientError) and (error.code or "").startswith("Neo.ClientError.Security.")
    )
