"""Knowing, graphs: views that are saved under a name, for all who may read the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.db.transaction import Transaction
from app.errors import NotFound
from app.ids import new_id
from app.paging import Page, PageRequest, cut
from indexing.graphs.errors import GraphFactExists
from indexing.graphs.tables import GraphView


class ViewNotFound(NotFound):
    """The collection has no such view."""

    code = "GRAPH_VIEW_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class GraphViews:
    """The views of one collection, whose caller was let at it."""

    transaction: Transaction
    collection_id: str

    async def page(self, page: PageRequest) -> Page[GraphView]:
        """A page of them."""
        wanted = select(GraphView).where(GraphView.collection_id == self.collection_id)
        newest = page.order == "desc"
        if page.after is not None:
            wanted = wanted.where(GraphView.id < page.after if newest else GraphView.id > page.after)
        ordered = wanted.order_by(GraphView.id.desc() if newest else GraphView.id).limit(page.limit + 1)
        return cut(list(await self.transaction.session.scalars(ordered)), page, lambda row: row.id)

    async def one(self, view_id: str) -> GraphView:
        """One of them."""
        found = await self.transaction.session.get(GraphView, view_id)
        if found is None or found.collection_id != self.collection_id:
            raise ViewNotFound
        return found

    async def add(self, name: str, query: Mapping[str, Any], owner_id: str) -> GraphView:
        """Save one; for those who hold the collection, as whoever changes one."""
        await self._require_free(name)
        now = self.transaction.clock.now()
        made = GraphView(
            id=new_id("gvw"), collection_id=self.collection_id, name=name, query=dict(query), owner_id=owner_id,
            created_at=now, updated_at=now,
        )  # fmt: skip
        self.transaction.session.add(made)
        await self.transaction.session.flush()
        return made

    async def change(self, row: GraphView, name: str | None, query: Mapping[str, Any] | None) -> list[str]:
        """Call it something else, or have it ask something else; says what is another now."""
        changed = []
        if name is not None and name != row.name:
            await self._require_free(name)
            row.name = name
            changed.append("name")
        if query is not None and query != row.query:
            row.query = dict(query)
            changed.append("query")
        if changed:
            row.updated_at = self.transaction.clock.now()
            await self.transaction.session.flush()
        return changed

    async def remove(self, row: GraphView) -> None:
        """Keep it no longer."""
        await self.transaction.session.delete(row)

    async def _require_free(self, name: str) -> None:
        taken = select(GraphView.id).where(GraphView.collection_id == self.collection_id, GraphView.name == name)
        if await self.transaction.session.scalar(taken) is not None:
            raise GraphFactExists("view")
