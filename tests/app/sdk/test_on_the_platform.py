"""Both halves of the SDK, against the platform itself: from a file to a hit, and who may not has it said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.sdk import AsyncScaiGrid, NotAllowed, NotFound, ScaiGrid
from tests.world.patience import PATIENCE
from tests.world.people import Organisation

TEXT = "The harbour of Ostend closes at dusk.\n\nBoats that come later wait outside until morning."


async def test_a_document_is_sent_followed_and_found(acme: Organisation, tmp_path: Path) -> None:
    file = tmp_path / "harbour.md"
    file.write_text(TEXT)
    async with AsyncScaiGrid(acme.running.url, acme.people["admin"].key) as grid:
        quay = await grid.collections.create("Quay notes")
        assert (await grid.collections.find("quay notes")) == quay
        taken = await grid.documents.ingest(file, into=quay, metadata={"year": 2026})
        told = [event async for event in taken.follow()]
        assert (told[-1].event, told[-1].status, told[-1].is_over) == ("indexed", "indexed", True)
        found = await grid.search("When does the harbour close?", collection=quay, top_k=1)
        assert [(hit.document.id, hit.document.title) for hit in found] == [(taken.id, "harbour.md")]
        assert "closes at dusk" in found[0].quote
        assert found[0].metadata == {"year": 2026}
        changed = await (await grid.documents.replace(taken.document, b"Nothing of it is so.")).wait()
        assert (changed.content_version, changed.name) == (2, "harbour.md")
        held = b"".join([piece async for piece in grid.documents.content(changed)])
        assert held == b"Nothing of it is so."
        assert [one.id async for one in grid.documents.list(quay, status="indexed")] == [taken.id]
        await grid.documents.delete(changed)
        with pytest.raises(NotFound):
            await grid.documents.get(taken.id)


async def test_the_blocking_half_does_it_beside_a_running_loop(acme: Organisation) -> None:
    def worked() -> tuple[list[str], str, str]:
        with ScaiGrid(acme.running.url, acme.people["admin"].key, timeout=4 * PATIENCE) as grid:
            quay = grid.collections.create(name="quay", default_access="restricted")
            taken = grid.documents.ingest_text(TEXT, into=quay, name="harbour.txt")
            stages = [str(event.stage) for event in taken.follow()]
            found = grid.search("harbour", collection=[quay, quay.id], search_type="keyword", why=True)
            assert found.took is not None
            assert found.took.total_ms == sum(one.ms for one in found.took.stages)
            grid.access.grant(quay, "VIEWER", to=acme.people["viewer"].id)
            why = grid.access.explain(quay, user=acme.people["viewer"].id)
            assert why.allowed
            return stages, found[0].document_name, grid.chat.ask("local/quote", "What is this?").text

    stages, name, said = await asyncio.to_thread(worked)
    assert (stages[-1], name) == ("indexed", "harbour.txt")
    assert said


async def test_pages_are_walked_and_a_refusal_is_a_class(acme: Organisation) -> None:
    async with AsyncScaiGrid(acme.running.url, acme.people["admin"].key) as grid:
        for number in range(101):
            await grid.groups.create(f"crew {number:03}")
        names = [group.name async for group in grid.groups.list()]
        assert len(names) == len(set(names)) == 101
    async with AsyncScaiGrid(acme.running.url, acme.people["viewer"].key) as grid:
        with pytest.raises(NotAllowed) as refused:
            await grid.keys.create("mine")
        assert refused.value.code == "AUTHZ_PERMISSION_DENIED"
        assert (refused.value.request_id or "").startswith("req_")
        assert (await grid.me()).tenant_slug == acme.slug


def test_no_key_is_written_anywhere() -> None:
    key = "sgk_" + "k" * 40
    grid = ScaiGrid("https://grid.example", key)
    assert key not in repr(grid) + repr(vars(grid)) + repr(grid._http.headers)
    grid.close()
