"""Knowing, forking: what people wrote in the graph of a collection, copied into that of its fork."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, select

from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.db.upsert import insert_missing
from app.ids import new_id
from indexing.forking.tables import Fork
from indexing.graphs.tables import GONE, NODE, GraphEdit
from indexing.wording.names import edge_id, node_id

_AT_ONCE = 500
_EDITS = cast("Table", GraphEdit.__table__)


async def copy_written(transactions: Transactions, fork: Fork) -> None:
    """Copy it; broken off and begun again it is copied once, and what was changed in the fork meanwhile stays."""
    reach, last = Reach.one(fork.tenant_id), ""
    while True:
        async with transactions.open(reach) as transaction:
            wanted = select(GraphEdit).where(GraphEdit.collection_id == fork.source_id, GraphEdit.id > last)
            some: Sequence[GraphEdit] = (
                await transaction.session.scalars(wanted.order_by(GraphEdit.id).limit(_AT_ONCE))
            ).all()
            if not some:
                return
            last = some[-1].id
            rows = [_copy(one, fork.collection_id) for one in some if one.state != GONE]
            connection = await transaction.session.connection()
            await connection.run_sync(insert_missing, _EDITS, rows)


def _copy(edit: GraphEdit, collection_id: str) -> dict[str, Any]:
    row = {column.key: getattr(edit, column.key) for column in _EDITS.columns}
    made = (
        node_id(collection_id, edit.source)
        if edit.kind == NODE
        else edge_id(collection_id, edit.source, edit.type, edit.target)
    )
    return {**row, "id": made, "collection_id": collection_id, "revision": new_id("rev"), "settled": False}
