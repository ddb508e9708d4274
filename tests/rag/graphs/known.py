"""Graphs of documents on real shelves, and people who look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select, update

from acl.visible import Visible
from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.stores.graphs import HAND, GraphStore, Source, Statement
from indexing.stores.vectors import Index
from rag.graphs.answers import GraphAnswer
from rag.graphs.asked import NodesAsked
from rag.graphs.reading import GraphReading
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.passages import Passage
from rag.retrieval.question import Question
from rag.search import CollectionSearch
from tests.contract.graphs.statements import put, says
from tests.rag.asking import search
from tests.world.passages import Written, written
from tests.world.people import Organisation

ENABLED = {"graph_enabled": True, "graph_extraction_model": "local/quote", "graph_generation": 1}


@dataclass(slots=True)
class Known:
    """A collection whose passages are known to speak of things."""

    written: Written
    store: GraphStore
    said: dict[str, list[Statement]] = field(default_factory=dict)  # by document

    @property
    def id(self) -> str:
        return self.written.id

    @property
    def index(self) -> Index:
        return self.written.index

    def document(self, name: str) -> str:
        return self.written.shelf.documents[name]

    async def tell(self, facts: Mapping[str, Sequence[Sequence[str]]]) -> None:
        """Let the passages of documents say things, each passage a list of names and relations."""
        for name, passages in facts.items():
            sources = await self.sources(name)
            self.said[name] = [says(source, *of) for source, of in zip(sources, passages, strict=True)]
            await put(self.store, self.index, *self.said[name])

    async def write(self, *facts: str) -> None:
        """Let somebody write things by hand."""
        await put(self.store, self.index, says(HAND, *facts))

    async def sources(self, name: str) -> list[Source]:
        """The passages of the edition of a document that answers."""
        organisation = self.written.shelf.organisation
        reach = Reach.one(organisation.id)
        async with organisation.running.platform.transactions.open(reach, writes=False) as transaction:
            wanted = select(Document.edition_id).where(Document.id == self.document(name))
            edition = (await transaction.session.scalars(wanted)).one()
        assert edition is not None
        return [Source(self.document(name), chunk, edition) for chunk in self.written.chunks[self.document(name)]]


async def known(organisation: Organisation, facts: Mapping[str, Sequence[Sequence[str]]]) -> Known:
    """Make a collection with a graph; each passage says its facts, and in words the names in them."""
    texts = {name: [" ".join(passage) for passage in passages] for name, passages in facts.items()}
    platform = organisation.running.platform
    made = Known(await written(organisation, texts), platform.graphs)
    async with platform.transactions.open(Reach.one(organisation.id)) as transaction:
        changing = update(Collection).where(Collection.id == made.id).values(**ENABLED)
        await transaction.session.execute(changing, execution_options={"synchronize_session": False})
    await made.tell(facts)
    return made


async def searcher(organisation: Organisation, name: str, graphs: GraphStore | None = None) -> CollectionSearch:
    """What searches as somebody, graphs too."""
    return replace(await search(organisation, name), graphs=graphs or organisation.running.platform.graphs)


async def reader(organisation: Organisation, name: str, graphs: GraphStore | None = None) -> GraphReading:
    """What looks at graphs as somebody."""
    platform, searching = organisation.running.platform, await searcher(organisation, name, graphs)
    caller = (await platform.credentials.admit(organisation.people[name].key)).caller
    onlooker = Onlooker(platform.chokepoint, platform.transactions, caller, organisation.id)

    async def find(collection_id: str, question: Question) -> Sequence[Visible[Passage]]:
        return (await searching.run(collection_id, question)).passages

    return GraphReading(platform.access, onlooker, graphs or platform.graphs, find)


async def all_seen(reading: GraphReading, collection_id: str) -> GraphAnswer:
    """Everything somebody sees."""
    return await reading.query(collection_id, NodesAsked())


def names(answer: GraphAnswer) -> list[str]:
    return [seen.value.name for seen in answer.nodes]


def ties(answer: GraphAnswer) -> list[str]:
    """The relations of an answer, written `ada KNOWS grace`."""
    by_id = {seen.value.id: seen.value.name for seen in answer.nodes}
    return [f"{by_id[seen.value.source_id]} {seen.value.type} {by_id[seen.value.target_id]}" for seen in answer.edges]
