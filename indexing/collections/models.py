"""Knowing, collections: the models a collection works with, chosen by somebody who sees them."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import ValidationFailed
from app.identity.caller import Caller
from app.inference.callable import Modality
from app.inference.catalogue import Catalogue

_KINDS: dict[str, str] = {"chat": "a chat model", "embedding": "an embedding model"}


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Lets somebody choose among the models they see in the tenant they act in."""

    catalogue: Catalogue
    caller: Caller
    tenant_id: str

    async def embedding(self, named: str) -> str:
        """The slug of an embedding model."""
        return await self._slug("embedding_model", named, "embedding")

    async def extraction(self, named: str) -> str:
        """The slug of a chat model that is to read graphs out of texts."""
        return await self._slug("graph_extraction_model", named, "chat")

    async def _slug(self, field: str, named: str, modality: Modality) -> str:
        model = await self.catalogue.find(self.caller, named, self.tenant_id)
        if model.modality != modality:
            raise ValidationFailed.of(field, f"{model.slug} is {_KINDS[model.modality]}, not {_KINDS[modality]}")
        return model.slug
