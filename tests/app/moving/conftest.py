"""A library, and an export of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.moving.manifest import Manifest
from tests.app.moving.world import Library, exported, library
from tests.world.embedder import Embedder, embedder
from tests.world.graph_reader import GraphReader, graph_reader
from tests.world.people import organisation
from tests.world.platform import Running
from tests.world.served import model_on


@dataclass(frozen=True, slots=True)
class Moved:
    """What is there, and where it was written down."""

    running: Running
    library: Library
    file: Path
    manifest: Manifest
    model: Embedder
    reader: GraphReader


@pytest.fixture(scope="module")
async def moved(running: Running, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Moved]:
    acme = await organisation(running)
    file = tmp_path_factory.mktemp("exports") / "handbook.tar.gz"
    async with embedder() as model, graph_reader() as reader, running.client(running.root_key) as root:
        served = await model_on(root, model, modality="embedding")
        reading = await model_on(root, reader)
        made = await library(acme, served.slug, graph_enabled=True, graph_extraction_model=reading.slug)
        manifest = await exported(running, made.id, file)
        yield Moved(running, made, file, manifest, model, reader)
    await acme.aclose()
