"""A persona that asks for it is published, and changed while it is, only as a run has shown it to be good enough."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from app.db.tenancy import Reach
from app.ids import new_id
from evals.hashing import ANSWERING, configuration, hash_of
from evals.tables import EvalRun
from tests.world.evaluating import LINES, SETS, asks, eval_set, jsonl
from tests.world.models import code, data, fields
from tests.world.people import Organisation
from tests.world.personas import at, persona, reads
from tests.world.shelves import shelf

GOOD = {"recall@5": 0.9, "p95_ms": 900.0, "leaks": 0}
FAILED = (409, "EVALUATION_GATE_FAILED")


async def gated(acme: Organisation, **said: Any) -> tuple[Any, Any]:
    """A persona and the set its gate asks for."""
    admin = acme.client("admin")
    asked, one = await eval_set(admin, asks(1)), await persona(admin)
    body = {"set_id": asked["id"], "floors": {"recall@5": 0.75}, "ceilings": {"p95_ms": 4000}, **said}
    data(await admin.put(at(one, "gate"), json=body))
    return one, asked


async def ran(acme: Organisation, one: Any, asked: Any, numbers: Any = GOOD, **other: Any) -> None:
    """Write down a finished run of a persona, or of a draft with other values, as a run writes it."""
    admin = acme.client("admin")
    said = {**data(await admin.get(at(one))), **other.pop("changes", {})}
    sources = other.pop("sources", None)
    if sources is None:
        sources = [each for each in data(await admin.get(at(one, "sources"))) if each["status"] == "active"]
    config_hash = hash_of(configuration({name: said[name] for name in ANSWERING}, sources))
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        now = transaction.clock.now()
        written = {
            "set_number": 1, "config": {}, "measured": {}, "config_hash": config_hash, "measured_hash": config_hash,
            "eyes": "reader", "started_by": acme.people["admin"].id, "status": "completed", "numbers": numbers,
            **other,
        }  # fmt: skip
        places = {"id": new_id("evr"), "set_id": asked["id"], "persona_id": one["id"]}
        transaction.session.add(EvalRun(created_at=now, updated_at=now, **places, **written))


async def publish(client: httpx.AsyncClient, one: Any) -> httpx.Response:
    return await client.post(at(one, "publish"), json={})


async def test_without_a_run_nothing_is_published_and_the_next_step_is_said(acme: Organisation) -> None:
    one, asked = await gated(acme)
    answer = await publish(acme.client("admin"), one)
    assert code(answer) == FAILED
    assert asked["slug"] in answer.json()["error"]["message"]
    assert "POST /v1/evals/runs" in answer.json()["error"]["message"]
    assert data(await acme.client("admin").get(at(one)))["published"] is False


async def test_a_run_that_reaches_enough_opens_the_gate(acme: Organisation) -> None:
    one, asked = await gated(acme)
    await ran(acme, one, asked)
    assert data(await publish(acme.client("admin"), one))["published"] is True


@pytest.mark.parametrize(
    ("numbers", "missed"),
    [
        ({**GOOD, "recall@5": 0.7}, ["recall@5"]),
        ({**GOOD, "p95_ms": 5000, "recall@5": 0}, ["recall@5", "p95_ms"]),
        ({**GOOD, "leaks": 1}, ["leaks"]),
        ({"leaks": 0, "p95_ms": 1}, ["recall@5"]),
        (None, ["recall@5", "leaks", "p95_ms"]),
    ],
)
async def test_what_is_missed_is_named(acme: Organisation, numbers: Any, missed: list[str]) -> None:
    one, asked = await gated(acme)
    await ran(acme, one, asked, numbers)
    answer = await publish(acme.client("admin"), one)
    assert code(answer) == FAILED
    assert [issue["field"] for issue in answer.json()["error"]["details"]] == missed


@pytest.mark.parametrize(
    "other",
    [
        {"status": "capped"},
        {"status": "running"},
        {"changes": {"system_prompt": "Another"}},
        {"sources": [{"source_type": "collection", "source_id": "col_x", "weight": 1}]},
        {"config": {"readers": ["usr_easy"]}},
    ],
)
async def test_another_run_than_a_whole_one_of_this_configuration_opens_nothing(
    acme: Organisation, other: dict[str, Any]
) -> None:
    one, asked = await gated(acme)
    await ran(acme, one, asked, **other)
    assert code(await publish(acme.client("admin"), one)) == FAILED


async def test_the_newest_run_decides(acme: Organisation) -> None:
    one, asked = await gated(acme)
    await ran(acme, one, asked)
    await ran(acme, one, asked, {**GOOD, "recall@5": 0.1})
    assert code(await publish(acme.client("admin"), one)) == FAILED


async def test_a_new_version_of_the_set_has_to_be_passed_too(acme: Organisation) -> None:
    admin = acme.client("admin")
    one, asked = await gated(acme)
    await ran(acme, one, asked)
    data(await publish(admin, one))
    data(await admin.put(f"{SETS}/{asked['id']}/file", content=jsonl(asks(1), asks(2)), headers=LINES))
    assert code(await publish(admin, one)) == FAILED
    data(await admin.patch(at(one), json={"name": "Another name"}))  # no answer depends on it
    await ran(acme, one, asked, set_number=2)
    data(await publish(admin, one))


async def test_a_published_persona_changes_only_into_what_has_been_measured_as_a_draft(acme: Organisation) -> None:
    admin = acme.client("admin")
    one, asked = await gated(acme)
    await ran(acme, one, asked)
    data(await publish(admin, one))
    change = {"system_prompt": "Answer briefly.", "rag_top_k": 9}
    assert code(await admin.patch(at(one), json=change)) == FAILED
    assert data(await admin.get(at(one)))["system_prompt"] == ""
    await ran(acme, one, asked, changes=change)
    assert data(await admin.patch(at(one), json=change))["rag_top_k"] == 9


async def test_what_a_published_persona_reads_changes_only_as_measured(acme: Organisation) -> None:
    admin = acme.client("admin")
    place = await shelf(acme, "quay")
    one, asked = await gated(acme)
    await ran(acme, one, asked)
    data(await publish(admin, one))
    source = {"source_type": "collection", "source_id": place.id}
    assert code(await admin.post(at(one, "sources"), json=source)) == FAILED
    assert data(await admin.get(at(one, "sources"))) == []
    await ran(acme, one, asked, sources=[{**source, "weight": 1.0}])
    added = await reads(admin, one, place.id)
    here = at(one, "sources", added["id"])
    data(await admin.put(here, json={"source_name": "Quay"}))
    assert code(await admin.put(here, json={"weight": 2})) == FAILED
    data(await admin.delete(here))  # back to what the first run was of


async def test_a_persona_is_taken_down_whatever_its_gate_says(acme: Organisation) -> None:
    admin = acme.client("admin")
    one, asked = await gated(acme)
    await ran(acme, one, asked)
    data(await publish(admin, one))
    await ran(acme, one, asked, {"leaks": 3})
    data(await admin.post(at(one, "unpublish")))
    assert code(await publish(admin, one)) == FAILED
    data(await admin.delete(at(one)))


async def test_a_set_that_a_gate_asks_for_is_not_deleted(acme: Organisation) -> None:
    admin = acme.client("admin")
    one, asked = await gated(acme)
    assert code(await admin.delete(f"{SETS}/{asked['id']}")) == (409, "EVALUATION_SET_IN_USE")
    data(await admin.delete(at(one, "gate")))
    assert code(await admin.get(at(one, "gate"))) == (404, "EVALUATION_GATE_NOT_FOUND")
    data(await publish(admin, one))
    await ran(acme, one, asked, status="running")
    assert code(await admin.delete(f"{SETS}/{asked['id']}")) == (409, "EVALUATION_SET_IN_USE")


async def test_a_gate_is_shown_changed_and_kept_from_older_states(acme: Organisation) -> None:
    admin = acme.client("admin")
    one, asked = await gated(acme)
    shown = await admin.get(at(one, "gate"))
    assert (data(shown)["floors"], data(shown)["ceilings"]) == ({"recall@5": 0.75}, {"p95_ms": 4000.0})
    tag = {"If-Match": shown.headers["etag"]}
    by_slug = {"set_id": asked["slug"], "floors": {"mrr@10": 0.5}}
    changed = data(await admin.put(at(one, "gate"), json=by_slug, headers=tag))
    assert (changed["set_id"], changed["floors"], changed["ceilings"]) == (asked["id"], {"mrr@10": 0.5}, {})
    stale = await admin.put(at(one, "gate"), json=by_slug, headers=tag)
    assert code(stale) == (412, "PRECONDITION_FAILED")
    assert fields(await admin.put(at(one, "gate"), json={**by_slug, "ceilings": {"leaks": 2}}))
    missing = await admin.put(at(one, "gate"), json={"set_id": "evs_none"})
    assert code(missing) == (404, "EVALUATION_SET_NOT_FOUND")


async def test_who_only_tests_personas_sets_no_gate(acme: Organisation) -> None:
    one, asked = await gated(acme)
    await acme.person("tester", "tenant_user", permissions=["scaipersona:view", "scaipersona:test"])
    tester = acme.client("tester")
    assert data(await tester.get(at(one, "gate")))["set_id"] == asked["id"]
    for answer in (await tester.delete(at(one, "gate")), await tester.put(at(one, "gate"), json={"set_id": "x"})):
        assert code(answer) == (403, "AUTHZ_PERMISSION_DENIED")


async def test_of_two_who_set_the_first_gate_at_once_the_second_is_told(acme: Organisation) -> None:
    admin = acme.client("admin")
    one, asked = await persona(admin), await eval_set(admin, asks(1))
    bodies = [{"set_id": asked["id"], "floors": {"recall@5": floor}} for floor in (0.5, 0.9)]
    first = {"If-None-Match": "*"}
    answers = await asyncio.gather(*(admin.put(at(one, "gate"), json=body, headers=first) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    won = next(body for body, answer in zip(bodies, answers, strict=True) if answer.is_success)
    assert data(await admin.get(at(one, "gate")))["floors"] == won["floors"]
    again = await admin.put(at(one, "gate"), json=bodies[0], headers=first)
    assert code(again) == (412, "PRECONDITION_FAILED")


async def test_scripts_that_do_not_care_set_it_whoever_has_set_it_before(acme: Organisation) -> None:
    admin = acme.client("admin")
    one, asked = await persona(admin), await eval_set(admin, asks(1))
    answers = await asyncio.gather(
        *(admin.put(at(one, "gate"), json={"set_id": asked["id"], "floors": {"mrr": n / 10}}) for n in range(4))
    )
    assert {answer.status_code for answer in answers} == {200}


async def test_a_change_of_a_gate_that_is_gone_makes_none(acme: Organisation) -> None:
    admin = acme.client("admin")
    one, asked = await gated(acme)
    tag = (await admin.get(at(one, "gate"))).headers["etag"]
    data(await admin.delete(at(one, "gate")))
    for known in (tag, "*"):
        changed = await admin.put(at(one, "gate"), json={"set_id": asked["id"]}, headers={"If-Match": known})
        assert code(changed) == (412, "PRECONDITION_FAILED")
    assert code(await admin.get(at(one, "gate"))) == (404, "EVALUATION_GATE_NOT_FOUND")
