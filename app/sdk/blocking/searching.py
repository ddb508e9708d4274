# Made of the module of the same name in `aio` by scripts/colours.py; change that one.
"""SDK: searches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..sending import HasId, given, id_of
from ..shapes.knowing import Found
from .collections import MATRIX, at
from .transport import Transport

Collections = HasId | str | Iterable[HasId | str]


def search(
    transport: Transport, query: str, collection: Collections, as_user: HasId | str | None, **asked: Any
) -> Found:
    """Look in one collection, or in several at once; perhaps as somebody else."""
    body: dict[str, Any] = {"query": query, **given(**asked)}
    if isinstance(collection, Iterable) and not isinstance(collection, str):
        place, body["collection_ids"] = f"{MATRIX}/search", [id_of(one) for one in collection]
    else:
        place = at(collection, "search")
    if as_user is not None:
        place, body["as_user_id"] = f"{place}/as", id_of(as_user)
    return _found(transport.whole("POST", place, json=body, harmless=True))


def _found(said: Mapping[str, Any]) -> Found:
    how = said["meta"]["retrieval"]
    data = said["data"]
    return Found.read({**how, "hits": data["results"], "withheld": data.get("withheld", ()), "whole": said})
