"""Ground floor, outbound: bodies unpacked piece by piece, never past a limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from app.outbound.errors import Fault, OutboundFailed

ACCEPTED = "gzip, deflate"
_PIECE = 256 * 1024  # what comes at once of a packed body, which may be a thousand times what was sent of it


class Decoder(Protocol):
    """Turns pieces as sent into pieces as meant."""

    def decode(self, data: bytes, limit: int) -> Iterator[bytes]:
        """Yield at most `limit` bytes, some at a time, or fail when the piece holds more."""

    @property
    def whole(self) -> bool:
        """Whether the content came to its own end."""


class Plain:
    """Nothing to unpack."""

    whole = True

    def decode(self, data: bytes, limit: int) -> Iterator[bytes]:
        """Pass it on."""
        if len(data) > limit:
            raise too_large()
        yield data


class Zipped:
    """gzip, or deflate with or without its wrapper, as servers send it."""

    def __init__(self, *, deflate: bool) -> None:
        self._bare_is_possible = deflate
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def decode(self, data: bytes, limit: int) -> Iterator[bytes]:
        """Unpack without ever holding more than a piece, nor more than one byte beyond the limit."""
        while True:
            most = min(limit + 1, _PIECE)
            out = self._inflated(data, most)
            limit -= len(out)
            if limit < 0:
                raise too_large()
            if out:
                yield out
            if len(out) < most:
                return
            data = self._inflate.unconsumed_tail  # may be nothing, and more still to come

    def _inflated(self, data: bytes, most: int) -> bytes:
        try:
            out = self._inflate.decompress(data, most)
        except zlib.error:
            if not self._bare_is_possible:
                raise OutboundFailed(Fault.PROTOCOL, "The answer's packing is broken.") from None
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            self._bare_is_possible = False
            return self._inflated(data, most)
        self._bare_is_possible = False
        return out

    @property
    def whole(self) -> bool:
        """Whether the packed stream ended."""
        return self._inflate.eof


def decoder_for(encoding: str) -> Decoder:
    """Return the decoder of a Content-Encoding; layers on layers are refused."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return Plain()
    if name in {"gzip", "x-gzip", "deflate"}:
        return Zipped(deflate=name == "deflate")
    raise OutboundFailed(Fault.PROTOCOL, "The answer is packed in a way that was not asked for.")


def too_large() -> OutboundFailed:
    """The one sentence about sizes."""
    return OutboundFailed(Fault.TOO_LARGE, "The answer is larger than the limit.")
