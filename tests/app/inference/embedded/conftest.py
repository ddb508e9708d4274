"""One built graph and one loaded model for all the tests beside this file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.inference.backends.embedded.backend import EmbeddedBackend
from app.inference.backends.embedded.minilm.cache import GraphCache
from app.inference.backends.embedded.minilm.weights import ModelFiles


@pytest.fixture(scope="session")
def graph_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("minilm")
    GraphCache(folder, ModelFiles.installed(), threads=2).open(2)
    return folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def loaded(graph_folder: Path) -> AsyncIterator[EmbeddedBackend]:
    backend = EmbeddedBackend(graph_folder)
    yield backend
    await backend.aclose()
