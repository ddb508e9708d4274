"""What a persona is, each process knows as of the catalogue's epoch: never older than a call that has read it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.db.base import CATALOGUE
from app.db.epochs import Epochs
from rag.personas.configured import Configured
from rag.personas.values import Persona, SearchType, SourceType, Strategy
from tests.world.models import code, data
from tests.world.people import Organisation, organisation
from tests.world.personas import at, persona, published, reads
from tests.world.platform import Running, running, settings_for
from tests.world.shelves import shelf


async def known(there: Running, persona_id: str, tenant_id: str) -> Persona | None:
    """What a process knows when a call of now asks it."""
    epochs = Epochs(there.platform.database.lanes)
    try:
        epoch = (await epochs.read(CATALOGUE))[CATALOGUE]
    finally:
        epochs.close()
    return await there.platform.personas.of(persona_id, tenant_id, epoch)


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Running, Running]]:
    """Two running platforms on one database."""
    home: Path = tmp_path_factory.mktemp("home")
    async with running(settings_for(home)) as here, running(settings_for(home)) as there:
        yield here, there


async def test_a_persona_is_known_with_its_active_sources_the_oldest_first(acme: Organisation) -> None:
    admin, here = acme.client("admin"), acme.running
    first, second, third = [await shelf(acme) for _ in range(3)]
    said = {"rag_enabled": True, "rag_strategy": "agentic", "rag_min_score": 0.3, "rag_search_type": "hybrid"}
    one = await persona(admin, rag_status_messages={"searching": "…"}, **said)
    await reads(admin, one, first.id, weight=0.5, source_name="One")
    disabled = await reads(admin, one, second.id, status="disabled")
    await reads(admin, one, third.id)
    found = await known(here, one["id"], acme.id)
    assert found is not None
    assert (found.strategy, found.search_type, found.min_score) == (Strategy.AGENTIC, SearchType.HYBRID, 0.3)
    assert found.status_messages == {"searching": "…"}
    assert [source.place_id for source in found.sources] == [first.id, third.id]
    assert (found.sources[0].name, found.sources[0].weight) == ("One", 0.5)
    assert found.sources[0].kind is SourceType.COLLECTION
    data(await admin.put(at(one, "sources", disabled["id"]), json={"status": "active"}))
    found = await known(here, one["id"], acme.id)
    assert found is not None
    assert [source.place_id for source in found.sources] == [first.id, second.id, third.id]


async def test_another_tenants_persona_is_none(acme: Organisation) -> None:
    one, other = await persona(acme.client("admin")), await organisation(acme.running)
    assert await known(acme.running, one["id"], other.id) is None
    assert await known(acme.running, "per_missing", acme.id) is None
    assert (await known(acme.running, one["id"], acme.id)) is not None
    await other.aclose()


async def test_every_change_in_one_process_counts_for_the_next_call_in_another(
    pair: tuple[Running, Running],
) -> None:
    """Publishing in one process is seen by another's next call; every update is live on the next inference call."""
    here, there = pair
    acme = await organisation(here)
    admin, beside = acme.client("admin"), there.client(acme.people["user"].key)
    body = {"messages": [{"role": "user", "content": "Hello"}]}
    one = await published(admin)
    call = {**body, "model": one["published_slug"]}
    assert data(await beside.post("/v1/inference/chat", json=call))["model"] == one["published_slug"]
    for number in range(5):
        data(await admin.put(at(one), json={"name": f"Name {number}"}))
        found = await known(there, one["id"], acme.id)
        assert found is not None
        assert found.name == f"Name {number}"
        shown = data(await beside.get(f"/v1/models/{one['published_slug']}"))
        assert shown["display_name"] == f"Name {number}"
    plans = await shelf(acme)
    source = await reads(admin, one, plans.id)
    for change, count in [({"status": "disabled"}, 0), ({"status": "active"}, 1)]:
        data(await admin.put(at(one, "sources", source["id"]), json=change))
        found = await known(there, one["id"], acme.id)
        assert found is not None
        assert len(found.sources) == count
    data(await admin.post(at(one, "unpublish")))
    assert code(await beside.post("/v1/inference/chat", json=call)) == (404, "MODEL_NOT_FOUND")
    data(await admin.post(at(one, "publish")))
    assert (await beside.post("/v1/inference/chat", json=call)).status_code == 200
    data(await admin.delete(at(one)))
    assert code(await beside.post("/v1/inference/chat", json=call)) == (404, "MODEL_NOT_FOUND")
    assert await known(there, one["id"], acme.id) is None
    await beside.aclose()
    await acme.aclose()


async def test_what_is_known_is_read_once_for_many_who_ask_and_once_per_epoch(acme: Organisation) -> None:
    one, database = await persona(acme.client("admin")), acme.running.platform.database
    own, epochs = Configured(database.lanes), Epochs(database.lanes)
    epoch = (await epochs.read(CATALOGUE))[CATALOGUE]
    found = await asyncio.gather(*(own.of(one["id"], acme.id, epoch) for _ in range(200)))
    assert len({id(each) for each in found}) <= 2, "the first reads alone, all others together"
    assert await own.of(one["id"], acme.id, epoch) is await own.of(one["id"], acme.id, epoch)
    data(await acme.client("admin").put(at(one), json={"name": "Changed"}))
    assert (await own.of(one["id"], acme.id, epoch)) in found, "known at the epoch that was asked for"
    newer = await own.of(one["id"], acme.id, epoch + 1)
    assert newer is not None
    assert newer.name == "Changed"
    own.close()
    epochs.close()


async def test_two_processes_that_publish_at_once_leave_one_model(pair: tuple[Running, Running]) -> None:
    here, there = pair
    acme = await organisation(here)
    admin, beside = acme.client("admin"), there.client(acme.people["admin"].key)
    made = await persona(admin)
    deeds = [(client, deed) for _ in range(4) for client in (admin, beside) for deed in ("publish", "unpublish")]
    answers = await asyncio.gather(*(client.post(at(made, deed)) for client, deed in deeds))
    assert {answer.status_code for answer in answers} == {200}
    done = data(await beside.post(at(made, "publish")))
    models = data(await admin.get("/v1/models?limit=1000"))["items"]
    mine = [model["id"] for model in models if model["metadata"].get("persona_id") == made["id"]]
    assert mine == [done["published_model_id"]]
    await beside.aclose()
    await acme.aclose()
