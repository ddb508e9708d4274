"""A library is as fresh as its folder, whatever is in the way, and never larger than it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from app.drive import library as limits
from app.drive.library import Library
from app.inference.ports import EmbedCall, Embeddings, Usage
from app.wiring.models import token_counters
from indexing.extraction.apart import Extractor
from tests.world.drive import filled
from tests.world.patience import until


@dataclass
class Embedder:
    """Counts texts, and breaks down as often as it is told to."""

    embedded: list[str] = field(default_factory=list)
    breakdowns: int = 0

    async def embed(self, call: EmbedCall) -> Embeddings:
        if self.breakdowns:
            self.breakdowns -= 1
            raise RuntimeError("nobody foresaw this")
        self.embedded += map(str, call.inputs)
        return Embeddings(np.ones((len(call.inputs), 3), dtype=np.float32), Usage(1, 0))


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    extractor = Extractor(1)
    filled(tmp_path, {"a.txt": "one", "b.txt": "two"})
    yield Library(tmp_path, extractor, Embedder(), "minilm", token_counters().of("local", "minilm"))
    await extractor.aclose()


async def test_only_what_has_changed_is_read_again(library: Library) -> None:
    embedder = library.embedder
    assert isinstance(embedder, Embedder)
    await library.refresh()
    await library.refresh()
    assert sorted(embedder.embedded) == ["one", "two"]
    filled(library.root, {"a.txt": "other"})
    await library.refresh()
    assert sorted(embedder.embedded) == ["one", "other", "two"]
    assert library.told() == {"files": 2, "unread": 0, "passages": 2}


async def test_a_look_that_breaks_down_is_not_the_last(library: Library) -> None:
    embedder = library.embedder
    assert isinstance(embedder, Embedder)
    embedder.breakdowns = 1
    watching = asyncio.create_task(library.watch())
    await until(lambda: library.told()["passages"] == 2)
    watching.cancel()
    await asyncio.wait({watching})
    assert watching.cancelled()


async def test_what_is_too_large_is_there_and_says_nothing(library: Library) -> None:
    with (library.root / "large.txt").open("wb") as file:
        file.truncate(limits.LARGEST_FILE + 1)
    await library.refresh()
    assert library.told() == {"files": 3, "unread": 1, "passages": 2}
    assert len(await library.search("?", lambda _: True, 10)) == 2
