"""A library of LlamaIndex nodes, and a retriever that finds all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.llms import MockLLM
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers.no_text import NoText
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from acl.facts import DefaultAccess, Effect, PrincipalType
from rag.retrieval.access_postprocessor import AccessPostprocessor
from rag.retrieval.found_node import FoundNode
from rag.retrieval.onlooker import Onlooker
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, shelf


def node(text: str, source: str | None = None, *, score: float = 0.5, **metadata: Any) -> NodeWithScore:
    """A node that comes from a document, or says so in its metadata."""
    relationships: Any = {} if source is None else {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=source)}
    made = TextNode(text=text, id_=f"node of {text}", metadata=metadata, relationships=relationships)
    return NodeWithScore(node=made, score=score)


class Everything(BaseRetriever):
    """Finds all it has, whatever is asked; with postprocessors of its own, as some retrievers have."""

    def __init__(
        self,
        found: Sequence[NodeWithScore],
        *,
        within: Sequence[BaseNodePostprocessor] = (),
        object_map: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(object_map=object_map)
        self.found, self.within = list(found), within

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        nodes = self.found
        for each in self.within:
            nodes = await each.apostprocess_nodes(nodes, query_bundle)
        return nodes

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        raise AssertionError("the event loop was blocked")


def engine(retriever: BaseRetriever, *postprocessors: BaseNodePostprocessor) -> RetrieverQueryEngine:
    """LlamaIndex's own pipeline around a retriever, with an answerer that says nothing."""
    silent = NoText(llm=MockLLM())
    return RetrieverQueryEngine(retriever, response_synthesizer=silent, node_postprocessors=list(postprocessors))


def texts(nodes: Sequence[NodeWithScore]) -> list[str]:
    return [found.text for found in nodes]


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody, and documents that they may read, or not."""

    shelf: Shelf
    onlooker: Onlooker

    @property
    def postprocessor(self) -> AccessPostprocessor:
        return AccessPostprocessor(onlooker=self.onlooker)

    def document(self, name: str) -> str:
        return self.shelf.documents[name]

    async def last(self, nodes: Sequence[NodeWithScore]) -> list[str]:
        """What our own code lets out in the end."""
        return [seen.value.found.text for seen in await self.onlooker.sees([FoundNode(found) for found in nodes])]


async def desk(organisation: Organisation, name: str = "user") -> Desk:
    """A tenant's library with one document that this person may not read."""
    made = await shelf(organisation, "open", "other", "hidden", default_access=DefaultAccess.TENANT)
    whom = (PrincipalType.USER, organisation.people[name].id)
    await enter(organisation, made.documents["hidden"], Effect.DENY, whom, permissions=1)
    return Desk(made, await onlooker_of(organisation, name))


async def onlooker_of(organisation: Organisation, name: str) -> Onlooker:
    platform = organisation.running.platform
    caller = (await platform.credentials.admit(organisation.people[name].key)).caller
    return Onlooker(platform.chokepoint, platform.transactions, caller, organisation.id)
