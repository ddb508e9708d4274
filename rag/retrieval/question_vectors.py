"""Answering: questions as vectors, metered to who asks, and remembered for a minute for their tenant."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.clock import Clock
from app.errors import PlatformError
from app.identity.caller import Caller
from app.inference.counting import TokenCounters
from app.inference.errors import BackendFailure, ModelUnavailable
from app.inference.gateway import Gateway
from indexing.pipeline.whole_texts import WholeTexts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST = 2000
_KEPT_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A text as some model's, as the catalogue was: another model under the same name is another thing."""

    tenant_id: str
    model: str
    catalogue: int
    text: str


class QuestionVectors:
    """Embeds what is asked; what is remembered is of one tenant and one model, and paid by who asked first."""

    def __init__(self, gateway: Gateway, counters: TokenCounters, clock: Clock) -> None:
        self._gateway, self._clock = gateway, clock
        self._whole = WholeTexts(gateway, counters)
        self._under_way: dict[_Asked, asyncio.Task[NDArray[np.float32]]] = {}
        self._kept: OrderedDict[_Asked, tuple[datetime, NDArray[np.float32]]] = OrderedDict()

    async def of(self, caller: Caller, model: str, text: str, epochs: Mapping[str, int]) -> NDArray[np.float32]:
        """The vector of a question; who may search a collection needs no right to its model."""
        catalogue = await self._gateway.catalogue.snapshot(epochs.get("catalogue"))
        asked = _Asked(caller.tenant_id, model, catalogue.epoch, text)
        kept = self._kept.get(asked)
        if kept is not None and self._clock.now() - kept[0] < _KEPT_FOR:
            return kept[1]
        under_way = self._under_way.get(asked)
        if under_way is not None:
            try:
                return await asyncio.shield(under_way)
            except (BackendFailure, ModelUnavailable):
                raise
            except PlatformError:
                pass  # what is refused to one, as for want of a budget, is not refused to another
        return await asyncio.shield(self._begin(asked, caller, epochs))

    def _begin(self, asked: _Asked, caller: Caller, epochs: Mapping[str, int]) -> asyncio.Task[NDArray[np.float32]]:
        """Embed it once for all who ask meanwhile, even if the first of them goes away."""
        task = asyncio.create_task(self._embed(asked, caller, epochs))
        self._under_way[asked] = task

        def ended(done: asyncio.Task[NDArray[np.float32]]) -> None:
            if self._under_way.get(asked) is done:
                del self._under_way[asked]
            if not done.cancelled():
                done.exception()  # perhaps nobody waits for it any more

        task.add_done_callback(ended)
        return task

    async def _embed(self, asked: _Asked, caller: Caller, epochs: Mapping[str, int]) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = (await self._whole.embed(caller, asked.model, [asked.text], epochs))[0]
        self._keep(asked, vector)
        return vector

    def _keep(self, asked: _Asked, vector: NDArray[np.float32]) -> None:
        self._kept[asked] = (self._clock.now(), vector)
        self._kept.move_to_end(asked)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
