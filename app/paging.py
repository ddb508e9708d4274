"""Ground floor: pages with opaque, signed cursors and no totals."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from app.errors import ValidationFailed

T = TypeVar("T")
U = TypeVar("U")
Order = Literal["asc", "desc"]
_MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which slice of a list is wanted: at most `limit` things that come after `after`."""

    limit: int = 20
    after: str | None = None
    order: Order = "desc"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One slice, and where the next one starts if there is one."""

    items: Sequence[T]
    next_after: str | None = None

    def map(self, shape: Callable[[T], U]) -> Page[U]:
        """Show each item in another shape."""
        return Page([shape(item) for item in self.items], self.next_after)


def cut(rows: Sequence[T], request: PageRequest, key: Callable[[T], str]) -> Page[T]:
    """Make a page of rows that were read with one more than the limit."""
    items = rows[: request.limit]
    return Page(items, key(items[-1]) if len(rows) > request.limit else None)


@dataclass(frozen=True, slots=True)
class CursorSeal:
    """Signs cursors, so that nobody can ask for a position we did not hand out."""

    key: bytes

    def seal(self, after: str, scope: str) -> str:
        """Make the cursor a client gets; `scope` ties it to one list."""
        body = json.dumps([after, scope], separators=(",", ":"), ensure_ascii=False).encode(errors="surrogatepass")
        return base64.urlsafe_b64encode(self._mac(body) + body).decode().rstrip("=")

    def open(self, cursor: str, scope: str) -> str:
        """Read a cursor of ours, or refuse it."""
        try:
            raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
            mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
            if hmac.compare_digest(mac, self._mac(body)):
                after, made_for = json.loads(body)
                if made_for == scope and isinstance(after, str):
                    return after
        except ValueError:
            pass
        raise ValidationFailed.of("cursor", "is not a cursor of this list; start again without one")

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self.key, body, hashlib.sha256).digest()[:_MAC_BYTES]
