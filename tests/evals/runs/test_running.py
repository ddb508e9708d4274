"""Runs from their beginning to their end: who is asked, what it is worth, and what is shown of it to whom."""

from __future__ import annotations

import pytest

from evals.values import Case, Expected, Forbidden
from tests.world.measuring import DUSK, PAID, RUNS, bench, number, scores
from tests.world.models import code, data
from tests.world.people import Organisation
from tests.world.personas import at


async def test_each_reader_is_answered_from_what_they_may_read(acme: Organisation) -> None:
    mine = await bench(acme)
    peer, user = acme.people["peer"], acme.people["user"]
    secret = mine.place.shelf.documents["secret"]
    case = Case("paid", PAID, expected=(Expected(document_id=secret),))
    run = await mine.measured(case, readers=[peer.email, user.id])
    assert run["run"]["status"] == "completed", run["run"]
    assert run["run"]["eyes"] == "both"
    assert [one["reader_id"] for one in run["summaries"]] == [None, *sorted([peer.id, user.id])]
    assert number(run, "recall@5", user.id) == 1.0
    assert number(run, "recall@5", peer.id) == 0.0
    by_reader = {one["reader_id"]: one for one in await mine.answers(run["run"]["id"])}
    assert "ninety thousand guilders" in by_reader[user.id]["answer"]
    assert "ninety thousand guilders" not in by_reader[peer.id]["answer"]
    assert scores(by_reader[user.id])["quote_support"] == 1.0
    assert scores(by_reader[user.id])["citation_validity"] == 1.0
    assert run["run"]["leaks"] == 0


async def test_what_a_viewer_may_not_read_is_withheld_with_its_numbers(acme: Organisation) -> None:
    mine = await bench(acme)
    await acme.person("watcher", "tenant_user", permissions=["scaipersona:view"])
    await mine.place.shut(["secret"])
    cases = (Case("bread", "Where is bread baked before dawn?", reference="In the bakery."), Case("paid", PAID))
    run = await mine.measured(*cases)
    seen = await mine.answers(run["run"]["id"], "watcher")
    assert [one["withheld"] for one in seen] == [False, True]
    assert seen[1]["answer"] is None
    assert seen[1]["scores"] == seen[1]["passages"] == []
    theirs = await mine.ended(run["run"]["id"], "watcher")
    assert theirs["withheld"] == 1
    assert theirs["summaries"][0]["answers"] == 1
    assert run["withheld"] == 0
    assert await mine.answers(run["run"]["id"], "watcher", refused="false") == [seen[0]]


async def test_refusing_is_right_where_nothing_answers_and_wrong_elsewhere(acme: Organisation) -> None:
    mine = await bench(acme)
    cases = (
        Case("moon", "Who painted the zeppelin lavender?", must_refuse=True),
        Case("dusk", DUSK, must_refuse=True),
        Case("open", DUSK, reference="At dusk.", points=("at dusk", "at noon")),
    )
    run = await mine.measured(*cases)
    found = {one["case_id"]: one for one in await mine.answers(run["run"]["id"])}
    assert [found[name]["refused"] for name in ("moon", "dusk", "open")] == [True, False, False]
    assert [scores(found[name])["refusal_correctness"] for name in ("moon", "dusk", "open")] == [1.0, 0.0, 1.0]
    assert scores(found["open"])["points_said"] == 0.5


async def test_a_changed_draft_is_measured_and_nothing_of_it_is_kept(acme: Organisation) -> None:
    mine = await bench(acme)
    case = Case("dusk", DUSK, expected=(Expected(document_id=mine.place.shelf.documents["open"]),))
    set_id = await mine.asking(case)
    plain = await mine.begin(set_id)
    changed = await mine.begin(set_id, changes={"sources": [], "rag_top_k": 3})
    as_it_is = await mine.begin(set_id, changes={"rag_top_k": 5})
    ended = [await mine.ended(run["id"]) for run in (plain, changed, as_it_is)]
    assert [run["run"]["status"] for run in ended] == ["completed"] * 3
    assert [number(run, "recall@5") for run in ended] == [1.0, 0.0, 1.0]
    hashes = [run["run"]["config_hash"] for run in ended]
    assert hashes[0] == hashes[2] != hashes[1]
    assert (
        data(await acme.client("admin").get(f"/v1/modules/scaipersona/personas/{mine.persona['id']}"))["rag_top_k"] == 5
    )


async def test_what_is_forbidden_counts_as_a_leak(acme: Organisation) -> None:
    mine = await bench(acme)
    forbidden = (Forbidden(phrase="closes the harbour"), Forbidden(phrase="zeppelin"))
    run = await mine.measured(Case("dusk", DUSK, forbidden=forbidden), Case("other", "Where is bread baked?"))
    assert run["run"]["leaks"] == 1
    (leaked,) = await mine.answers(run["run"]["id"], leaked="true")
    assert (leaked["case_id"], leaked["leaks"]) == ("dusk", ["forbidden"])


@pytest.mark.parametrize("search", ["keyword", "hybrid"])
@pytest.mark.parametrize("strategy", ["single_step", "multi_step"])
async def test_a_reader_is_measured_by_the_answer_that_they_would_get(
    acme: Organisation, search: str, strategy: str
) -> None:
    mine = await bench(acme, rag_search_type=search, rag_strategy=strategy)
    called = data(await acme.client("admin").post(at(mine.persona, "publish"), json={}))["published_slug"]
    peer = acme.people["peer"].id
    run = await mine.measured(Case("dusk", DUSK), Case("paid", PAID), readers=[peer])
    for one, question in zip(await mine.answers(run["run"]["id"]), (DUSK, PAID), strict=True):
        body = {"model": called, "messages": [{"role": "user", "content": question}]}
        own = data(await acme.client("peer").post("/v1/inference/chat", json=body))
        assert one["answer"] == own["choices"][0]["message"]["content"]
        found = [(cited["marker"], cited["document_id"], cited["quote"]) for cited in own["retrieval"]["citations"]]
        assert [(shown["marker"], shown["document_id"], shown["quote"]) for shown in one["passages"]] == found


async def test_whoever_begins_a_run_pays_for_it_and_readers_pay_nothing(acme: Organisation) -> None:
    mine = await bench(acme, rag_search_type="hybrid")
    run = await mine.measured(Case("dusk", DUSK), readers=[acme.people["user"].id])
    assert run["run"]["tokens"] > 0

    platform = acme.running.platform

    async def payers() -> list[str]:
        await platform.ledger.start()  # what has ended is booked
        asked = data(await acme.client("admin").get("/v1/accounting/usage", params={"scope": "tenant"}))
        return [one["user_id"] for one in asked["items"]]

    assert set(await payers()) == {acme.people["admin"].id}


async def test_readers_that_are_not_there_are_said_before_anything_is_asked(acme: Organisation) -> None:
    mine = await bench(acme)
    set_id = await mine.asking(Case("dusk", DUSK, reader="nobody@nowhere.example"))
    body = {"set": set_id, "persona_id": mine.persona["id"]}
    refused = await acme.client("admin").post(RUNS, json=body)
    assert code(refused) == (422, "VALIDATION_ERROR")
    assert refused.json()["error"]["details"][0]["field"] == "cases.dusk.reader"


async def test_an_estimate_says_what_a_run_would_take_and_begins_nothing(acme: Organisation) -> None:
    mine = await bench(acme)
    set_id = await mine.asking(Case("dusk", DUSK), Case("paid", PAID))
    body = {"set": set_id, "persona_id": mine.persona["id"]}
    said = data(await acme.client("admin").post(f"{RUNS}/estimate", json=body))
    assert (said["answers"], said["calls"], said["based_on"]) == (2, 2, "lengths")
    assert said["input_tokens"] > 0
    assert data(await acme.client("admin").get(RUNS)) == []
