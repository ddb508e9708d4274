"""Roof, drive: the passages of a folder's files, found by meaning; all in memory, and as fresh as the folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from app.drive.folder import Held, look, walk
from app.errors import PlatformError
from app.inference.counting import TokenCounter
from app.inference.ports import EmbedCall, Embedder
from indexing.chunking.chunk import Chunk
from indexing.chunking.strategies import Strategy, chunk_text
from indexing.extraction.apart import Extractor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = structlog.get_logger("drive")
MOST_PASSAGES = 50_000  # some 150 MB with what they say
LARGEST_FILE = 50 * 2**20
_SIZE, _OVERLAP, _AT_ONCE = 220, 30, 64  # tokens of a passage: no more than the model reads at once
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was read; without passages where that could not be done."""

    held: Held
    passages: Sequence[Chunk] = ()
    vectors: NDArray[np.float32] | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that may answer."""

    held: Held
    passage: Chunk
    score: float


@dataclass(slots=True)
class Library:
    """Reads a folder's files, again whenever they change, and searches them."""

    root: Path
    extractor: Extractor
    embedder: Embedder
    model: str
    counter: TokenCounter
    _read: dict[str, Read] = field(default_factory=dict, init=False)

    @property
    def files(self) -> Sequence[Held]:
        """Every file there is, as it was last seen."""
        return [read.held for read in self._read.values()]

    def told(self) -> Mapping[str, int]:
        """How much of it all can be found."""
        read = list(self._read.values())
        passages = sum(len(one.passages) for one in read)
        return {"files": len(read), "unread": sum(one.problem is not None for one in read), "passages": passages}

    async def watch(self) -> None:
        """Follow the folder for as long as this goes on."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.refresh()
            except Exception as error:  # noqa: BLE001 - the next look may go better; till then, what has changed is silent
                log.error("drive_folder_not_followed", error=type(error).__name__)

    async def refresh(self) -> None:
        """Read what is new or has changed, and forget what is gone."""
        there = {held.path: held for held in await asyncio.to_thread(lambda: list(walk(self.root)))}
        for path in self._read.keys() - there.keys():
            del self._read[path]
        for path, held in there.items():
            known = self._read.get(path)
            if known is None or known.held.stamp != held.stamp:
                self._read.pop(path, None)
                self._read[path] = await self._reading(held)

    async def search(self, text: str, among: Callable[[Held], bool], most: int) -> Sequence[Hit]:
        """The nearest passages of some files, best first; a file that has changed since says nothing."""
        chosen = await asyncio.to_thread(_chosen, list(self._read.values()), among)
        if not chosen:
            return []
        question = await self.embedder.embed(EmbedCall(self.model, [text]))
        return await asyncio.to_thread(self._nearest, question.vectors[0], chosen, most)

    def _nearest(self, question: NDArray[np.float32], chosen: Sequence[Read], most: int) -> Sequence[Hit]:
        import numpy as np  # noqa: PLC0415 - a tenth of a second that help need not wait for

        near = [(read, read.vectors @ question) for read in chosen if read.vectors is not None]
        scores = np.concatenate([scores for _, scores in near])
        places = [(read, place) for read, scores in near for place in range(len(scores))]
        still: dict[str, bool] = {}
        hits: list[Hit] = []
        for at in np.argsort(-scores, kind="stable"):
            read, place = places[int(at)]
            path = read.held.path
            if path not in still:
                still[path] = (now := look(self.root, path)) is not None and now.stamp == read.held.stamp
            if still[path]:
                hits.append(Hit(read.held, read.passages[place], max(float(scores[at]), 0.0)))
            if len(hits) == most:
                break
        return hits

    async def _reading(self, held: Held) -> Read:
        """Read a file; what cannot be read is still there to be fetched."""
        if held.size > LARGEST_FILE:
            return _unread(held, "it is too large")
        try:
            extraction = await self.extractor.extract(self.root / held.path, held.name)
            cut = await chunk_text(extraction.text, Strategy.PARAGRAPH, _SIZE, _OVERLAP, self.counter)
            if len(cut) + self.told()["passages"] > MOST_PASSAGES:
                return _unread(held, f"there are {MOST_PASSAGES} passages already")
            return Read(held, cut, await self._vectors(cut)) if cut else _unread(held, "it says nothing")
        except (PlatformError, OSError) as error:
            return _unread(held, getattr(error, "message", "it cannot be opened"))

    async def _vectors(self, cut: Sequence[Chunk]) -> NDArray[np.float32]:
        import numpy as np  # noqa: PLC0415 - as above

        texts = [one.text for one in cut]
        some = [texts[at : at + _AT_ONCE] for at in range(0, len(texts), _AT_ONCE)]
        return np.concatenate([(await self.embedder.embed(EmbedCall(self.model, part))).vectors for part in some])


def _chosen(read: Sequence[Read], among: Callable[[Held], bool]) -> Sequence[Read]:
    return [one for one in read if one.vectors is not None and among(one.held)]


def _unread(held: Held, problem: str) -> Read:
    log.warning("drive_file_not_read", path=held.path, reason=problem)
    return Read(held, problem=problem)
