"""Roof, MCP: what an assistant calls something: its id, slug or name. What is hidden has none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from acl.errors import CollectionNotFound
from acl.permission import Permission
from acl.ref import ResourceRef
from app.errors import ValidationFailed
from app.http.access_path import MODULE, found_list
from app.http.collection_path import overview
from app.http.transacting import transaction_of
from app.http.visit import Visit
from app.inference.callable import CallableModel
from app.inference.frontend_models import PERSONA_ID
from app.paging import PageRequest
from rag.personas.errors import PersonaNotFound

T = TypeVar("T")
_MOST_PAGES = 20
_ID = "col_"


async def require_module(visit: Visit) -> None:
    """Refuse where the module is off for the tenant acted in; an administrator may have come to another by an id."""
    await visit.platform.switchboard.require(visit.tenant_id, MODULE)


async def collection_named(visit: Visit, named: str) -> str:
    """The id of a collection its caller may read; by slug and name those are known that they may list."""
    async with transaction_of(visit, writes=False):
        if named.startswith(_ID):
            access = await found_list(visit, ResourceRef.collection(named), Permission.READ)
            await require_module(visit)
            return access.resource_id
        found: list[tuple[str, str, str]] = []
        after: str | None = None
        for _ in range(_MOST_PAGES):
            page = await overview(visit).listed(PageRequest(100, after))
            found += [(row.id, row.slug, row.name) for row in page.items]
            after = page.next_after
            if after is None:
                break
    one = _only("collection", named, found, (lambda row: row[1], lambda row: row[2]))
    if one is None:
        raise CollectionNotFound
    return one[0]


async def personas_of(visit: Visit) -> Sequence[CallableModel]:
    """The assistants their caller sees, each as the model it is."""
    seen = await visit.platform.gateway.catalogue.visible(visit.caller)
    return [model for model in seen if model.modality == "chat" and PERSONA_ID in model.metadata]


async def persona_named(visit: Visit, named: str) -> CallableModel:
    """The assistant of an id, slug (whole, or its last part) or name."""
    ways: tuple[Callable[[CallableModel], str], ...] = (
        lambda model: model.slug,
        lambda model: str(model.metadata[PERSONA_ID]),
        lambda model: model.slug.rpartition("/")[2],
        lambda model: model.display_name,
    )
    one = _only("persona", named, await personas_of(visit), ways)
    if one is None:
        raise PersonaNotFound
    return one


def _only(field: str, named: str, there: Sequence[T], ways: Sequence[Callable[[T], str]]) -> T | None:
    """The one that is called so in the first way that anything is."""
    for way in ways:
        found = [one for one in there if way(one).casefold() == named.casefold()]
        if len(found) > 1:
            raise ValidationFailed.of(field, "several are called so; name it by its id or slug")
        if found:
            return found[0]
    return None
