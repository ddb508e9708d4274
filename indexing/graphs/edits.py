"""Knowing, graphs: what people write in the graph of a collection, and take out of it.

The rows are the truth, and the store is told of them after their commit: what it does not know yet is not settled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, or_, select

from app.db.bulk import add_rows, batches, remove_rows
from app.db.tenancy import TenantSession
from app.db.transaction import Transaction
from app.ids import new_id
from indexing.graphs.errors import GraphFull, NotToldYet
from indexing.graphs.tables import AMENDS, EDGE, GONE, NODE, REMOVED, WRITTEN, GraphEdit
from indexing.stores.graphs import Tie, Value
from indexing.wording.names import edge_id, node_id

_KEPT = (
    "id", "collection_id", "kind", "source", "type", "target", "state", "said", "written_by", "created_at", "revision",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edited:
    """What is to be known of a thing or a relation from now on."""

    about: str | Tie  # the key of a thing, or a relation between two
    state: str
    said: Mapping[str, Any] = field(default_factory=dict)


def written_node(key: str, name: str, labels: Sequence[str], properties: Mapping[str, Value]) -> Edited:
    """A thing that somebody wrote."""
    return Edited(key, WRITTEN, {"name": name, "labels": list(labels), "properties": dict(properties)})


def written_edge(tie: Tie, properties: Mapping[str, Value]) -> Edited:
    """A relation that somebody wrote."""
    return Edited(tie, WRITTEN, {"properties": dict(properties)})


@dataclass(frozen=True, slots=True)
class Known:
    """What is held by hand of a thing or a relation."""

    state: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Most:
    """How many things and relations may be by hand."""

    nodes: int
    edges: int


@dataclass(frozen=True, slots=True)
class Overwritten:
    """What was there before something was written, and by what the rows are known that were written."""

    rows: Sequence[Mapping[str, Any]] = ()
    revision: str = ""


@dataclass(frozen=True, slots=True)
class GraphEdits:
    """Writes rows in the transaction of whoever holds the collection; what was there before is given back.

    Nobody writes over what another has written and the store was not told of yet: that may still be taken back, and
    whoever wrote over it would then know a state to come back to that never held.
    """

    transaction: Transaction
    collection_id: str
    written_by: str

    async def known(self, about: Collection[str | Tie]) -> dict[str | Tie, Known]:
        """What is held by hand of some keys and ties."""
        ids = {self.id_of(one): one for one in about}
        rows = await self._every(list(ids))
        return {ids[id_]: Known(row["state"], row["said"]) for id_, row in rows.items() if row["state"] != GONE}

    async def write(self, edits: Iterable[Edited], most: Most | None = None) -> Overwritten:
        """Put these in the place of what was known of the same; refused where that is more than may be.

        NotToldYet where some of that was not told yet, or was written together with what was not.
        """
        new = {row["id"]: row for row in map(self._row, edits)}
        before = await self._every(list(new))
        await self._require_told({row["revision"] for row in before.values()})
        await self._take_out(before)
        now, revision = self.transaction.clock.now(), new_id("rev")
        stamped = {"revision": revision, "settled": False, "updated_at": now}
        since = {id_: row["created_at"] for id_, row in before.items()}
        rows = [{**row, **stamped, "created_at": since.get(id_, now)} for id_, row in new.items()]
        await add_rows(self._session, GraphEdit, rows)
        if most is not None:
            await self._require_room(most)
        return Overwritten([before.get(id_, row | {"state": GONE, "said": {}}) for id_, row in new.items()], revision)

    async def restore(self, before: Overwritten) -> bool:
        """Make it so again as it was before; the store is told of that too, for nobody knows what it was told.

        Where somebody else has told the store of all that was written, that holds: says whether it was taken back.
        """
        standing = await self._standing([row["id"] for row in before.rows])
        mine = {id_: settled for id_, (revision, settled) in standing.items() if revision == before.revision}
        if all(mine.values()):
            return False
        again = [row for row in before.rows if row["id"] in mine or row["id"] not in standing]
        await self._take_out(mine)
        now, revision = self.transaction.clock.now(), new_id("rev")
        stamped = {"revision": revision, "settled": False, "updated_at": now}
        await add_rows(self._session, GraphEdit, [{"created_at": now, **row, **stamped} for row in again])
        return True

    async def joining(self, keys: Collection[str]) -> list[Tie]:
        """The relations by hand of some things."""
        found: set[Tie] = set()
        for some in batches(keys):
            wanted = select(GraphEdit.source, GraphEdit.type, GraphEdit.target).where(
                GraphEdit.collection_id == self.collection_id,
                GraphEdit.kind == EDGE,
                GraphEdit.state.in_((WRITTEN, AMENDS)),
                or_(GraphEdit.source.in_(some), GraphEdit.target.in_(some)),
            )
            found.update(Tie(*row) for row in await self._session.execute(wanted))
        return sorted(found)

    def id_of(self, about: str | Tie) -> str:
        """The id of the row of a thing or a relation."""
        if isinstance(about, Tie):
            return edge_id(self.collection_id, about.source, about.type, about.target)
        return node_id(self.collection_id, about)

    @property
    def _session(self) -> TenantSession:
        return self.transaction.session

    def _row(self, edit: Edited) -> dict[str, Any]:
        about = edit.about
        ends = (about.source, about.type, about.target) if isinstance(about, Tie) else (about, "", "")
        return {
            "id": self.id_of(about),
            "collection_id": self.collection_id,
            "kind": EDGE if isinstance(about, Tie) else NODE,
            **dict(zip(("source", "type", "target"), ends, strict=True)),
            "state": edit.state,
            "said": dict(edit.said),
            "written_by": self.written_by,
        }

    async def _take_out(self, ids: Collection[str]) -> None:
        await remove_rows(self._session, GraphEdit, ("collection_id", self.collection_id), ("id", ids))

    async def _require_told(self, revisions: Collection[str]) -> None:
        for some in batches(revisions):
            mine = GraphEdit.collection_id == self.collection_id, GraphEdit.revision.in_(some)
            untold = select(GraphEdit.id).where(*mine, GraphEdit.settled.is_(False)).limit(1)
            if await self._session.scalar(untold) is not None:
                raise NotToldYet

    async def _standing(self, ids: Sequence[str]) -> dict[str, tuple[str, bool]]:
        """By id, by what revision a row was written, and whether the store knows; it stays so until the commit."""
        found: dict[str, tuple[str, bool]] = {}
        for some in batches(ids):
            wanted = select(GraphEdit.id, GraphEdit.revision, GraphEdit.settled).where(
                GraphEdit.collection_id == self.collection_id, GraphEdit.id.in_(some)
            )
            found.update((row[0], (row[1], row[2])) for row in await self._session.execute(wanted.with_for_update()))
        return found

    async def _every(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        columns = [getattr(GraphEdit, name) for name in _KEPT]
        for some in batches(ids):
            wanted = select(*columns).where(GraphEdit.collection_id == self.collection_id, GraphEdit.id.in_(some))
            for row in await self._session.execute(wanted):
                found[row.id] = dict(zip(_KEPT, row, strict=True))
        return found

    async def _require_room(self, most: Most) -> None:
        wanted = select(GraphEdit.kind, func.count()).where(
            GraphEdit.collection_id == self.collection_id, GraphEdit.state == WRITTEN
        )
        counts = {row[0]: row[1] for row in await self._session.execute(wanted.group_by(GraphEdit.kind))}
        if counts.get(NODE, 0) > most.nodes or counts.get(EDGE, 0) > most.edges:
            raise GraphFull(most.nodes, most.edges)


@dataclass(frozen=True, slots=True)
class Curation:
    """What was taken out of a graph, and of what more was said than documents say."""

    removed: frozenset[str] = frozenset()
    amended: frozenset[str] = frozenset()
    removed_ties: frozenset[Tie] = frozenset()
    amended_ties: frozenset[Tie] = frozenset()
    has_ties: bool = False  # whether somebody wrote a relation, which holds where both its ends are seen

    @property
    def is_nothing(self) -> bool:
        """Whether the graph is all that its store says."""
        return not (self.removed or self.amended or self.removed_ties or self.amended_ties or self.has_ties)


NOTHING_DONE = Curation()


async def curation(session: TenantSession, collection_id: str) -> Curation:
    """What people have done to a graph, beside what its store keeps by hand."""
    wanted = select(GraphEdit.kind, GraphEdit.state, GraphEdit.source, GraphEdit.type, GraphEdit.target).where(
        GraphEdit.collection_id == collection_id, GraphEdit.state.in_((REMOVED, AMENDS))
    )
    found: dict[tuple[str, str], list[Any]] = {}
    for kind, state, *ends in await session.execute(wanted):
        found.setdefault((kind, state), []).append(ends[0] if kind == NODE else Tie(*ends))
    edges = select(GraphEdit.id).where(
        GraphEdit.collection_id == collection_id, GraphEdit.kind == EDGE, GraphEdit.state == WRITTEN
    )
    return Curation(
        removed=frozenset(found.get((NODE, REMOVED), ())),
        amended=frozenset(found.get((NODE, AMENDS), ())),
        removed_ties=frozenset(found.get((EDGE, REMOVED), ())),
        amended_ties=frozenset(found.get((EDGE, AMENDS), ())),
        has_ties=await session.scalar(edges.limit(1)) is not None,
    )
