"""LlamaIndex's own ingestion, as its manual shows it: a splitter, an embedding model, SimpleVectorStore."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pypdfium2
import trafilatura
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter, TokenTextSplitter
from llama_index.core.schema import Document
from llama_index.core.vector_stores import SimpleVectorStore

from app.inference.backends.embedded.backend import EMBEDDER, EmbeddedBackend
from app.inference.backends.embedded.minilm.pieces import WordPieces
from app.inference.backends.embedded.minilm.weights import ModelFiles
from app.inference.ports import EmbedCall
from bench.files import File

BATCH = 64
Embed = Callable[[list[str]], list[list[float]]]


class _Embedding(BaseEmbedding):
    """Either of the models under measurement."""

    _embed: Embed = PrivateAttr()

    def __init__(self, embed: Embed) -> None:
        super().__init__(embed_batch_size=BATCH)
        self._embed = embed

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._embed(texts)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embed([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embed([query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)


def ingest(files: Sequence[File], embed: Embed, *, size: int, overlap: int, by_tokens: bool = False) -> int:
    """Read, split, embed and store; says how many chunks there are."""
    tokenizer = WordPieces(ModelFiles.installed()).load()
    given: dict[str, Any] = {
        "chunk_size": size,
        "chunk_overlap": overlap,
        "tokenizer": lambda text: tokenizer.encode(text, add_special_tokens=False).ids,
    }
    if not by_tokens:
        given["chunking_tokenizer_fn"] = lambda text: [part + " " for part in text.split(". ")]
    splitter = (TokenTextSplitter if by_tokens else SentenceSplitter)(**given)
    pipeline = IngestionPipeline(transformations=[splitter, _Embedding(embed)], vector_store=SimpleVectorStore())
    return len(pipeline.run(documents=[Document(text=_read(file), doc_id=file.name) for file in files]))


def _read(file: File) -> str:
    if file.name.endswith(".pdf"):
        document = pypdfium2.PdfDocument(file.data)
        text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
        document.close()
        return text
    if file.name.endswith(".html"):
        return str(trafilatura.extract(file.data, output_format="markdown", favor_recall=True) or "")
    return file.data.decode()


def over_http(address: str) -> Embed:
    """A model server, asked as OpenAI's client asks."""
    client = httpx.Client(base_url=address, timeout=60, trust_env=False)

    def embed(texts: list[str]) -> list[list[float]]:
        answer = client.post("/embeddings", json={"model": "stand-in", "input": texts}).json()
        return [row["embedding"] for row in answer["data"]]

    return embed


def in_process(folder: Path) -> Embed:
    """The built-in model, with the threads it has in the platform."""
    backend, loop = EmbeddedBackend(folder), asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    def embed(texts: list[str]) -> list[list[float]]:
        work: Any = backend.embed(EmbedCall(EMBEDDER, texts))
        vectors = asyncio.run_coroutine_threadsafe(work, loop).result().vectors
        return [[float(number) for number in row] for row in np.asarray(vectors)]

    return embed
