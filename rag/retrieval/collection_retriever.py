"""Answering: the search of a collection as a retriever of LlamaIndex, for pipelines that are built out of its parts.

Routes do not come by here: LlamaIndex takes seconds to load, and a node is a copy of what is a passage already.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from acl.visible import Visible
from rag.retrieval.access_postprocessor import BlockingCallRefused
from rag.retrieval.passages import Passage
from rag.retrieval.question import Question

Ask = Callable[[Question], Awaitable[Sequence[Visible[Passage]]]]


class CollectionRetriever(BaseRetriever):
    """Finds what one caller may read in one collection; `question` says how, and how much."""

    def __init__(self, ask: Ask, question: Question) -> None:
        super().__init__()
        self._ask, self._question = ask, question

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = await self._ask(replace(self._question, text=query_bundle.query_str))
        return [_node(seen.value) for seen in found]

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        raise BlockingCallRefused("CollectionRetriever works on the event loop; await aretrieve().")


def _node(passage: Passage) -> NodeWithScore:
    where = {"document_id": passage.document_id, "document_name": passage.document_name, "page": passage.page}
    node = TextNode(
        id_=passage.chunk_id,
        text=passage.content,
        metadata={**where, "section": passage.section},
        start_char_idx=passage.start,
        end_char_idx=passage.end,
    )
    return NodeWithScore(node=node, score=passage.score)
