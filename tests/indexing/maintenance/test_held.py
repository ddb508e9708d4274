"""A re-chunk that is held: built to its end it waits, is compared with what answers, and answers when it is resumed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from acl.facts import Effect, PrincipalType
from app.db.tenancy import Reach
from indexing.collections.queries import get_for_tenant
from indexing.maintenance.errors import GenerationGone
from indexing.maintenance.rechunking import Rechunking
from rag.retrieval.question import Question, Way
from tests.indexing.collections.shelving import COLLECTIONS, VIEWING, make
from tests.indexing.maintenance.conftest import DeafQueue, Press, hold_back
from tests.indexing.maintenance.test_routes import ended, path, read
from tests.rag.asking import search
from tests.rag.strategies.test_shelf import shelf_for
from tests.world.models import code, data
from tests.world.people import Organisation
from tests.world.shelves import enter


async def built(client: httpx.AsyncClient, id_: str) -> dict[str, Any]:
    """Wait until all of it is there."""
    async with asyncio.timeout(60):
        while not (state := data(await client.get(path(id_))))["built"]:  # noqa: ASYNC110 - it tells nobody else
            await asyncio.sleep(0.05)
    return dict(state)


async def cut_smaller(acme: Organisation) -> str:
    """A collection of two documents that is cut into more chunks than before, which are held."""
    admin = acme.client("admin")
    id_: str = (await make(admin, chunk_size=512))["id"]
    await read(acme, id_, "one", "two")
    await admin.put(f"{COLLECTIONS}/{id_}", json={"chunk_size": 64, "chunk_overlap": 0})
    data(await admin.post(path(id_), json={"hold": True}), 202)
    await built(admin, id_)
    return id_


async def found(acme: Organisation, name: str, id_: str, ahead: Mapping[str, int]) -> list[tuple[str, int]]:
    """What somebody is answered: from which document, and how long each passage is."""
    searching = replace(await search(acme, name), ahead=ahead)
    answer = await searching.run(id_, Question("Ada Lovelace wrote and that", Way.KEYWORD, top_k=100))
    return [(seen.value.document_name, len(seen.value.content)) for seen in answer.passages]


async def test_what_is_built_waits_and_is_asked_by_name_alone(acme: Organisation) -> None:
    id_ = await cut_smaller(acme)
    admin = acme.client("admin")
    state = data(await admin.get(path(id_)))
    assert (state["status"], state["paused"], state["processed"]) == ("queued", True, 2)
    assert "resume" in state["waiting_for"]
    now, next_ = await found(acme, "admin", id_, {}), await found(acme, "admin", id_, {id_: 2})
    assert len(now) == len(next_) == 2
    assert max(length for _, length in next_) < min(length for _, length in now)
    data(await admin.post(path(id_, "re-chunk/resume")))
    assert (await ended(admin, id_))["status"] == "completed"
    assert not data(await admin.get(path(id_)))["built"]
    assert await found(acme, "admin", id_, {}) == next_ == await found(acme, "admin", id_, {id_: 2})


async def test_nobody_sees_more_of_what_is_built_than_of_what_answers(acme: Organisation) -> None:
    id_ = await cut_smaller(acme)
    await acme.person("reader", permissions=VIEWING)
    reader = (PrincipalType.USER, acme.people["reader"].id)
    await enter(acme, id_, Effect.ALLOW, reader)
    documents = data(await acme.client("admin").get(f"{COLLECTIONS}/{id_}/documents"))
    hidden = next(one["id"] for one in documents if one["name"].startswith("two"))
    await enter(acme, hidden, Effect.DENY, reader)
    for ahead in ({}, {id_: 2}):
        assert {name[:3] for name, _ in await found(acme, "reader", id_, ahead)} == {"one"}


async def test_what_is_deleted_or_new_meanwhile_is_in_both_or_comes_before_the_switch(acme: Organisation) -> None:
    id_ = await cut_smaller(acme)
    admin = acme.client("admin")
    documents = data(await admin.get(f"{COLLECTIONS}/{id_}/documents"))
    await admin.delete(f"{COLLECTIONS}/{id_}/documents/{documents[0]['id']}")
    await read(acme, id_, "three")
    gone = documents[0]["name"]
    assert gone not in {name for name, _ in await found(acme, "admin", id_, {id_: 2})}
    data(await admin.post(path(id_, "re-chunk/resume")))
    assert (await ended(admin, id_))["status"] == "completed"
    names = {name for name, _ in await found(acme, "admin", id_, {})}
    assert {name[:5] for name in names} == {documents[1]["name"][:5], "three"}


async def test_agents_read_on_in_what_is_built_where_they_look_there(acme: Organisation) -> None:
    id_ = await cut_smaller(acme)
    document = data(await acme.client("admin").get(f"{COLLECTIONS}/{id_}/documents"))[0]["id"]
    shelf = await shelf_for(acme, "admin", id_)
    now, next_ = await shelf.document(document, 0, 50), await replace(shelf, ahead={id_: 2}).document(document, 0, 50)
    assert now is not None
    assert next_ is not None
    assert len(now.pieces) < len(next_.pieces)
    assert {piece.passage.document_name for piece in [*now.pieces, *next_.pieces]} == {
        now.pieces[0].passage.document_name
    }


async def test_resumed_it_is_asked_by_name_until_it_answers(acme: Organisation) -> None:
    id_ = await cut_smaller(acme)
    before = await found(acme, "admin", id_, {id_: 2})
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        collection = await get_for_tenant(transaction.session, id_, hold=True)
        assert collection is not None
        await Rechunking(transaction, DeafQueue(), collection).resume()
        await hold_back(transaction, id_)
    assert before
    assert await found(acme, "admin", id_, {id_: 2}) == before


async def test_what_was_given_up_is_asked_in_vain(acme: Organisation) -> None:
    id_ = await cut_smaller(acme)
    before = await found(acme, "admin", id_, {})
    data(await acme.client("admin").post(path(id_, "re-chunk/cancel")))
    with pytest.raises(GenerationGone):
        await found(acme, "admin", id_, {id_: 2})
    assert await found(acme, "admin", id_, {}) == before


async def test_while_it_is_held_nothing_else_is_built(acme: Organisation) -> None:
    id_ = await cut_smaller(acme)
    assert code(await acme.client("admin").post(path(id_))) == (409, "JOB_ALREADY_RUNNING")


async def test_paused_before_all_is_built_it_is_held_all_the_same(press: Press) -> None:
    await press.ask("start", is_held=True)
    assert (await press.run(seconds=0)) is not None  # others are let in after the first document
    await press.ask("pause")
    assert (await press.state()).paused
    assert not (await press.state()).built
    await press.ask("resume")
    assert await press.run() is None
    assert (await press.state()).built
    assert (await press.collection()).generation == 1
    await press.ask("resume")
    assert await press.run() is None
    assert await press.require_one_generation() == 2
