"""Knowing, pipeline: the embedding model of a collection, metered to whoever brought the document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.identity.on_behalf import on_behalf_of
from app.inference.counting import TokenCounter
from indexing.pipeline.content import Content, Recipe
from indexing.pipeline.whole_texts import WholeTexts
from indexing.pipeline.workshop import Workshop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MeteredModel:
    """Embeds for one document. It was allowed once: neither models:use nor the uploader's being there is asked for."""

    def __init__(self, workshop: Workshop, content: Content, recipe: Recipe) -> None:
        self._workshop, self._content, self._recipe = workshop, content, recipe

    async def counter(self) -> TokenCounter:
        """What counts tokens as the model does."""
        provider_type, upstream_model = await self._workshop.gateway.catalogue.counted_as(self._recipe.model)
        return self._workshop.counters.of(provider_type, upstream_model)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector for each text; vectors that cannot be are refused."""
        payer = await on_behalf_of(self._workshop.credentials, self._content.uploaded_by, self._content.tenant_id)
        whole = WholeTexts(self._workshop.gateway, self._workshop.counters)
        return await whole.embed(payer, self._recipe.model, texts, {})
