"""Two runs side by side: what became better or worse, how surely, and nothing of what may not be read."""

from __future__ import annotations

from typing import Any

import pytest

from evals.values import Case, Expected
from tests.world.measuring import DUSK, PAID, RUNS, Bench, bench
from tests.world.models import code, data
from tests.world.people import Organisation, organisation

BREAD = "Where is bread baked before dawn?"
NOTHING: dict[str, Any] = {"sources": []}


def cases(mine: Bench) -> list[Case]:
    """Nine questions that are answered, and one that should not be."""
    known = mine.place.shelf.documents
    asked = {"open": DUSK, "secret": PAID, "other": BREAD}
    answered = [
        Case(f"{name}-{number}", question, expected=(Expected(document_id=known[name]),))
        for number in range(3)
        for name, question in asked.items()
    ]
    return [*answered, Case("moon", "Who painted the zeppelin lavender?", must_refuse=True)]


async def run_of(mine: Bench, set_id: str, **said: Any) -> str:
    began = await mine.begin(set_id, **said)
    ended = await mine.ended(began["id"])
    assert ended["run"]["status"] == "completed"
    return str(began["id"])


async def compared(mine: Bench, before: str, after: str, name: str = "admin") -> dict[str, Any]:
    found: dict[str, Any] = data(await mine.acme.client(name).get(f"{RUNS}/{before}/compare/{after}"))
    return found


async def sides(mine: Bench, before: str, after: str, name: str = "admin", **query: Any) -> list[dict[str, Any]]:
    """Every page of the cases."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        params = {"limit": 4, **query, **cursor}
        answer = await mine.acme.client(name).get(f"{RUNS}/{before}/compare/{after}/cases", params=params)
        found += data(answer)
        meta = answer.json()["meta"]
        if not meta["has_more"]:
            return found
        cursor = {"cursor": meta["next_cursor"]}


@pytest.fixture
async def mine(acme: Organisation) -> Bench:
    return await bench(acme)


async def test_a_draft_that_finds_nothing_is_worse_and_so_says_each_case(mine: Bench) -> None:
    set_id = await mine.asking(*cases(mine))
    plain, blind = await run_of(mine, set_id), await run_of(mine, set_id, changes=NOTHING)
    found = await compared(mine, plain, blind)
    assert (found["before"]["id"], found["after"]["id"], found["pairs"]) == (plain, blind, 10)
    assert (found["better"], found["worse"], found["mixed"], found["same"]) == (0, 9, 0, 1)
    by_metric = {one["metric"]: one for one in found["metrics"]}
    recall = by_metric["recall@5"]
    assert (recall["pairs"], recall["cases"], recall["before"], recall["after"]) == (9, 9, 1.0, 0.0)
    assert (recall["difference"], recall["low"], recall["high"], recall["verdict"]) == (-1.0, -1.0, -1.0, "worse")
    assert (by_metric["leaks"]["verdict"], by_metric["leaks"]["same"]) == ("same", 10)
    assert not any(one["judged"] for one in found["metrics"])
    assert await compared(mine, plain, blind) == found
    back = await compared(mine, blind, plain)
    assert next(one["verdict"] for one in back["metrics"] if one["metric"] == "recall@5") == "better"

    worse = await sides(mine, plain, blind, change="worse")
    assert [one["case_id"] for one in worse] == [case.id for case in cases(mine)[:-1]]
    assert {"metric": "recall@5", "change": "worse"} in worse[0]["changes"]
    assert worse[0]["before"]["answer"] != worse[0]["after"]["answer"]
    assert [one["case_id"] for one in await sides(mine, plain, blind, change="same")] == ["moon"]
    assert await sides(mine, plain, blind, change="better") == []
    assert len(await sides(mine, plain, blind)) == 10


async def test_the_same_run_twice_differs_in_nothing_that_counts(mine: Bench) -> None:
    set_id = await mine.asking(*cases(mine)[:4])
    one, other = await run_of(mine, set_id), await run_of(mine, set_id)
    found = await compared(mine, one, other)
    assert (found["pairs"], found["same"], found["better"], found["worse"]) == (4, 4, 0, 0)
    assert found["before"]["config_hash"] == found["after"]["config_hash"]


async def test_a_case_that_says_something_else_is_not_compared(mine: Bench) -> None:
    three = cases(mine)[:3]
    altered = [three[0], Case(three[1].id, BREAD), Case("new", BREAD)]
    before = await run_of(mine, await mine.asking(*three))
    after = await run_of(mine, await mine.asking(*altered))
    found = await compared(mine, before, after)
    assert (found["pairs"], found["only_before"], found["only_after"]) == (1, 0, 0)
    assert found["altered"] == 2 + 1  # one answer of each that says something else, and one to a case that is new
    assert [one["case_id"] for one in await sides(mine, before, after)] == [three[0].id]


async def test_what_may_not_be_read_is_in_no_number_and_no_verdict(mine: Bench) -> None:
    await mine.acme.person("watcher", "tenant_user", permissions=["scaipersona:view"])
    await mine.place.shut(["secret"])
    set_id = await mine.asking(*cases(mine))
    plain, blind = await run_of(mine, set_id), await run_of(mine, set_id, changes=NOTHING)
    found = await compared(mine, plain, blind, "watcher")  # words of what is shut are found for all but the bread
    assert (found["pairs"], found["only_before"], found["only_after"]) == (4, 0, 6)
    recall = next(one for one in found["metrics"] if one["metric"] == "recall@5")
    assert (recall["pairs"], recall["worse"]) == (3, 3)
    seen = {one["case_id"]: one for one in await sides(mine, plain, blind, "watcher")}
    assert len(seen) == 10
    hidden = seen["secret-0"]
    assert (hidden["change"], hidden["changes"]) == (None, [])
    assert (hidden["before"]["withheld"], hidden["before"]["answer"]) == (True, None)
    assert "guilders" not in str(hidden)
    worse = await sides(mine, plain, blind, "watcher", change="worse")
    assert not any(one["case_id"].startswith("secret") for one in worse)


async def test_a_run_of_others_is_none(mine: Bench) -> None:
    run = await run_of(mine, await mine.asking(*cases(mine)[:1]))
    theirs = await organisation(mine.acme.running)
    try:
        for pair in (f"{run}/compare/{run}", f"{run}/compare/{run}/cases"):
            assert code(await theirs.client("admin").get(f"{RUNS}/{pair}")) == (404, "EVALUATION_RUN_NOT_FOUND")
        there = await mine.acme.client("admin").get(f"{RUNS}/{run}/compare/run_missing")
        assert code(there) == (404, "EVALUATION_RUN_NOT_FOUND")
    finally:
        await theirs.aclose()
