"""Roof, command line: a server somewhere, spoken to by its API with somebody's key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import typer

from app.settings import read_remote

T = TypeVar("T")
_SILENCE = 60.0  # seconds without a byte, heartbeats among them, after which a server counts as away
_TRIES = 5  # at a stream of events that broke off
_PAUSE = 0.5


class Exit(IntEnum):
    """What a command says to whoever called it."""

    FAILED = 1
    WRONG = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    UNAVAILABLE = 5
    UNDER_THE_FLOOR = 6


_EXITS = {401: Exit.NOT_ALLOWED, 403: Exit.NOT_ALLOWED, 404: Exit.NOT_FOUND, 400: Exit.WRONG, 422: Exit.WRONG}


class Refused(Exception):
    """A server did not do what it was asked for; the message is for people."""

    def __init__(self, message: str, exit_code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    name: str
    said: Mapping[str, Any]
    id: str


@dataclass(frozen=True, slots=True)
class Remote:
    """Asks one server."""

    client: httpx.AsyncClient

    async def get(self, path: str, **query: Any) -> Any:
        """What there is."""
        asked = {name: value for name, value in query.items() if value is not None}
        return (await self._sent("GET", path, params=asked)).get("data")

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Have something made; however often it arrives, it is made once."""
        headers = {"Idempotency-Key": uuid4().hex}
        return (await self._sent("POST", path, json=body, headers=headers)).get("data")

    async def put_file(self, path: str, content: bytes, media_type: str, **query: Any) -> Any:
        """Have a file take the place of what is there."""
        asked = {name: value for name, value in query.items() if value is not None}
        headers = {"Content-Type": media_type}
        return (await self._sent("PUT", path, params=asked, content=content, headers=headers)).get("data")

    async def file(self, path: str, **query: Any) -> str:
        """What there is as a file of text."""
        asked = {name: value for name, value in query.items() if value is not None}
        return (await self._answered("GET", path, params=asked)).text

    async def every(self, path: str, **query: Any) -> AsyncIterator[Any]:
        """All of a list, page by page."""
        cursor: str | None = None
        while True:
            asked = {name: value for name, value in {"limit": 100, **query, "cursor": cursor}.items() if value}
            said = await self._sent("GET", path, params=asked)
            for one in said["data"]:
                yield one
            cursor = said["meta"].get("next_cursor")
            if not cursor:
                return

    async def events(self, path: str) -> AsyncIterator[Event]:
        """What a stream tells until it ends; where it breaks off, it goes on after what was told last."""
        last, missed = "", 0
        while missed < _TRIES:
            try:
                async for event in self._streamed(path, last):
                    yield event
                    last, missed = event.id or last, 0
            except httpx.TransportError:
                missed += 1
                await asyncio.sleep(_PAUSE * missed)
            else:
                return
        raise Refused(f"{self.client.base_url} went away while it was listened to.", Exit.UNAVAILABLE)

    async def _streamed(self, path: str, last: str) -> AsyncIterator[Event]:
        headers = {"Last-Event-ID": last} if last else {}
        async with self.client.stream("GET", path, headers=headers) as answer:
            if answer.status_code >= 400:
                await answer.aread()
                raise refusal(answer)
            name, id_ = "message", ""
            async for line in answer.aiter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "id":
                    id_ = value
                elif field == "data":
                    yield Event(name, json.loads(value), id_)
                    name = "message"

    async def _sent(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = await self._answered(method, path, **more)
        try:
            read: dict[str, Any] = answer.json()
        except ValueError:
            raise Refused(f"{self.client.base_url} does not speak as ScaiGrid does.", Exit.UNAVAILABLE) from None
        return read

    async def _answered(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = await self.client.request(method, path, **more)
        except httpx.TransportError as error:
            said = type(error).__name__
            raise Refused(f"{self.client.base_url} cannot be reached ({said}).", Exit.UNAVAILABLE) from None
        if answer.status_code >= 400:
            raise refusal(answer)
        return answer


def refusal(answer: httpx.Response) -> Refused:
    """What a server said of why not, with what is wrong where."""
    try:
        error = answer.json()["error"]
        lines = [f"{error['message']} ({error['code']})"]
        lines += [f"  {issue['field']}: {issue['message']}" for issue in error.get("details") or ()]
    except (ValueError, KeyError, TypeError):
        lines = [f"The server answered {answer.status_code}."]
    unavailable = answer.status_code in {429, 502, 503, 504}
    fallback = Exit.UNAVAILABLE if unavailable else Exit.FAILED
    return Refused("\n".join(lines), _EXITS.get(answer.status_code, fallback))


@asynccontextmanager
async def remote() -> AsyncIterator[Remote]:
    """The server that SCAIGRID_URL names, as the owner of SCAIGRID_API_KEY."""
    settings = read_remote()
    headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}
    async with httpx.AsyncClient(base_url=settings.url, headers=headers, timeout=_SILENCE) as client:
        yield Remote(client)


def done(work: Coroutine[Any, Any, T], *, come_back: str = "") -> T:
    """Do it; a refusal is a sentence and an exit code, and whoever stops waiting is told how to come back."""
    try:
        return asyncio.run(work)
    except Refused as refused:
        typer.echo(f"scaigrid: {refused}", err=True)
        raise typer.Exit(refused.exit_code) from None
    except KeyboardInterrupt:
        typer.echo(f"scaigrid: stopped waiting. {come_back}".rstrip(), err=True)
        raise typer.Exit(Exit.FAILED) from None
