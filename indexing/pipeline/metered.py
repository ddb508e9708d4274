"""Knowing, pipeline: the embedding model of a collection, metered to whoever brought the document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.inference.counting import TokenCounter
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.shared_calls import Account
from indexing.pipeline.workshop import Workshop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MeteredModel:
    """Embeds for one document."""

    def __init__(self, workshop: Workshop, content: Content, recipe: Recipe) -> None:
        self._workshop, self._model = workshop, recipe.model
        self._account = Account(content.tenant_id, content.uploaded_by, recipe.model)

    async def counter(self) -> TokenCounter:
        """What counts tokens as the model does."""
        provider_type, upstream_model = await self._workshop.gateway.catalogue.counted_as(self._model)
        return self._workshop.counters.of(provider_type, upstream_model)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector for each text; vectors that cannot be are refused."""
        return await self._workshop.calls.embed(self._account, texts)
