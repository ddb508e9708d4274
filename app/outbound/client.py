"""Ground floor, outbound: calls to addresses that strangers name, within limits on time, size and redirects."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urljoin

import httpx

from app.outbound.decoding import ACCEPTED, decoder_for, too_large
from app.outbound.errors import Fault, OutboundFailed
from app.outbound.transport import GuardedTransport

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

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._transport.aclose()

    async def _follow(self, url: str, max_redirects: int, headers: dict[str, str], allowance: Allowance) -> Fetched:
        hops: list[str] = []
        while True:
            answer = await self._ask("GET", url, b"", headers, allowance)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None:
                return Fetched(answer.url, answer.status, answer.headers, answer.body, tuple(hops))
            hops.append(answer.url)
            following = self._guard.check_url(_joined(answer.url, location))
            if following.url in hops:
                raise OutboundFailed(Fault.REDIRECT_LOOP, "The redirects lead in a circle.")
            if len(hops) > max_redirects:
                raise OutboundFailed(Fault.TOO_MANY_REDIRECTS, "There are more redirects than the limit.")
            if following.netloc != self._guard.check_url(answer.url).netloc:
                headers = {name: value for name, value in headers.items() if name.lower() not in _BOUND_TO_HOST}
            url = following.url

    async def _ask(
        self, method: str, url: str, content: bytes, headers: Mapping[str, str], allowance: Allowance
    ) -> Fetched:
        target = self._guard.check_url(url)
        try:
            request = httpx.Request(
                method,
                target.url,
                content=content or None,
                headers=self._encoded(headers),
                extensions={"timeout": {"read": allowance.read_s}},
            )
            response = await self._transport.handle_async_request(request)
            try:
                body = await _read(response, allowance.body_bytes)
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as failure:
            raise translated(failure) from None
        return Fetched(target.url, response.status_code, response.headers, body)

    def _encoded(self, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        usual = {"user-agent": self._user_agent, "accept": "*/*", "accept-encoding": ACCEPTED}
        asked = {**usual, **{name.lower(): value for name, value in headers.items()}}
        return [(name.encode(), value.encode()) for name, value in asked.items()]


async def _read(response: httpx.Response, limit: int) -> bytes:
    if response.request.method == "HEAD" or response.status_code in {204, 304}:
        return b""
    decoder = decoder_for(response.headers.get("content-encoding", ""))
    pieces: list[bytes] = []
    left = limit
    async for packed in cast("httpx.AsyncByteStream", response.stream):
        piece = decoder.decode(packed, left)
        left -= len(piece)
        if left < 0:
            raise too_large()
        pieces.append(piece)
    if pieces and not decoder.whole:
        raise OutboundFailed(Fault.PROTOCOL, "The answer's packing is broken.")
    return b"".join(pieces)


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
