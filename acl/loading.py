"""Allowing: read access lists: two statements, however many things are asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Row, Table, bindparam, select, union_all

from acl.facts import DefaultAccess, Effect, Entry, PrincipalType, Resource
from acl.permission import ResourceKind
from acl.tables import AccessEntry, AccessList
from app.db.asking import Asking

_MOST_AT_ONCE = 16_384  # ids in one statement


def read_resources(connection: Connection, tenant_id: str, ids: Collection[str]) -> dict[str, Resource]:
    """Read the lists of some things of a tenant; what is not there is left out."""
    wanted, found = list(ids), dict[str, Resource]()
    for start in range(0, len(wanted), _MOST_AT_ONCE):
        lists = _LISTS.put(connection, plain={"tenant": tenant_id}, ids=wanted[start : start + _MOST_AT_ONCE]).all()
        concerned = {row.resource_id for row in lists} | {row.collection_id for row in lists if row.collection_id}
        if concerned:
            entries = _ENTRIES.put(connection, plain={"tenant": tenant_id}, ids=concerned)
            found.update(_Reading(tenant_id, _by_resource(entries)).resources(lists))
    return found


def read_exceptions(
    connection: Connection, tenant_id: str, collection_id: str, user_id: str
) -> tuple[Resource | None, list[Resource]]:
    """Read a collection's list, and those of its documents to which somebody may be let otherwise than to the rest."""
    about = {"tenant": tenant_id, "collection": collection_id}
    lists = connection.execute(_EXCEPTIONS, {**about, "user": user_id}).all()
    entries = _by_resource(connection.execute(_ALL_ENTRIES, about))
    found = _Reading(tenant_id, entries).resources(lists)
    collection = found.pop(collection_id, None)
    return collection, list(found.values())


def read_document_ids(connection: Connection, tenant_id: str, collection_id: str) -> list[str]:
    """Every document of a collection."""
    return list(connection.scalars(_DOCUMENTS, {"tenant": tenant_id, "collection": collection_id}))


def _by_resource(rows: Iterable[Any]) -> dict[str, list[Entry]]:
    entries = defaultdict[str, list[Entry]](list)
    for resource_id, id_, effect, principal_type, principal_id, permissions, expires_at in rows:
        entry = Entry(id_, Effect(effect), PrincipalType(principal_type), principal_id, permissions, expires_at)
        entries[resource_id].append(entry)
    for own in entries.values():
        own.sort(key=_id_of)
    return entries


def _id_of(entry: Entry) -> str:
    return entry.id


@dataclass(frozen=True, slots=True)
class _Reading:
    """Rows on their way to values; documents of one collection share it."""

    tenant_id: str
    entries: dict[str, list[Entry]]
    collections: dict[str, Resource] = field(default_factory=dict)

    def resources(self, lists: Sequence[Row[Any]]) -> dict[str, Resource]:
        return {row[0]: self._resource(row) for row in lists}

    def _resource(self, row: Sequence[Any]) -> Resource:
        id_, kind, owner_id, default_access, inherits, collection_id, collection_owner_id, collection_default = row
        if kind == ResourceKind.COLLECTION:
            return self._collection(id_, owner_id, default_access)
        return Resource(
            ResourceKind.DOCUMENT,
            id_,
            self.tenant_id,
            owner_id,
            entries=tuple(self.entries.get(id_, ())),
            inherits=inherits,
            collection=self._collection(collection_id, collection_owner_id, collection_default),
        )

    def _collection(self, id_: str, owner_id: str | None, default_access: str) -> Resource:
        made = self.collections.get(id_)
        if made is None:
            entries, default = tuple(self.entries.get(id_, ())), DefaultAccess(default_access)
            made = Resource(ResourceKind.COLLECTION, id_, self.tenant_id, owner_id, entries, default)
            self.collections[id_] = made
        return made


_OWN = cast("Table", AccessList.__table__)
_ABOVE = _OWN.alias("above")
_ACES = cast("Table", AccessEntry.__table__)
_TENANT: BindParameter[str] = bindparam("tenant")
_COLLECTION: BindParameter[str] = bindparam("collection")

_LIST = select(
    _OWN.c.resource_id,
    _OWN.c.kind,
    _OWN.c.owner_id,
    _OWN.c.default_access,
    _OWN.c.inherits,
    _OWN.c.collection_id,
    _ABOVE.c.owner_id,
    _ABOVE.c.default_access,
).select_from(_OWN.outerjoin(_ABOVE, _ABOVE.c.resource_id == _OWN.c.collection_id))
_LISTS = Asking(lambda among: _LIST.where(_OWN.c.tenant_id == _TENANT, among(_OWN.c.resource_id, "ids")))

_ENTRY = select(
    _ACES.c.resource_id,
    _ACES.c.id,
    _ACES.c.ace_type,
    _ACES.c.principal_type,
    _ACES.c.principal_id,
    _ACES.c.permissions,
    _ACES.c.expires_at,
).where(_ACES.c.tenant_id == _TENANT)
_ENTRIES = Asking(lambda among: _ENTRY.where(among(_ACES.c.resource_id, "ids")))
_ALL_ENTRIES = _ENTRY.where(_ACES.c.collection_id == _COLLECTION)

# One look-up in an index for each reason to be an exception: a scan of the collection would cost as much as it holds.
_WITHIN = _LIST.where(_OWN.c.tenant_id == _TENANT, _OWN.c.collection_id == _COLLECTION)
_EXCEPTIONS = union_all(
    _LIST.where(_OWN.c.tenant_id == _TENANT, _OWN.c.resource_id == _COLLECTION),
    _WITHIN.where(_OWN.c.inherits.is_(False)),
    _WITHIN.where(_OWN.c.owner_id == bindparam("user")),
    _WITHIN.where(_OWN.c.resource_id.in_(select(_ACES.c.resource_id).where(_ACES.c.collection_id == _COLLECTION))),
)
_DOCUMENTS = select(_OWN.c.resource_id).where(_OWN.c.tenant_id == _TENANT, _OWN.c.collection_id == _COLLECTION)
