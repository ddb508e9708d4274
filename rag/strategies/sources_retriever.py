"""Answering, strategies: all sources of an assistant as one retriever of LlamaIndex, which remembers what it found."""

from __future__ import annotations

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.retrieval.access_postprocessor import BlockingCallRefused
from rag.sources.gathered import Ask, Gathered, Piece, Step
from rag.strategies.fusing import key_of
from rag.strategies.showing import readable
from rag.strategies.strategy import Tell


class SourcesRetriever(BaseRetriever):
    """Asks the sources as one caller; what was asked once is not asked again. Its nodes stand for pieces."""

    def __init__(self, ask: Ask, top_k: int, tell: Tell) -> None:
        super().__init__()
        self._ask, self._top_k, self._tell = ask, top_k, tell
        self._found: dict[str, Gathered] = {}
        self._pieces: dict[str, Piece] = {}

    async def gathered(self, text: str) -> Gathered:
        """What the sources have for a text."""
        if text not in self._found:
            self._tell(Step("search", {"query": text}))
            self._found[text] = found = await self._ask(text, self._top_k)
            for piece in found.pieces:
                held = self._pieces.get(key := key_of(piece))
                self._pieces[key] = piece if held is None or piece.score > held.score else held
        return self._found[text]

    def pieces(self, nodes: list[NodeWithScore]) -> list[Piece]:
        """What nodes of this retriever stand for."""
        return [self._pieces[found.node.node_id] for found in nodes]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(piece) for piece in (await self.gathered(query_bundle.query_str)).pieces]

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        raise BlockingCallRefused("SourcesRetriever works on the event loop; await aretrieve().")


def _node(piece: Piece) -> NodeWithScore:
    return NodeWithScore(node=TextNode(id_=key_of(piece), text=readable(piece.passage.content)), score=piece.weighed)
