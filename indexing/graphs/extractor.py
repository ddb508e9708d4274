"""Knowing, graphs: an extractor of LlamaIndex that has a model read texts and leaves nodes and relations at each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.graph_stores.types import KG_NODES_KEY, KG_RELATIONS_KEY, EntityNode, Relation
from llama_index.core.schema import BaseNode, MetadataMode, TextNode, TransformComponent

from indexing.graphs.answers import facts_in
from indexing.graphs.facts import Facts
from indexing.graphs.prompt import messages
from indexing.stores.graphs import Assertion, Mention

Ask = Callable[[Sequence[dict[str, str]]], Awaitable[str]]
FACTS = "facts"  # beside what LlamaIndex has room for: all that was said, keys, aliases and all labels


class BlockingCallRefused(RuntimeError):
    """It works on the event loop alone."""


class FactExtractor(TransformComponent):
    """Asks a model through a port of ours; the graph it reads is written into the metadata of each node.

    An answer that cannot be read raises `Unreadable`; what the port raises passes through.
    """

    _ask: Ask = PrivateAttr()

    def __init__(self, ask: Ask, **given: Any) -> None:
        super().__init__(**given)
        self._ask = ask

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
        """Refuse: a model is never waited for while nothing else goes on."""
        raise BlockingCallRefused("FactExtractor works on the event loop; await acall().")

    async def acall(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
        """Read texts one after the other; whoever has many of them reads some side by side."""
        for node in nodes:
            facts = facts_in(await self._ask(messages(node.get_content(metadata_mode=MetadataMode.NONE))))
            entities = {mention.key: _entity(mention) for mention in facts.mentions}
            names = {key: entity.id for key, entity in entities.items()}
            node.metadata[KG_NODES_KEY] = list(entities.values())
            node.metadata[KG_RELATIONS_KEY] = [_relation(assertion, names) for assertion in facts.assertions]
            node.metadata[FACTS] = facts.kept()
        return nodes

    async def read(self, text: str) -> Facts:
        """The facts of one text; LlamaIndex cannot read halves of surrogate pairs, so it gets none."""
        [node] = await self.acall([TextNode(text=text.encode(errors="replace").decode())])
        return Facts.of(node.metadata[FACTS])


def _entity(mention: Mention) -> EntityNode:
    label = mention.labels[0] if mention.labels else "entity"
    return EntityNode(name=mention.name, label=label, properties=dict(mention.properties))


def _relation(assertion: Assertion, names: Mapping[str, str]) -> Relation:
    tie = assertion.tie
    ends = {"source_id": names[tie.source], "target_id": names[tie.target]}
    return Relation(label=tie.type, properties=dict(assertion.properties), **ends)
