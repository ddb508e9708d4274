"""Ground floor, outbound: calls to addresses that strangers name, within limits on time, size and redirects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urljoin

import httpx

from app.outbound.decoding import ACCEPTED, decoder_for
from app.outbound.errors import Fault, OutboundFailed
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from app.outbound.urls import Target

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BOUND_TO_HOST = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer read to its end; `body` is unpacked, `hops` are the URLs asked before `url`."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes
    hops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer of which only the head was read; `parts` is its body, unpacked, piece by piece."""

    url: str
    status: int
    headers: httpx.Headers
    parts: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one call may take; `total_s` covers everything, redirects included."""

    total_s: float = 30.0
    read_s: float = 10.0
    body_bytes: int = 10 * 1024 * 1024


class OutboundClient:
    """Sends single requests to checked addresses. Failures are the errors of `app.outbound.errors`, nothing else."""

    def __init__(self, transport: GuardedTransport, *, user_agent: str = "ScaiGrid") -> None:
        self._guard = transport.guard
        self._transport = transport
        self._user_agent = user_agent

    async def send(
        self,
        method: str,
        url: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        allowance: Allowance | None = None,
    ) -> Fetched:
        """Ask once; a redirect is an answer like any other."""
        allowance = allowance or Allowance()
        try:
            async with asyncio.timeout(allowance.total_s):
                return await self._ask(method, url, content, headers or {}, allowance)
        except TimeoutError:
            raise _too_slow() from None

    async def get_following(
        self,
        url: str,
        *,
        max_redirects: int = 5,
        headers: Mapping[str, str] | None = None,
        allowance: Allowance | None = None,
    ) -> Fetched:
        """GET, following redirects; each hop is checked like the first."""
        allowance = allowance or Allowance()
        try:
            async with asyncio.timeout(allowance.total_s):
                return await self._follow(url, max_redirects, dict(headers or {}), allowance)
        except TimeoutError:
            raise _too_slow() from None

    async def check(self, url: str) -> str:
        """Return a URL in its usual spelling; refused at once if it, or what its name stands for, may not be called."""
        try:
            return (await self._transport.check(url)).url
        except OutboundFailed:  # its host cannot be found now, which may pass
            return self._guard.check_url(url).url

    @asynccontextmanager
    async def open_following(
        self,
        url: str,
        *,
        max_redirects: int = 5,
        headers: Mapping[str, str] | None = None,
        allowance: Allowance | None = None,
    ) -> AsyncIterator[Opened]:
        """GET, following redirects as above, and give the body as it comes: never whole in memory."""
        allowance = allowance or Allowance()
        heading = self._follow_to_head(url, max_redirects, dict(headers or {}), allowance)
        async with _opened(heading, allowance) as answer:
            yield answer

    @asynccontextmanager
    async def open(
        self, url: str, *, headers: Mapping[str, str] | None = None, allowance: Allowance | None = None
    ) -> AsyncIterator[Opened]:
        """GET and give the body as it comes; a redirect is an answer like any other."""
        allowance = allowance or Allowance()
        async with _opened(self._head("GET", url, b"", headers or {}, allowance), allowance) as answer:
            yield answer

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._transport.aclose()

    async def _follow(self, url: str, max_redirects: int, headers: dict[str, str], allowance: Allowance) -> Fetched:
        trail = _Trail(self._guard, max_redirects, headers)
        while True:
            answer = await self._ask("GET", url, b"", trail.headers, allowance)
            following = trail.following(answer.url, answer.status, answer.headers)
            if following is None:
                return Fetched(answer.url, answer.status, answer.headers, answer.body, tuple(trail.hops))
            url = following

    async def _follow_to_head(
        self, url: str, max_redirects: int, headers: dict[str, str], allowance: Allowance
    ) -> tuple[Target, httpx.Response]:
        trail = _Trail(self._guard, max_redirects, headers)
        while True:
            target, response = await self._head("GET", url, b"", trail.headers, allowance)
            try:
                following = trail.following(target.url, response.status_code, response.headers)
            except BaseException:
                await response.aclose()
                raise
            if following is None:
                return target, response
            await response.aclose()
            url = following

    async def _ask(
        self, method: str, url: str, content: bytes, headers: Mapping[str, str], allowance: Allowance
    ) -> Fetched:
        target, response = await self._head(method, url, content, headers, allowance)
        try:
            pieces = [piece async for piece in _parts(response, allowance.body_bytes)]
        finally:
            await response.aclose()
        return Fetched(target.url, response.status_code, response.headers, b"".join(pieces))

    async def _head(
        self, method: str, url: str, content: bytes, headers: Mapping[str, str], allowance: Allowance
    ) -> tuple[Target, httpx.Response]:
        target = self._guard.check_url(url)
        try:
            request = httpx.Request(
                method,
                target.url,
                content=content or None,
                headers=self._encoded(headers),
                extensions={"timeout": {"read": allowance.read_s}},
            )
            return target, await self._transport.handle_async_request(request)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as failure:
            raise translated(failure) from None

    def _encoded(self, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        usual = {"user-agent": self._user_agent, "accept": "*/*", "accept-encoding": ACCEPTED}
        asked = {**usual, **{name.lower(): value for name, value in headers.items()}}
        return [(name.encode(), value.encode()) for name, value in asked.items()]


@dataclass(slots=True)
class _Trail:
    """The redirects of one call so far, and what may be said to the next host."""

    guard: Guard
    most: int
    headers: dict[str, str]
    hops: list[str] = field(default_factory=list)

    def following(self, url: str, status: int, headers: httpx.Headers) -> str | None:
        """Where an answer leads on; None if it is the last one."""
        location = headers.get("location")
        if status not in _REDIRECTS or location is None:
            return None
        self.hops.append(url)
        following = self.guard.check_url(_joined(url, location))
        if following.url in self.hops:
            raise OutboundFailed(Fault.REDIRECT_LOOP, "The redirects lead in a circle.")
        if len(self.hops) > self.most:
            raise OutboundFailed(Fault.TOO_MANY_REDIRECTS, "There are more redirects than the limit.")
        if following.netloc != self.guard.check_url(url).netloc:
            kept = {name: value for name, value in self.headers.items() if name.lower() not in _BOUND_TO_HOST}
            self.headers = kept
        return following.url


@asynccontextmanager
async def _opened(
    heading: Coroutine[Any, Any, tuple[Target, httpx.Response]], allowance: Allowance
) -> AsyncIterator[Opened]:
    try:
        async with asyncio.timeout(allowance.total_s):
            target, response = await heading
            try:
                parts = _parts(response, allowance.body_bytes)
                yield Opened(target.url, response.status_code, response.headers, parts)
            finally:
                await response.aclose()
    except TimeoutError:
        raise _too_slow() from None


async def _parts(response: httpx.Response, limit: int) -> AsyncIterator[bytes]:
    if response.request.method == "HEAD" or response.status_code in {204, 304}:
        return
    decoder = decoder_for(response.headers.get("content-encoding", ""))
    left, empty = limit, True
    try:
        async for packed in cast("httpx.AsyncByteStream", response.stream):
            empty = False
            for number, piece in enumerate(decoder.decode(packed, left)):
                if number:
                    await asyncio.sleep(0)  # others get their turn, however much this unpacks to
                left -= len(piece)
                yield piece
    except (httpx.HTTPError, httpx.StreamError) as failure:
        raise translated(failure) from None
    if not (empty or decoder.whole):
        raise OutboundFailed(Fault.PROTOCOL, "The answer's packing is broken.")


def translated(failure: Exception) -> OutboundFailed:
    """Say one of httpx's exceptions in our words; it keeps neither address nor driver's text."""
    if isinstance(failure, httpx.TimeoutException):
        return _too_slow()
    if isinstance(failure, httpx.NetworkError | httpx.ProxyError):
        return OutboundFailed(Fault.UNREACHABLE, "The host could not be reached.")
    return OutboundFailed(Fault.PROTOCOL, "The host's answer could not be read.")


def _too_slow() -> OutboundFailed:
    return OutboundFailed(Fault.TIMEOUT, "The host took longer than the limit.")


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:
        raise OutboundFailed(Fault.PROTOCOL, "The redirect leads nowhere that could be read.") from None
