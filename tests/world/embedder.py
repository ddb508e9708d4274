"""An embedding model on 127.0.0.1 that gives every text a vector of its own, remembers its texts, and fails as told."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.world.upstream import Answer, Asked, Upstream, listening

DIMENSIONS = 16


def vector_of(text: str, dimensions: int = DIMENSIONS) -> NDArray[np.float32]:
    """The vector this model gives a text."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    vector = np.random.default_rng(seed).standard_normal(dimensions).astype(np.float32)
    unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
    return unit


class Embedder(Upstream):
    """Answers `/v1/embeddings`."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: Counter[str] = Counter()  # that were answered
        self.calls: list[list[str]] = []
        self.fails: Answer | None = None
        self.spoil: Callable[[list[list[float]]], Any] | None = None  # makes vectors impossible
        self.pause = asyncio.Event()
        self.pause.set()

    async def _answer(
        self, answer: Answer, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if not asked.path.endswith("/embeddings"):
            return await super()._answer(answer, asked, reader, writer)
        texts = asked.json["input"]
        await self.pause.wait()
        if self.fails is not None:
            return await super()._answer(self.fails, asked, reader, writer)
        self.calls.append(texts)
        self.texts.update(texts)
        return await super()._answer(self._vectors(texts, asked.json.get("encoding_format")), asked, reader, writer)

    def _vectors(self, texts: list[str], form: str | None) -> Answer:
        rows: Any = [vector_of(text) for text in texts]
        if self.spoil is not None:
            rows = self.spoil([row.tolist() for row in rows])
        elif form == "base64":
            rows = [base64.b64encode(row.tobytes()).decode() for row in rows]
        else:
            rows = [row.tolist() for row in rows]
        data = [{"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(rows)]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        body = {"object": "list", "data": data, "model": "up-model-1", "usage": usage}
        return Answer(pieces=[json.dumps(body).encode()], chunked=False)


@asynccontextmanager
async def embedder() -> AsyncIterator[Embedder]:
    """Run one until the block ends."""
    async with listening(Embedder()) as world:
        yield world
