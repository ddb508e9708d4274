"""Ground floor, inference: the models that need no other server, behind the same port as every other backend."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.inference.backends.embedded.minilm.model import MiniLm
from app.inference.backends.embedded.quote.chat import QuoteModel
from app.inference.errors import BackendRefused
from app.inference.ports import ChatCall, ChatStream, Completion, EmbedCall, Embeddings

EMBEDDER = "minilm"
ANSWERER = "quote"


class EmbeddedBackend:
    """`minilm` makes vectors, `quote` answers with quotations; both run in this process, offline."""

    def __init__(self, cache: Path, *, threads: int = 2, now: Callable[[], float] = time.time) -> None:
        self._minilm = MiniLm(cache, threads=threads)
        self._quote = QuoteModel(now)

    async def complete(self, call: ChatCall) -> Completion:
        """Answer in one piece."""
        _require(call.upstream_model, ANSWERER, "answers conversations")
        return await self._quote.complete(call)

    async def open(self, call: ChatCall) -> ChatStream:
        """Start a streamed answer."""
        _require(call.upstream_model, ANSWERER, "answers conversations")
        return await self._quote.open(call)

    async def embed(self, call: EmbedCall) -> Embeddings:
        """Embed every input."""
        _require(call.upstream_model, EMBEDDER, "makes embeddings")
        return await self._minilm.embed(call)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the word pieces `minilm` would be charged for each text; blocks, so call it off the event loop."""
        return self._minilm.count_tokens(texts)

    async def discover(self) -> Sequence[str]:
        """Name the built-in models."""
        return (EMBEDDER, ANSWERER)

    async def probe(self, upstream_model: str) -> None:
        """Return if that model could be loaded; nothing is loaded for it."""
        if upstream_model == EMBEDDER:
            await asyncio.to_thread(self._minilm.check)
        elif upstream_model != ANSWERER:
            raise _unknown(upstream_model)

    async def aclose(self) -> None:
        """Stop the embedding thread."""
        await asyncio.to_thread(self._minilm.close)


def _require(asked: str, able: str, deed: str) -> None:
    if asked not in (EMBEDDER, ANSWERER):
        raise _unknown(asked)
    if asked != able:
        raise BackendRefused(f"local/{asked} is not the model that {deed}; local/{able} is.")


def _unknown(name: str) -> BackendRefused:
    return BackendRefused(f"There is no built-in model {name!r}; there are {EMBEDDER!r} and {ANSWERER!r}.")
