"""SDK: collections."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from ..errors import NotConfigured, NotFound
from ..sending import HasId, given, id_of, path_of
from ..shapes.answering import Model
from ..shapes.knowing import Collection, DocumentEvent
from .transport import Transport

MATRIX = "/v1/modules/scaimatrix"
AT = f"{MATRIX}/collections"
_BUILT_IN = "local/minilm"


def at(collection: HasId | str, *rest: str) -> str:
    """The path of a collection, or of something in it."""
    return AT + path_of(id_of(collection), *rest)


class Collections:
    """Documents that are kept, searched and shared together."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def list(self) -> AsyncGenerator[Collection, None]:
        """All that the owner of the key may read."""
        return self._transport.every(AT, Collection)

    async def get(self, collection: HasId | str) -> Collection:
        """One, by its id."""
        return Collection.read(await self._transport.get(at(collection)))

    async def find(self, called: str) -> Collection | None:
        """One by its id, slug or name, where no two are called so."""
        if called.startswith("col_"):
            try:
                return await self.get(called)
            except NotFound:
                return None
        listed = [one async for one in self.list()]
        by_slug = [one for one in listed if one.slug == called]
        by_name = [one for one in listed if one.name.casefold() == called.casefold()]
        return (by_slug or by_name)[0] if by_slug or len(by_name) == 1 else None

    async def create(self, name: str, *, embedding_model: str | None = None, **fields: Any) -> Collection:
        """Make one; fields are those of the API: slug, description, chunking_strategy, default_access and so on."""
        model = embedding_model or await self._embedding_model()
        made = await self._transport.create(AT, {"name": name, "embedding_model": model, **given(**fields)})
        return Collection.read(made)

    async def change(self, collection: HasId | str, **fields: Any) -> Collection:
        """Change what is named of it."""
        return Collection.read(await self._transport.patch(at(collection), fields))

    async def delete(self, collection: HasId | str) -> None:
        """Delete it with all that is in it."""
        await self._transport.delete(at(collection))

    async def follow(self, collection: HasId | str, *, until_idle: bool = True) -> AsyncGenerator[DocumentEvent, None]:
        """What becomes of its documents, until there is nothing to be done, or for ever."""
        until = "idle" if until_idle else None
        async with aclosing(self._transport.events(at(collection, "events"), until=until)) as told:
            async for event in told:
                yield DocumentEvent.read({**event.said(), "event": event.name})

    async def _embedding_model(self) -> str:
        """The one there is, or the one that is built in."""
        listed = [one.slug async for one in self._transport.every("/v1/models", Model, modality="embedding")]
        if len(listed) == 1 or _BUILT_IN in listed:
            return _BUILT_IN if _BUILT_IN in listed else listed[0]
        raise NotConfigured(f"Say which embedding_model it is to have: {', '.join(listed) or 'there is none for you'}")
