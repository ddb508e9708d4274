"""Roof, HTTP: a multipart form read piece by piece: its file goes on as it comes, and is never whole in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.errors import UnsupportedMediaType, ValidationFailed

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_BROKEN = "The form is not whole, or not well formed multipart."
_HEADERS = (b"content-disposition", b"content-type")


@dataclass(frozen=True, slots=True)
class Part:
    """The head of one part; it is a file if it was sent with a file's name."""

    name: str
    filename: str | None
    content_type: str | None


@dataclass(frozen=True, slots=True)
class _End:
    """Where what a part holds ends."""


class FormReader:
    """Gives the parts of a form in their order; what one holds is read before the next is asked for."""

    def __init__(self, content_type: str, stream: AsyncIterator[bytes]) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise UnsupportedMediaType("Send a form, with `Content-Type: multipart/form-data; boundary=…`.")
        self._stream = stream
        self._events: deque[Part | bytes | _End] = deque()
        self._head: dict[bytes, bytes] = {}
        self._field, self._value = b"", b""
        self._ended = False
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError:
            raise ValidationFailed(_BROKEN) from None

    async def parts(self) -> AsyncIterator[Part]:
        """The heads of the parts."""
        while (event := await self._next()) is not None:
            if isinstance(event, Part):
                yield event

    async def content(self) -> AsyncIterator[bytes]:
        """What the part holds whose head was given last."""
        while isinstance(event := await self._next(), bytes):
            yield event

    async def text(self, field: str, most_bytes: int) -> str:
        """The same of a small part, as text."""
        held = bytearray()
        async for piece in self.content():
            held += piece
            if len(held) > most_bytes:
                raise ValidationFailed.of(field, f"must take at most {most_bytes} bytes")
        try:
            return held.decode()
        except UnicodeDecodeError:
            raise ValidationFailed.of(field, "must be UTF-8") from None

    async def _next(self) -> Part | bytes | _End | None:
        """What comes next; None at the end of the form."""
        while not self._events:
            if self._ended:
                return None
            try:
                self._parser.write(await anext(self._stream))
            except (FormParserError, StopAsyncIteration):
                raise ValidationFailed(_BROKEN) from None
        return self._events.popleft()

    def _callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._head.clear,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_headers_finished": self._on_head,
            "on_part_data": self._on_data,
            "on_part_end": lambda: self._events.append(_End()),
            "on_end": self._on_end,
        }

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        name = self._field.lower()
        if name in _HEADERS:
            self._head[name] = self._value
        self._field, self._value = b"", b""

    def _on_head(self) -> None:
        _, options = parse_options_header(self._head.get(b"content-disposition"))
        named = options.get(b"filename")
        filename = None if named is None else named.decode(errors="replace")
        declared = self._head.get(b"content-type")
        content_type = None if declared is None else declared.decode("latin-1")
        self._events.append(Part(options.get(b"name", b"").decode(errors="replace"), filename, content_type))

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(data[start:end])

    def _on_end(self) -> None:
        self._ended = True
