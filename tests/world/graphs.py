"""A collection with a graph whose chunks say what a test has them say."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import Permission
from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.editions.tables import ChunkRow
from indexing.graphs.layers import layer_of
from indexing.graphs.views import GraphViews
from indexing.stores.graphs import Assertion, Mention, Source, Statement, Tie
from indexing.stores.vectors import Index
from indexing.wording.names import edge_id, key_of, node_id, relation_of
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, shelf

GRAPH = "/v1/modules/scaimatrix/collections/{}/graph"
Fact = tuple[str, str, str]


@dataclass(slots=True)
class Atlas:
    """A shelf whose documents say something of things."""

    shelf: Shelf

    @property
    def id(self) -> str:
        """The collection."""
        return self.shelf.id

    @property
    def path(self) -> str:
        """Where its graph is."""
        return GRAPH.format(self.id)

    def node_id(self, name: str) -> str:
        """The id of something by its name."""
        return node_id(self.id, key_of(name))

    async def say(self, document: str, *facts: Fact | str, label: str = "Thing", **properties: str) -> None:
        """Have the one passage of a document mention names, and assert relations between them."""
        platform = self.shelf.organisation.running.platform
        names = {name for fact in facts for name in ([fact] if isinstance(fact, str) else [fact[0], fact[2]])}
        mentions = [Mention(key_of(name), name, (label,)) for name in sorted(names)]
        ties = [Tie(key_of(one[0]), relation_of(one[1]), key_of(one[2])) for one in facts if not isinstance(one, str)]
        async with platform.transactions.open(Reach.one(self.shelf.organisation.id), writes=False) as transaction:
            wanted = select(ChunkRow).where(ChunkRow.document_id == self.shelf.documents[document])
            chunk = (await transaction.session.scalars(wanted)).one()
            collection = await transaction.session.get_one(Collection, self.id)
        index = Index(self.shelf.organisation.id, self.id, collection.index_name)
        source = Source(chunk.document_id, chunk.id, chunk.edition_id)
        await platform.graphs.put(
            index, layer_of(1, 1), [Statement(source, mentions, [Assertion(tie, properties) for tie in ties])]
        )

    async def hide(self, document: str, whom: str = "user") -> None:
        """Deny somebody a document."""
        person = (PrincipalType.USER, self.shelf.organisation.people[whom].id)
        permissions = int(Permission.READ)
        organisation = self.shelf.organisation
        await enter(organisation, self.shelf.documents[document], Effect.DENY, person, permissions=permissions)


async def graph_ids(made: Shelf, document: str, mark: str) -> dict[str, str]:
    """Give a shelf a graph with a mark in all of it, and a saved view; the ids of what is in it."""
    organisation, drawn = made.organisation, Atlas(made)
    await switch_on(made)
    name, other = f"{mark} one", f"{mark} other"
    await drawn.say(document, (name, "knows", other), label=mark, said=mark)
    async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
        view = await GraphViews(transaction, made.id).add(mark, {"name": mark}, organisation.people["admin"].id)
    return {
        "node_id": drawn.node_id(name),
        "other_node_id": drawn.node_id(other),
        "edge_id": edge_id(made.id, key_of(name), "KNOWS", key_of(other)),
        "view_id": view.id,
    }


async def switch_on(made: Shelf) -> None:
    """Have a collection keep a graph."""
    async with made.organisation.running.platform.transactions.open(Reach.one(made.organisation.id)) as transaction:
        row = await transaction.session.get_one(Collection, made.id)
        row.graph_enabled, row.graph_extraction_model, row.graph_generation = True, "local/quote", 1


async def atlas(organisation: Organisation, *documents: str) -> Atlas:
    """Make one, open to its tenant, with documents that have a passage each."""
    made = await shelf(organisation, *documents, default_access=DefaultAccess.TENANT)
    await switch_on(made)
    for document in documents:
        await made.write(document)
    return Atlas(made)
