"""SDK: requests to one server, sent again where that is safe; lists page by page, and streams that resume."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import ExitStack, aclosing
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from ..errors import BrokenOff, NotUnderstood, Refused, ScaiGridError, Unreachable, refusal
from ..events import Event, Lines
from ..retrying import Retrying, worth_again
from ..sending import FileToSend
from ..shape import Shape

S = TypeVar("S", bound=Shape)
_HARMLESS = {"GET", "PUT"}
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Transport:
    """Asks one server."""

    def __init__(self, client: httpx.AsyncClient, retrying: Retrying):
        self._client = client
        self._retrying = retrying

    async def get(self, path: str, **query: Any) -> Any:
        """What there is."""
        return (await self.whole("GET", path, query=query)).get("data")

    async def create(self, path: str, body: Any, **options: Any) -> Any:
        """Have something made; however often it arrives, it is made once."""
        options["headers"] = {"Idempotency-Key": uuid4().hex}
        return (await self.whole("POST", path, json=body, harmless=True, **options)).get("data")

    async def post(self, path: str, body: Any = None, *, harmless: bool = False, **options: Any) -> Any:
        """Have something done; `harmless`: doing it twice does it once."""
        return (await self.whole("POST", path, json=body, harmless=harmless, **options)).get("data")

    async def put(self, path: str, body: Any = None, **options: Any) -> Any:
        """Have something take the place of what is there."""
        return (await self.whole("PUT", path, json=body, **options)).get("data")

    async def tagged(self, path: str) -> tuple[Any, str | None]:
        """What there is, and what its present state is called."""
        answer = await self.answer("GET", path)
        return self._understood(answer).get("data"), answer.headers.get("etag")

    async def patch(self, path: str, body: Any, *, if_match: str | None = None) -> Any:
        """Have something changed; only in the state that is named, where one is."""
        headers = {"If-Match": if_match} if if_match else {}
        return (await self.whole("PATCH", path, json=body, headers=headers)).get("data")

    async def delete(self, path: str) -> None:
        """Have something deleted."""
        await self.whole("DELETE", path)

    async def send_file(self, method: str, path: str, file: FileToSend, fields: Mapping[str, str]) -> Any:
        """Send a form with a file; each try reads it from its beginning."""
        headers = {"Idempotency-Key": uuid4().hex} if method == "POST" else {}
        said = await self.whole(method, path, file=file, form=fields, headers=headers, harmless=True)
        return said.get("data")

    async def whole(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """An answer with all that stands beside its data."""
        return self._understood(await self.answer(method, path, **options))

    def _understood(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            read = answer.json()
        except ValueError:
            raise NotUnderstood(f"{self._client.base_url} does not speak as ScaiGrid does.") from None
        if not isinstance(read, dict):
            raise NotUnderstood(f"{self._client.base_url} does not speak as ScaiGrid does.")
        return read

    async def every(self, path: str, shape: type[S], **query: Any) -> AsyncGenerator[S, None]:
        """All of a list, page by page."""
        cursor: str | None = None
        while True:
            said = await self.whole("GET", path, query={"limit": 100, **query, "cursor": cursor})
            data = said["data"]
            for one in data["items"] if isinstance(data, dict) else data:
                yield shape.read(one)
            beside = said.get("pagination") or said["meta"]
            cursor = beside.get("next_cursor")
            if not cursor:
                return

    async def events(
        self, path: str, *, last: Callable[[Event], bool] | None = None, **query: Any
    ) -> AsyncGenerator[Event, None]:
        """What a stream tells; broken off before its last event, it goes on after what was told before."""
        lines, missed, waited = Lines(), 0, 0.0
        while True:
            try:
                async with aclosing(self._streamed(path, lines, query)) as streamed:
                    async for event in streamed:
                        yield event
                        missed, waited = 0, 0.0
                        if last is not None and last(event):
                            return
                if last is None or lines.is_over or missed >= self._retrying.tries:
                    return
                missed += 1
                pause = lines.retry or self._retrying.shortest
            except BrokenOff:
                missed += 1
                wanted = self._retrying.pause(missed, waited)
                if wanted is None:
                    raise
                pause = wanted
            waited += pause
            lines = Lines(lines.last, lines.retry)
            await asyncio.sleep(pause)

    async def _streamed(self, path: str, lines: Lines, query: Mapping[str, Any]) -> AsyncGenerator[Event, None]:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": lines.last} if lines.last else {})
        async with self.open("GET", path, query=query, headers=headers) as answer:
            lines.is_over = answer.status_code == 204
            async for line in answer.aiter_lines():
                event = lines.feed(line)
                if event is not None:
                    yield event

    def open(self, method: str, path: str, **options: Any) -> Opened:
        """An answer that is read as it comes; `async with` it."""
        return Opened(self, method, path, options)

    async def answer(self, method: str, path: str, *, harmless: bool | None = None, **options: Any) -> httpx.Response:
        """One answer, read whole."""
        return await self.tried(method, path, harmless=harmless, **options)

    async def tried(self, method: str, path: str, *, harmless: bool | None = None, **options: Any) -> httpx.Response:
        """Try until there is an answer, or no reason left to try again."""
        twice = method in _HARMLESS if harmless is None else harmless
        missed, waited = 0, 0.0
        while True:
            failed: ScaiGridError
            try:
                answer = await self._once(method, path, **options)
                if answer.status_code < 400:
                    return answer
                failed = refused = await self._refusal(answer)
                pause = None
                if worth_again(refused, harmless=twice):
                    pause = self._retrying.pause(missed := missed + 1, waited, refused)
            except httpx.RequestError as error:
                failed, pause = self._away(error), None
                if twice or isinstance(error, _NEVER_SENT):
                    pause = self._retrying.pause(missed := missed + 1, waited)
            if pause is None:
                raise failed from None
            waited += pause
            await asyncio.sleep(pause)

    async def _once(  # noqa: PLR0913 - what a request is made of
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        file: FileToSend | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        silence: float | None = None,
        streamed: bool = False,
    ) -> httpx.Response:
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        with ExitStack() as stack:
            parts: dict[str, Any] = {"params": asked, "headers": dict(headers or {}), "content": content}
            if json is not None:
                parts["json"] = json
            if file is not None:
                opened = file.opened()
                if not isinstance(opened, bytes):
                    stack.callback(opened.close)
                parts |= {"files": {"file": (file.name, opened, file.media_type)}, "data": dict(form or {})}
            if silence is not None:
                parts["timeout"] = httpx.Timeout(silence, connect=10.0)
            return await self._client.send(self._client.build_request(method, path, **parts), stream=streamed)

    async def _refusal(self, answer: httpx.Response) -> Refused:
        try:
            await answer.aread()
            body = answer.json()
        except (ValueError, httpx.RequestError):
            body = None
        finally:
            await answer.aclose()
        return refusal(answer.status_code, body, answer.headers)

    def _away(self, error: httpx.RequestError) -> Unreachable:
        return Unreachable(f"{self._client.base_url} cannot be reached ({type(error).__name__}).")


class Opened:
    """An answer that is open as long as its block runs."""

    def __init__(self, transport: Transport, method: str, path: str, options: dict[str, Any]):
        self._transport = transport
        self._asked = (method, path)
        self._options = options
        self._answer: httpx.Response | None = None

    async def __aenter__(self) -> httpx.Response:
        """Send the request and read the head."""
        self._answer = await self._transport.tried(*self._asked, streamed=True, **self._options)
        return self._answer

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Let go of it, read or not; what broke off while it was read is told as such."""
        if self._answer is not None:
            await self._answer.aclose()
        if isinstance(error, httpx.RequestError):
            raise BrokenOff(f"The answer broke off before its end ({type(error).__name__}).") from None
