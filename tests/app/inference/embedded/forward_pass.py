"""MiniLM's forward pass in plain numpy and float64, one text at a time: slow, obvious, independent of the graph."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from app.inference.backends.embedded.minilm.weights import ModelFiles

Array = NDArray[np.float64]
_erf = np.frompyfunc(math.erf, 1, 1)


class ForwardPass:
    def __init__(self) -> None:
        files = ModelFiles.installed()
        self._tensors = {name: value.astype(np.float64) for name, value in load_file(str(files.weights)).items()}
        self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text).ids)

    def embed(self, ids: Sequence[int]) -> Array:
        tensors = self._tensors
        hidden: Array = (
            tensors["embeddings.word_embeddings.weight"][list(ids)]
            + tensors["embeddings.position_embeddings.weight"][: len(ids)]
            + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._norm(hidden, "embeddings.LayerNorm")
        for layer in range(6):
            hidden = self._layer(hidden, f"encoder.layer.{layer}")
        mean = hidden.mean(axis=0)
        vector: Array = mean / np.linalg.norm(mean)
        return vector

    def _layer(self, hidden: Array, at: str) -> Array:
        heads = []
        query, key, value = (self._dense(hidden, f"{at}.attention.self.{part}") for part in ("query", "key", "value"))
        for head in range(12):
            own = slice(head * 32, head * 32 + 32)
            scores = query[:, own] @ key[:, own].T / math.sqrt(32)
            shares = np.exp(scores - scores.max(axis=1, keepdims=True))
            heads.append(shares / shares.sum(axis=1, keepdims=True) @ value[:, own])
        attended = self._dense(np.concatenate(heads, axis=1), f"{at}.attention.output.dense")
        hidden = self._norm(hidden + attended, f"{at}.attention.output.LayerNorm")
        inner = self._dense(hidden, f"{at}.intermediate.dense")
        inner = inner * (1 + np.asarray(_erf(inner / math.sqrt(2)), dtype=np.float64)) / 2
        return self._norm(hidden + self._dense(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")

    def _dense(self, source: Array, name: str) -> Array:
        product: Array = source @ self._tensors[f"{name}.weight"].T + self._tensors[f"{name}.bias"]
        return product

    def _norm(self, source: Array, name: str) -> Array:
        centred = source - source.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12)
        normed: Array = scaled * self._tensors[f"{name}.weight"] + self._tensors[f"{name}.bias"]
        return normed
