"""Allowing: read access lists: two statements, however many things are asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from acl.asked import DOCUMENTS, ENTRIES_WITHIN, EXCEPTIONS, LISTS
from acl.facts import DefaultAccess, Effect, Entry, PrincipalType, Resource
from acl.listed import Lists
from acl.permission import ResourceKind
from app.db.given import listed, read_gathered

_MOST_AT_ONCE = 16_384  # things in one statement
_COLLECTION = str(ResourceKind.COLLECTION)
_OF_LIST = 6  # columns, before those of an entry
_Row = list[Any]


def read_resources(connection: Connection, tenant_id: str, ids: Collection[str]) -> dict[str, Resource]:
    """Read the lists of some things of a tenant, whole; what is not there is left out."""
    lists = read_lists(connection, tenant_id, ids)
    return {id_: lists[id_].resource(id_) for id_ in ids if id_ in lists}


def read_lists(connection: Connection, tenant_id: str, ids: Collection[str], known: Lists | None = None) -> Lists:
    """Read the lists of some things, and of those of their collections that are not known yet."""
    wanted, reading = list(ids), _Reading(tenant_id, known if known is not None else Lists())
    for start in range(0, len(wanted), _MOST_AT_ONCE):
        rows = _read(connection, tenant_id, wanted[start : start + _MOST_AT_ONCE])
        above = reading.unknown_collections(rows)
        if above:
            rows += _read(connection, tenant_id, above)
        reading.take(rows, [[row[0], *row[_OF_LIST:]] for row in rows if row[_OF_LIST] is not None])
    return reading.found


def _read(connection: Connection, tenant_id: str, ids: Collection[str]) -> list[_Row]:
    return read_gathered(connection, LISTS, {"tenant": tenant_id, "ids": listed(ids)})


def read_exceptions(connection: Connection, tenant_id: str, collection_ids: Collection[str], user_id: str) -> Lists:
    """Read the lists of collections, and of their documents to which somebody may be let otherwise than to the rest."""
    about = {"tenant": tenant_id, "ids": listed(collection_ids)}
    lists = read_gathered(connection, EXCEPTIONS, {**about, "user": user_id})
    reading = _Reading(tenant_id, Lists())
    if lists:
        reading.take(lists, read_gathered(connection, ENTRIES_WITHIN, about))
    return reading.found


def read_document_ids(connection: Connection, tenant_id: str, collection_ids: Collection[str]) -> list[tuple[str, str]]:
    """Every document of some collections, each with its collection."""
    rows = read_gathered(connection, DOCUMENTS, {"tenant": tenant_id, "ids": listed(collection_ids)})
    return [(document_id, collection_id) for document_id, collection_id in rows]


@dataclass(slots=True)
class _Reading:
    """Rows on their way to values."""

    tenant_id: str
    known: Lists
    found: Lists = field(default_factory=Lists)
    _plain: dict[tuple[str, int], Resource] = field(default_factory=dict)

    def unknown_collections(self, lists: Iterable[_Row]) -> list[str]:
        """The collections of documents whose own lists must be read too."""
        above = {row[5] for row in lists if row[5] is not None}
        return [id_ for id_ in above if id_ not in self.found and id_ not in self.known]

    def take(self, lists: list[_Row], others: list[_Row]) -> None:
        """Make values of lists, which may be there more than once; `others` are their entries."""
        entries, documents = _entries(others), list[_Row]()
        for row in lists:
            if row[1] == _COLLECTION:
                self._take_collection(row[0], row[2], row[3], entries)
            else:
                documents.append(row)
        for id_, _, owner_id, _, inherits, collection_id, *_ in documents:
            shared = None if id_ in entries else self._plain.get((collection_id, inherits))
            shared = shared or self._document(id_, collection_id, inherits, entries)
            if shared is not None:
                self.found.add(id_, owner_id, shared)

    def _take_collection(
        self, id_: str, owner_id: str | None, default_access: str, entries: dict[str, list[Entry]]
    ) -> None:
        own, default = tuple(entries.get(id_, ())), DefaultAccess(default_access)
        collection = Resource(ResourceKind.COLLECTION, id_, self.tenant_id, owner_id, own, default)
        self.found.add(id_, owner_id, collection)

    def _document(
        self, id_: str, collection_id: str, inherits: int, entries: dict[str, list[Entry]]
    ) -> Resource | None:
        above = self.found.shared.get(collection_id) or self.known.shared.get(collection_id)
        if above is None:  # gone since: so is the document
            return None
        own = tuple(entries.get(id_, ()))
        document = Resource(
            ResourceKind.DOCUMENT,
            "",  # it may be that of many; what is read whole is given its own
            self.tenant_id,
            owner_id=None,
            entries=own,
            inherits=bool(inherits),
            collection=above,
        )
        if not own:
            self._plain[collection_id, inherits] = document
        return document


def _entries(rows: Iterable[_Row]) -> dict[str, list[Entry]]:
    entries = defaultdict[str, list[Entry]](list)
    for resource_id, id_, effect, principal_type, principal_id, permissions, expires_at in rows:
        expiry = None if expires_at is None else datetime.fromisoformat(expires_at).replace(tzinfo=UTC)
        entry = Entry(id_, Effect(effect), PrincipalType(principal_type), principal_id, permissions, expiry)
        entries[resource_id].append(entry)
    for own in entries.values():
        own.sort(key=_id_of)
    return dict(entries)


def _id_of(entry: Entry) -> str:
    return entry.id
