"""Answering: the chokepoint as a node postprocessor, for pipelines that are built out of LlamaIndex's parts.

Retrieval may grow after a postprocessor has looked (index nodes are unfolded, neighbours and parents are added), so
this spares later steps what their caller may not see, and our own code still asks `Onlooker` last.
"""

from __future__ import annotations

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import PrivateAttr

from rag.retrieval.found_node import FoundNode
from rag.retrieval.onlooker import NobodyLooks, Onlooker


class BlockingCallRefused(Exception):
    """Something that lives on the event loop was called as if it did not; always a fault of ours."""


class AccessPostprocessor(BaseNodePostprocessor):
    """Drops every node its caller may not read, and every node of no or an unknown document; keeps order and scores."""

    _onlooker: Onlooker = PrivateAttr()  # of no interest to whoever prints or stores a pipeline

    def __init__(self, onlooker: Onlooker) -> None:
        super().__init__()
        self._onlooker = _somebodys(onlooker)

    @classmethod
    def class_name(cls) -> str:
        """Say to LlamaIndex what this is."""
        return "AccessPostprocessor"

    async def _apostprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        onlooker = _somebodys(getattr(self, "_onlooker", None))
        visible = await onlooker.sees([FoundNode(node) for node in nodes])
        return [seen.value.found for seen in visible]

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        raise BlockingCallRefused("AccessPostprocessor works on the event loop; await apostprocess_nodes().")


def _somebodys(onlooker: object) -> Onlooker:
    if not isinstance(onlooker, Onlooker):
        raise NobodyLooks("AccessPostprocessor needs a caller: give it their Onlooker.")
    return onlooker
