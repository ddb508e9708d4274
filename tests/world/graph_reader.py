"""A chat model on 127.0.0.1 that reads a graph out of what it is asked, remembers what it was asked, fails as told."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.world.openai_answers import completion
from tests.world.upstream import Answer, Asked, Upstream, listening

_PASSAGE = re.compile(r"=====\n(.*)\n=====", re.DOTALL)
_SAID = re.compile(r"(\w+) (knows|made) (\w+)")


def graph_of(passage: str) -> str:
    """What this model reads: who knows or made what."""
    edges = [{"source": one, "type": verb, "target": other} for one, verb, other in _SAID.findall(passage)]
    names = dict.fromkeys(end for edge in edges for end in (edge["source"], edge["target"]))
    return json.dumps({"nodes": [{"name": name, "label": "Thing"} for name in names], "edges": edges})


async def not_at_all() -> None:
    """Let others have their turn."""
    await asyncio.sleep(0)


class GraphReader(Upstream):
    """Answers `/v1/chat/completions`."""

    def __init__(self) -> None:
        super().__init__()
        self.passages: Counter[str] = Counter()  # that it was asked about
        self.fails: Answer | None = None
        self.writes: Callable[[str], str] = graph_of
        self.waits: Callable[[], Awaitable[None]] = not_at_all
        self.most_at_once = self._at_once = 0

    async def _answer(
        self, answer: Answer, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if self.fails is not None:
            return await super()._answer(self.fails, asked, reader, writer)
        found = _PASSAGE.search(asked.json["messages"][-1]["content"])
        assert found is not None
        self.passages[found[1]] += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self.waits()
            return await super()._answer(completion(self.writes(found[1])), asked, reader, writer)
        finally:
            self._at_once -= 1


@asynccontextmanager
async def graph_reader() -> AsyncIterator[GraphReader]:
    """Run one until the block ends."""
    async with listening(GraphReader()) as world:
        yield world
