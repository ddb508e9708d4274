"""SDK: searches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..sending import HasId, given, id_of
from ..shapes.knowing import Found
from .collections import MATRIX, at
from .transport import Transport

Collections = HasId | str | Iterable[HasId | str]


async def search(transport: Transport, query: str, collection: Collections, **asked: Any) -> Found:
    """Look in one collection, or in several at once."""
    body: dict[str, Any] = {"query": query, **given(**asked)}
    if isinstance(collection, Iterable) and not isinstance(collection, str):
        place, body["collection_ids"] = f"{MATRIX}/search", [id_of(one) for one in collection]
    else:
        place = at(collection, "search")
    return _found(await transport.whole("POST", place, json=body, harmless=True))


def _found(said: Mapping[str, Any]) -> Found:
    how = said["meta"]["retrieval"]
    return Found.read({**how, "hits": said["data"]["results"]} | {"whole": said})
