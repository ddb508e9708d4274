"""Ground floor, inference: the embedding model as the backend sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from app.inference.backends.embedded.minilm.cache import GraphCache
from app.inference.backends.embedded.minilm.encoder import Encoder
from app.inference.backends.embedded.minilm.job import DIMENSIONS, Job
from app.inference.backends.embedded.minilm.pieces import WordPieces
from app.inference.backends.embedded.minilm.weights import ModelFiles
from app.inference.backends.embedded.minilm.worker import Worker
from app.inference.errors import BackendError, BackendRefused
from app.inference.ports import EmbedCall, Embeddings, Usage

NEEDED = ("numpy", "onnxruntime", "tokenizers")
NEEDED_TO_BUILD = ("onnx", "safetensors")


class MiniLm:
    """Sentence vectors of 384 numbers; loads nothing until the first text comes."""

    def __init__(self, folder: Path, *, threads: int = 2, files: ModelFiles | None = None) -> None:
        self._files = files or ModelFiles.installed()
        self._cache = GraphCache(folder, self._files, threads)
        self._pieces = WordPieces(self._files)
        self._worker = Worker(self._pieces, Encoder(self._cache))

    async def embed(self, call: EmbedCall) -> Embeddings:
        """Embed every text; those over the model's limit in windows, never cut."""
        texts = _texts(call)
        if not texts:
            return await asyncio.to_thread(_nothing)
        job = Job(texts)
        self._worker.submit(job)
        vectors, tokens = await asyncio.wrap_future(job.future)
        return Embeddings(vectors, Usage(input_tokens=tokens, output_tokens=0))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count word pieces, specials included; reads the vocabulary, not the model. Blocks: call it off the loop."""
        return self._pieces.count(texts)

    def check(self) -> None:
        """Raise if something the model needs is not there."""
        self._files.check_presence()
        built = self._cache.path.is_file()
        missing = [name for name in NEEDED if not find_spec(name)]
        missing += [name for name in NEEDED_TO_BUILD if not built and not find_spec(name)]
        if missing:
            raise BackendError(f"local/minilm needs {', '.join(missing)}, which this environment does not have.")

    def close(self) -> None:
        """Stop the thread, if one was started."""
        self._worker.close()


def _texts(call: EmbedCall) -> list[str]:
    if call.dimensions not in (None, DIMENSIONS):
        raise BackendRefused(f"local/minilm gives vectors of {DIMENSIONS} dimensions only, not {call.dimensions}.")
    texts = [entry for entry in call.inputs if isinstance(entry, str)]
    if len(texts) != len(call.inputs):
        raise BackendRefused("local/minilm reads texts: lists of token ids belong to another model's vocabulary.")
    return texts


def _nothing() -> Embeddings:
    import numpy as np  # noqa: PLC0415 - kept out of an idle server

    return Embeddings(np.zeros((0, DIMENSIONS), dtype=np.float32), Usage(input_tokens=0, output_tokens=0))
