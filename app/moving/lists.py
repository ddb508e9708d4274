"""Roof, moving: access lists as lines, and those they speak of by what they are known by elsewhere too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from acl.facts import DefaultAccess, PrincipalType
from acl.tables import AccessEntry, AccessList
from app.db.bulk import batches
from app.identity.tables import Group, User
from app.moving.shapes import AccessLine, EntryLine, PrincipalLine

CALLED: dict[PrincipalType, tuple[type[User] | type[Group], InstrumentedAttribute[str]]] = {
    PrincipalType.USER: (User, User.email),
    PrincipalType.GROUP: (Group, Group.name),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A list, and what it gives to those no entry speaks of."""

    line: AccessLine
    default_access: DefaultAccess


@dataclass(slots=True)
class Lists:
    """Reads lists, and remembers of whom they speak. Entries that have ended, or are about nobody, are left out."""

    connection: Connection
    at: datetime
    _named: dict[str, PrincipalLine | None] = field(default_factory=dict)

    def of(self, resource_ids: Sequence[str]) -> Mapping[str, Listed]:
        """The lists of some things of one tenant."""
        rows = self.connection.execute(select(AccessList.__table__).where(AccessList.resource_id.in_(resource_ids)))
        lists = rows.all()
        entries = self._entries(resource_ids)
        everybody = [entry for those in entries.values() for entry in those]
        self._name(PrincipalType.USER, [row.owner_id for row in lists if row.owner_id])
        for kind in CALLED:
            self._name(kind, [entry.principal_id for entry in everybody if entry.principal_type == kind])
        return {
            row.resource_id: Listed(
                AccessLine(
                    owner=row.owner_id,
                    inherits=row.inherits,
                    entries=[_entry(entry) for entry in entries[row.resource_id] if self._is_known(entry)],
                ),
                DefaultAccess(row.default_access),
            )
            for row in lists
        }

    def principals(self) -> Iterator[PrincipalLine]:
        """All those whom the lists speak of that were read."""
        return (one for one in self._named.values() if one is not None)

    def _entries(self, resource_ids: Sequence[str]) -> Mapping[str, list[Row[Any]]]:
        holding = or_(AccessEntry.expires_at.is_(None), AccessEntry.expires_at > self.at)
        wanted = select(AccessEntry.__table__).where(AccessEntry.resource_id.in_(resource_ids), holding)
        found = defaultdict[str, list[Row[Any]]](list)
        for row in self.connection.execute(wanted.order_by(AccessEntry.id)):
            found[row.resource_id].append(row)
        return found

    def _is_known(self, entry: Row[Any]) -> bool:
        return entry.principal_type == PrincipalType.EVERYONE or self._named.get(entry.principal_id) is not None

    def _name(self, kind: PrincipalType, ids: Sequence[str]) -> None:
        table, called = CALLED[kind]
        for some in batches(sorted({id_ for id_ in ids if id_ not in self._named})):
            self._named |= dict.fromkeys(some)
            for row in self.connection.execute(
                select(table.id, called.label("called"), table.external_id).where(table.id.in_(some))
            ):
                self._named[row.id] = PrincipalLine(
                    kind=kind, id=row.id, called=row.called, external_id=row.external_id
                )


def _entry(row: Row[Any]) -> EntryLine:
    return EntryLine(
        effect=row.ace_type,
        kind=row.principal_type,
        principal=row.principal_id,
        permissions=row.permissions,
        expires_at=row.expires_at,
        note=row.note,
    )
