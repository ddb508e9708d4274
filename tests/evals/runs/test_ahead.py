"""What is built of a collection and held is measured beside what answers, before anybody else is answered from it."""

from __future__ import annotations

from typing import Any

from evals.values import Case, Expected
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.maintenance.test_held import cut_smaller
from tests.indexing.maintenance.test_routes import ended, path
from tests.world.measuring import RUNS, Bench, number
from tests.world.models import code, data
from tests.world.passages import Written
from tests.world.people import Organisation
from tests.world.personas import persona, reads

LETTERS = "To whom did Ada Lovelace write?"


async def bench_on(acme: Organisation, collection_id: str) -> Bench:
    """An assistant that reads one collection, which nothing is written to here."""
    admin = acme.client("admin")
    one = await persona(admin, rag_enabled=True, rag_search_type="keyword", grounding="strict")
    await reads(admin, one, collection_id)
    place: Written = None  # type: ignore[assignment] # documents came as files
    return Bench(acme, place, one)


def longest(answers: list[dict[str, Any]]) -> int:
    return max(len(one["answer"]) for one in answers)


async def test_the_next_generation_is_compared_with_the_one_that_answers(acme: Organisation) -> None:
    id_ = await cut_smaller(acme)
    mine = await bench_on(acme, id_)
    asked = await mine.asking(Case("letters", LETTERS, expected=(Expected(document_name="one"),)))
    plain, ahead = await mine.begin(asked), await mine.begin(asked, ahead=True)
    runs = [await mine.ended(run["id"]) for run in (plain, ahead)]
    assert [run["run"]["status"] for run in runs] == ["completed"] * 2
    assert [number(run, "recall@5") for run in runs] == [1.0, 1.0]
    assert runs[0]["run"]["config_hash"] == runs[1]["run"]["config_hash"]
    assert runs[0]["run"]["measured_hash"] != runs[1]["run"]["measured_hash"]
    passages = [(await mine.answers(run["id"]))[0]["passages"] for run in (plain, ahead)]
    assert {one["document_name"] for one in passages[0]} == {one["document_name"] for one in passages[1]}
    answer = await acme.client("admin").get(f"{RUNS}/{plain['id']}/compare/{ahead['id']}")
    assert answer.status_code == 200, answer.text


async def test_where_nothing_is_held_there_is_nothing_to_measure_ahead(acme: Organisation) -> None:
    id_ = await cut_smaller(acme)
    mine = await bench_on(acme, id_)
    asked = await mine.asking(Case("letters", LETTERS))
    data(await acme.client("admin").post(path(id_, "re-chunk/cancel")))
    body = {"set": asked, "persona_id": mine.persona["id"], "ahead": True}
    assert code(await acme.client("admin").post(RUNS, json=body)) == (422, "VALIDATION_ERROR")


async def test_what_answers_by_now_is_measured_to_the_end(acme: Organisation) -> None:
    """Resumed while a run is under way, what was held is what answers: the same passages are met."""
    id_ = await cut_smaller(acme)
    admin = acme.client("admin")
    mine = await bench_on(acme, id_)
    asked = await mine.asking(*(Case(f"letters{number}", LETTERS) for number in range(20)))
    run = await mine.begin(asked, ahead=True)
    data(await admin.post(path(id_, "re-chunk/resume")))
    assert (await ended(admin, id_))["status"] == "completed"
    assert (await mine.ended(run["id"]))["run"]["status"] == "completed"
    answers = await mine.answers(run["id"])
    assert len({answer["answer"] for answer in answers}) == 1
    assert data(await admin.get(f"{COLLECTIONS}/{id_}"))["rechunk_status"] == "completed"


async def test_what_is_given_up_meanwhile_ends_the_run_in_words(acme: Organisation) -> None:
    id_ = await cut_smaller(acme)
    admin = acme.client("admin")
    mine = await bench_on(acme, id_)
    asked = await mine.asking(*(Case(f"letters{number}", LETTERS) for number in range(200)))
    run = await mine.begin(asked, ahead=True)
    data(await admin.post(path(id_, "re-chunk/cancel")))
    ended_ = (await mine.ended(run["id"]))["run"]
    answers = await mine.answers(run["id"], stage="failed")  # more than a page may have been answered before
    assert ended_["status"] in {"completed", "failed"}
    assert {one["error_code"] for one in answers} == {"GENERATION_GONE"}
