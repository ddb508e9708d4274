"""A collection goes from a platform on SQLite to one on MariaDB, where the same people are others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.moving.world import exported, found, imported, library, names, people
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh, running, settings_for

pytestmark = [pytest.mark.services, pytest.mark.sqlite]


async def test_a_collection_moves_from_sqlite_to_mariadb(own_database: str, tmp_path: Path) -> None:
    file = tmp_path / "handbook.tar.gz"
    async with fresh() as first:
        acme = await organisation(first)
        made = await library(acme, "local/minilm", graph_enabled=True, graph_extraction_model="local/quote")
        manifest = await exported(first, made.id, file)
        before = {name: await made.found(name) for name in ("admin", "ben", "eve")}
        await acme.aclose()

    async with running(settings_for(tmp_path / "mariadb", own_database)) as second:
        globex = await _known_there(second, acme)
        moved = await imported(second, file, globex, unsealed=True, everyone=True)
        assert (moved.documents, moved.vectors) == (3, manifest.vectors)
        assert moved.left_out.allowances == []
        assert {name: await found(globex, name, moved.collection_id) for name in before} == before
        assert names(before["ben"]) == {"plans.md"}
        again = await exported(second, moved.collection_id, tmp_path / "back.tar")
        assert (again.documents, again.chunks) == (manifest.documents, manifest.chunks)
        await globex.aclose()


async def _known_there(second: Running, acme: Organisation) -> Organisation:
    """A tenant with people of the same addresses."""
    globex = await organisation(second)
    globex.slug, slug = acme.slug, globex.slug  # by which addresses are made
    await people(globex)
    globex.slug = slug
    return globex
