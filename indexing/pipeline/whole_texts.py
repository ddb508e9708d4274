"""Knowing, pipeline: texts longer than what a model reads at once, embedded window by window and never cut off.

The vector of such a text is the mean of its windows', weighted by their tokens. The built-in model does so itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.identity.caller import Caller
from app.inference.counting import LARGEST_ATOM, TokenCounter, TokenCounters
from app.inference.gateway import Gateway
from app.inference.ports import EmbedCall
from indexing.chunking.measured import Measured, Unit
from indexing.extraction.text import ExtractedText
from indexing.pipeline.vector_checks import checked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPARE = 8  # tokens for the marks that a model sets around a text
_OVERLAP = 8  # one in so many tokens is in two windows: no sentence is seen only in halves
_BUILT_IN = "local"


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a text that is read at once, and what it weighs."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class WholeTexts:
    """Embeds for callers who may see a model, metered to them; they need not be allowed to call it themselves."""

    gateway: Gateway
    counters: TokenCounters

    async def embed(
        self, caller: Caller, model: str, texts: Sequence[str], epochs: Mapping[str, int]
    ) -> NDArray[np.float32]:
        """One vector for each text, however long it is; vectors that cannot be are refused."""
        found = await self._reads_at_once(model, epochs)
        if found is None or all(_surely_fits(text, found[0]) for text in texts):
            return checked(await self._vectors(caller, model, texts, epochs), len(texts))
        limit, counter = found
        cut = await asyncio.to_thread(lambda: [list(windows(text, counter, limit)) for text in texts])
        parts = [window.text for of_one in cut for window in of_one]
        vectors = checked(await self._vectors(caller, model, parts, epochs), len(parts))
        return checked(joined(vectors, [[window.tokens for window in of_one] for of_one in cut]), len(texts))

    async def _vectors(
        self, caller: Caller, model: str, texts: Sequence[str], epochs: Mapping[str, int]
    ) -> NDArray[np.float32]:
        embedded = await self.gateway.embed(caller, model, EmbedCall("", texts), epochs, invoked=False)
        return embedded.vectors

    async def _reads_at_once(self, model: str, epochs: Mapping[str, int]) -> tuple[int, TokenCounter] | None:
        """The tokens of the smallest window among the models that may be asked; None where nobody has said."""
        snapshot = await self.gateway.catalogue.snapshot(epochs.get("catalogue"))
        group = snapshot.groups.get(model)
        members = group.members if group else [snapshot.models[model]] if model in snapshot.models else []
        backends = [
            snapshot.backends[link.backend_id]
            for one in members
            for link in one.links
            if link.backend_id in snapshot.backends
        ]
        said = [member.context_window for member in members if member.context_window]
        if not said or not backends or backends[0].provider_type == _BUILT_IN:
            return None
        counter = self.counters.of(backends[0].provider_type, backends[0].upstream_model)
        return max(min(said) - SPARE, LARGEST_ATOM), counter


def windows(text: str, counter: TokenCounter, limit: int) -> Iterator[Window]:
    """Cut a text into parts that a model reads whole; one that it reads at once is the only part."""
    units = list(Measured(ExtractedText(text, ()), counter, limit, 0).units(0, len(text)))
    if sum(unit.tokens for unit in units) <= limit:
        yield Window(text, max(sum(unit.tokens for unit in units), 1))
        return
    first = 0
    while first < len(units):
        last, weight = _filled(units, first, limit)
        yield Window(text[units[first].start : units[last - 1].end], max(weight, 1))
        if last == len(units):
            return
        first = max(_stepped_back(units, last, limit // _OVERLAP), first + 1)


def joined(vectors: NDArray[np.float32], weights: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """The mean direction of each text's windows, of length one; of a single window, its vector as it is."""
    import numpy as np  # noqa: PLC0415 - kept out of a server that embeds nothing

    made, at = [], 0
    for of_one in weights:
        some = vectors[at : at + len(of_one)].astype(np.float64)
        at += len(of_one)
        if len(of_one) == 1:
            made.append(some[0])
            continue
        mean = np.average(some / np.linalg.norm(some, axis=1, keepdims=True), axis=0, weights=of_one)
        made.append(mean / (np.linalg.norm(mean) or 1.0))
    return np.asarray(made, dtype=np.float32)


def _surely_fits(text: str, limit: int) -> bool:
    """No token is shorter than a byte."""
    return len(text) <= limit and len(text.encode(errors="replace")) <= limit


def _filled(units: Sequence[Unit], first: int, limit: int) -> tuple[int, int]:
    """Where a window ends that begins at a unit, and what it weighs; it holds one unit at least."""
    last, weight = first + 1, units[first].tokens
    while last < len(units) and weight + units[last].tokens <= limit:
        weight += units[last].tokens
        last += 1
    return last, weight


def _stepped_back(units: Sequence[Unit], last: int, overlap: int) -> int:
    first, weight = last, 0
    while first > 0 and weight + units[first - 1].tokens <= overlap:
        first -= 1
        weight += units[first].tokens
    return first
