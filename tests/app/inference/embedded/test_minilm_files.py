"""The graph is built from the right weights alone, once, and never read half."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from app.inference.backends.embedded.minilm.cache import GraphCache
from app.inference.backends.embedded.minilm.encoder import Encoder
from app.inference.backends.embedded.minilm.pieces import Window, WordPieces
from app.inference.backends.embedded.minilm.weights import ModelFiles
from app.inference.errors import BackendError

SAMPLE = [Window(0, [101, 5572, 102], 3)]


def cache(folder: Path, files: ModelFiles | None = None) -> GraphCache:
    return GraphCache(folder, files or ModelFiles.installed(), threads=1)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"something else")
    files = ModelFiles(weights, ModelFiles.installed().tokenizer)
    with pytest.raises(BackendError, match="SHA-256"):
        cache(tmp_path / "graph", files).open(1)
    assert not list((tmp_path / "graph").iterdir())


def test_another_vocabulary_is_refused(tmp_path: Path) -> None:
    vocabulary = tmp_path / "tokenizer.json"
    vocabulary.write_text("{}")
    with pytest.raises(BackendError, match="SHA-256"):
        WordPieces(ModelFiles(ModelFiles.installed().weights, vocabulary)).count(["x"])


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"model\.safetensors"):
        cache(tmp_path, ModelFiles(tmp_path / "model.safetensors", tmp_path / "tokenizer.json")).open(1)


def test_a_damaged_graph_is_built_anew(tmp_path: Path, graph_folder: Path) -> None:
    whole = cache(graph_folder).path.read_bytes()
    damaged = cache(tmp_path)
    damaged.path.write_bytes(whole[: len(whole) // 2])
    expected = Encoder(cache(graph_folder)).run(SAMPLE)
    assert np.array_equal(Encoder(damaged).run(SAMPLE), expected)
    assert damaged.path.read_bytes() == whole


def test_a_graph_of_other_weights_is_not_used(tmp_path: Path, graph_folder: Path) -> None:
    whole = cache(graph_folder).path.read_bytes()
    foreign = cache(tmp_path)
    tag = b"53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    foreign.path.write_bytes(whole.replace(tag, b"0" * 64))
    foreign.open(1)
    assert foreign.path.read_bytes() == whole


def test_two_that_build_at_once_do_not_hurt_each_other(tmp_path: Path) -> None:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(cache(tmp_path).open(1))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert list(tmp_path.iterdir()) == [cache(tmp_path).path]
