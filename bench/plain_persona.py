"""An assistant as LlamaIndex's manual shows it: a chat engine over an index in memory, streamed by FastAPI."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import httpx
import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata, MessageRole
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.chat_engine import ContextChatEngine
from llama_index.core.llms.custom import CustomLLM
from llama_index.core.schema import TextNode

from bench.search_shelf import CHUNKS_A_DOCUMENT, DIMENSIONS, words_said
from rag.retrieval.access_postprocessor import BlockingCallRefused

_PASSAGES = 5
_ASKED = BlockingCallRefused("What is measured is asked on the event loop.")


class _Embedding(BaseEmbedding):
    """A model server's vectors."""

    _client: httpx.AsyncClient = PrivateAttr()

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__()
        self._client = client

    async def _aget_query_embedding(self, query: str) -> list[float]:
        answer = await self._client.post("/embeddings", json={"model": "stand-in", "input": [query]})
        vector: list[float] = answer.json()["data"][0]["embedding"]
        return vector

    def _get_query_embedding(self, query: str) -> list[float]:
        raise _ASKED

    def _get_text_embedding(self, text: str) -> list[float]:
        raise _ASKED


class _Model(CustomLLM):
    """A model server's answers, piece by piece."""

    _client: httpx.AsyncClient = PrivateAttr()

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__()
        self._client = client

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex asks about."""
        return LLMMetadata(is_chat_model=True, model_name="stand-in")

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: FBT001, FBT002 - LlamaIndex's
        """Nobody asks so."""
        raise _ASKED

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - LlamaIndex's
        """Nobody asks so."""
        raise _ASKED

    async def astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> AsyncGenerator[ChatResponse, None]:
        """An answer."""
        return self._pieces([{"role": one.role.value, "content": one.content} for one in messages])

    async def _pieces(self, messages: list[dict[str, Any]]) -> AsyncGenerator[ChatResponse, None]:
        body, said = {"model": "stand-in", "messages": messages, "stream": True}, ""
        async with self._client.stream("POST", "/chat/completions", json=body) as answer:
            async for line in answer.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                for choice in json.loads(line[6:])["choices"]:
                    piece = choice["delta"].get("content") or ""
                    said += piece
                    yield ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=said), delta=piece)


def _app(address: str, size: int) -> FastAPI:
    client = httpx.AsyncClient(base_url=address, timeout=60, trust_env=False)
    embedding, model = _Embedding(client), _Model(client)
    index = VectorStoreIndex(_nodes(size), storage_context=StorageContext.from_defaults(), embed_model=embedding)
    app = FastAPI()

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> StreamingResponse:
        question = (await request.json())["messages"][-1]["content"]
        engine = ContextChatEngine.from_defaults(
            retriever=index.as_retriever(similarity_top_k=_PASSAGES), llm=model, system_prompt="Be kind."
        )
        answer = await engine.astream_chat(question)

        async def frames() -> AsyncIterator[str]:
            async for token in answer.async_response_gen():
                yield f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': token}}]})}\n\n"
            yield "data: [DONE]\n\n"

        return StreamingResponse(frames(), media_type="text/event-stream")

    return app


def _nodes(size: int) -> list[TextNode]:
    """The chunks that ours has, with vectors by chance."""
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((size, DIMENSIONS), dtype=np.float32)
    said = words_said(rng, size)
    return [
        TextNode(text=text, embedding=vector.tolist(), metadata={"document": place // CHUNKS_A_DOCUMENT})
        for place, (text, vector) in enumerate(zip(said, vectors, strict=True))
    ]


if __name__ == "__main__":
    server = _app(f"http://127.0.0.1:{sys.argv[2]}/v1", int(sys.argv[3]))
    uvicorn.run(server, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
