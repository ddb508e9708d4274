"""Answering: a query engine of LlamaIndex over what one caller may read; access is asked for before and after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import Response
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.retrieval.access_postprocessor import AccessPostprocessor, BlockingCallRefused
from rag.retrieval.onlooker import Onlooker

Answer = Callable[[str, Sequence[NodeWithScore]], Awaitable[str]]
_ATTEMPTS = 3


class CollectionQueryEngine(BaseQueryEngine):
    """Answers from nodes its caller may read when the answer is given, not only when it was begun."""

    def __init__(self, retriever: BaseRetriever, onlooker: Onlooker, answer: Answer) -> None:
        super().__init__(callback_manager=None)
        self._retriever, self._answer = retriever, answer
        self._access = AccessPostprocessor(onlooker)

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        found = await self._retriever.aretrieve(query_bundle)
        nodes = await self._access.apostprocess_nodes(found, query_bundle)
        for _ in range(_ATTEMPTS):
            said = await self._answer(query_bundle.query_str, nodes)
            left = await self._access.apostprocess_nodes(nodes, query_bundle)
            if len(left) == len(nodes):
                return Response(said, source_nodes=nodes)
            nodes = left  # it was made of something that is its caller's no more
        return Response(None, source_nodes=[])

    def _query(self, query_bundle: QueryBundle) -> Response:
        raise BlockingCallRefused("CollectionQueryEngine works on the event loop; await aquery().")

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}
