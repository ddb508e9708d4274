"""Ground floor, outbound: an httpx transport whose every connection goes to an address the guard has seen."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

import certifi
import httpx

from app.outbound.addresses import Address
from app.outbound.guard import Guard
from app.outbound.resolve import Resolver, checked_addresses, system_resolver
from app.outbound.urls import DEFAULT_PORTS, Target, read_host
from app.outbound.wire import Connection

_Origin = tuple[str, str, int | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections, and how long each step may take."""

    connections: int = 256
    idle: int = 64
    idle_s: float = 20.0
    connect_s: float = 5.0
    lookup_s: float = 5.0
    place_s: float = 10.0


class GuardedTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over pooled connections. A name is looked up once, and what was checked is what is connected to."""

    def __init__(
        self,
        guard: Guard,
        *,
        limits: Limits | None = None,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
        repeat_unheard: bool = False,
    ) -> None:
        """Set `repeat_unheard` where a POST may be sent again after an idle connection turned out to be closed."""
        self.guard = guard
        self._limits = limits or Limits()
        self._resolver = resolver
        self._tls = tls
        self._repeat_unheard = repeat_unheard
        self._places = asyncio.Semaphore(self._limits.connections)
        self._idle: dict[_Origin, list[Connection]] = defaultdict(list)
        self._idle_count = 0
        self._busy: set[Connection] = set()

    async def check(self, url: str) -> Target:
        """Return where a URL leads, or refuse it, also for the addresses its name stands for now."""
        target = self.guard.check_url(url)
        await checked_addresses(self.guard, target, resolver=self._resolver, timeout_s=self._limits.lookup_s)
        return target

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return once the answer's head is there; the body is read from its stream."""
        await self._take_place()
        try:
            return await self._exchange(request)
        except BaseException:
            self._places.release()
            raise

    async def _take_place(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(self._limits.place_s):
                await self._places.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("every connection is in use") from None

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        origin = (url.scheme, url.host, url.port)
        wire = await _serialised(request)
        timeout_s = request.extensions.get("timeout", {}).get("read")
        connection = self._idle_connection(origin)
        if connection is not None:
            try:
                return await self._answer(connection, origin, request, wire, timeout_s)
            except (httpx.RemoteProtocolError, httpx.ReadError):
                if not connection.unheard or not (self._repeat_unheard or request.method in {"GET", "HEAD"}):
                    raise
        connection = await self._connect(url)
        return await self._answer(connection, origin, request, wire, timeout_s)

    async def _answer(
        self, connection: Connection, origin: _Origin, request: httpx.Request, wire: bytes, timeout_s: float | None
    ) -> httpx.Response:
        self._busy.add(connection)
        try:
            connection.ask(wire, head_only=request.method == "HEAD")
            await connection.head(timeout_s)
        except BaseException:
            self._busy.discard(connection)
            connection.abort()
            raise
        body = Body(self, connection, origin, timeout_s)
        return httpx.Response(connection.status, headers=connection.headers, stream=body, request=request)

    def _idle_connection(self, origin: _Origin) -> Connection | None:
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            self._idle_count -= 1
            if connection.idle_timer is not None:
                connection.idle_timer.cancel()
            if connection.open:
                return connection
        self._idle.pop(origin, None)
        return None

    def give_back(self, connection: Connection, origin: _Origin) -> None:
        """Keep a connection whose answer was read to its end; drop any other."""
        self._busy.discard(connection)
        self._places.release()
        if not connection.free or self._idle_count >= self._limits.idle:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        connection.idle_timer = loop.call_later(self._limits.idle_s, self._expire, connection, origin)
        self._idle[origin].append(connection)
        self._idle_count += 1

    def _expire(self, connection: Connection, origin: _Origin) -> None:
        idle = self._idle[origin]
        idle.remove(connection)
        self._idle_count -= 1
        if not idle:
            del self._idle[origin]
        connection.abort()

    async def _connect(self, url: httpx.URL) -> Connection:
        target = _target(url)
        addresses = await checked_addresses(
            self.guard, target, resolver=self._resolver, timeout_s=self._limits.lookup_s
        )
        failure: Exception = httpx.ConnectError("no address")
        for address in addresses:
            try:
                async with asyncio.timeout(self._limits.connect_s):
                    return await self._connect_to(address, target)
            except TimeoutError:
                failure = httpx.ConnectTimeout("not connected within the time allowed")
            except OSError:
                failure = httpx.ConnectError("not connected")
        raise failure

    async def _connect_to(self, address: Address, target: Target) -> Connection:
        loop = asyncio.get_running_loop()
        if target.scheme == "http":
            _, connection = await loop.create_connection(Connection, str(address), target.port)
            return connection
        tls = self._tls or _trusting_the_usual()
        _, connection = await loop.create_connection(
            Connection, str(address), target.port, ssl=tls, server_hostname=target.host
        )
        return connection

    async def aclose(self) -> None:
        """Drop every connection, those in use included."""
        for connections in self._idle.values():
            for connection in connections:
                if connection.idle_timer is not None:
                    connection.idle_timer.cancel()
                connection.abort()
        for connection in self._busy:
            connection.abort()
        self._idle.clear()
        self._idle_count = 0
        self._busy.clear()


class Body(httpx.AsyncByteStream):
    """The body of one answer, in pieces as large as what has arrived."""

    def __init__(
        self, transport: GuardedTransport, connection: Connection, origin: _Origin, timeout_s: float | None
    ) -> None:
        self._transport = transport
        self._connection = connection
        self._origin = origin
        self._given_back = False
        self.timeout_s = timeout_s  # may be changed between two pieces

    def __aiter__(self) -> Body:
        return self

    async def __anext__(self) -> bytes:
        if self._given_back:
            # The connection may already be carrying somebody else's answer.
            raise httpx.StreamClosed
        piece = await self._connection.piece(self.timeout_s)
        if not piece:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        """Give the connection back, or drop it when the answer has not ended; harmless when repeated."""
        if not self._given_back:
            self._given_back = True
            self._transport.give_back(self._connection, self._origin)


@cache
def _trusting_the_usual() -> ssl.SSLContext:
    """Trust what the system trusts (`SSL_CERT_FILE` included), or Mozilla's list where the system has none.

    One for the whole process: reading the certificates takes tens of milliseconds.
    """
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):
        context.load_verify_locations(cafile=certifi.where())
    return context


async def _serialised(request: httpx.Request) -> bytes:
    parts = [b"%s %s HTTP/1.1\r\n" % (request.method.encode("ascii"), request.url.raw_path)]
    for name, value in request.headers.raw:
        if b"\n" in value or b"\r" in value or b"\n" in name or b"\r" in name:
            raise httpx.LocalProtocolError("a header holds a line break")
        parts.append(b"%s: %s\r\n" % (name, value))
    parts.append(b"\r\n")
    if "transfer-encoding" in request.headers:
        raise httpx.LocalProtocolError("bodies are sent whole")
    if not isinstance(request.stream, httpx.AsyncByteStream):
        raise httpx.LocalProtocolError("the body cannot be read here")
    parts.extend([chunk async for chunk in request.stream])
    return b"".join(parts)


def _target(url: httpx.URL) -> Target:
    host, address = read_host(f"[{url.host}]" if ":" in url.host else url.raw_host.decode("ascii"))
    port = url.port or DEFAULT_PORTS.get(url.scheme, 0)
    if url.scheme not in DEFAULT_PORTS:
        raise httpx.UnsupportedProtocol("only http and https are called")
    return Target(scheme=url.scheme, host=host, port=port, rest="/", address=address)
