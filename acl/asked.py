"""Allowing: the statements that read access lists, written down once."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import BindParameter, FromClause, Select, Table, bindparam, select, union_all

from acl.tables import AccessEntry, AccessList
from app.db.given import beside, gathered, given

_OWN = cast("Table", AccessList.__table__)
_ACES = cast("Table", AccessEntry.__table__)
_TENANT: BindParameter[str] = bindparam("tenant")
_IDS = given("ids")
_WHAT = (_ACES.c.ace_type, _ACES.c.principal_type, _ACES.c.principal_id, _ACES.c.permissions, _ACES.c.expires_at)
_ENTRY = (_ACES.c.id, *_WHAT)


def _lists(of: FromClause) -> Select[Any]:
    columns = (_OWN.c.resource_id, _OWN.c.kind, _OWN.c.owner_id, _OWN.c.default_access, _OWN.c.inherits)
    return select(*columns, _OWN.c.collection_id).select_from(of).where(beside(_OWN.c.tenant_id) == _TENANT)


def _entries(of: FromClause) -> Select[Any]:
    return select(_ACES.c.resource_id, *_ENTRY).select_from(of).where(beside(_ACES.c.tenant_id) == _TENANT)


# Lists with their entries, a row for each, or one that has none of an entry: ids are looked up once.
LISTS = gathered(
    _lists(
        _IDS.join(_OWN, _OWN.c.resource_id == _IDS.c.value).outerjoin(_ACES, _ACES.c.resource_id == _OWN.c.resource_id)
    ).add_columns(*_ENTRY)
)

# One look-up in an index for each reason to be an exception: a scan of the collections would cost as much as they hold.
_WITHIN = _lists(_IDS.join(_OWN, _OWN.c.collection_id == _IDS.c.value))
EXCEPTIONS = gathered(
    union_all(
        _lists(_IDS.join(_OWN, _OWN.c.resource_id == _IDS.c.value)),
        _WITHIN.where(_OWN.c.inherits.is_(False)),
        _WITHIN.where(_OWN.c.owner_id == bindparam("user")),
        _lists(
            _IDS.join(_ACES, _ACES.c.collection_id == _IDS.c.value).join(
                _OWN, _OWN.c.resource_id == _ACES.c.resource_id
            )
        ),
    )
)
ENTRIES_WITHIN = gathered(_entries(_IDS.join(_ACES, _ACES.c.collection_id == _IDS.c.value)))
DOCUMENTS = gathered(_WITHIN.with_only_columns(_OWN.c.resource_id, _OWN.c.collection_id))
