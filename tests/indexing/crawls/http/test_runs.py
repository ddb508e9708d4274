"""Runs of crawls are listed, shown and cancelled; of every address is told what became of it, to whom it concerns."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import httpx
import pytest

from acl.permission import OWNER, VIEWER
from tests.indexing.collections.shelving import COLLECTIONS, put_document
from tests.indexing.crawls.http.crawling import SEED, begin, crawl_path, path_of, put_pages, put_run, save
from tests.indexing.documents.filing import deny, filed, let
from tests.world.models import code, data
from tests.world.people import Organisation


async def test_a_run_is_shown_with_what_it_was_to_do_and_how_far_it_is(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made = await begin(people["admin"], plans["id"], max_depth=2, use_sitemap=True, include_patterns=["*/docs/*"])
    zero = {f"pages_{name}": 0 for name in ("fetched", "unchanged", "skipped", "failed", "queued")}
    zero |= {"pages": 0, "unlisted": 0}
    said = {"seed_url": SEED, "max_depth": 2, "max_pages": 500, "use_sitemap": True, "include_patterns": ["*/docs/*"]}
    said |= {"status": "pending", "trigger": "ad_hoc", "crawl_id": None, "started_at": None, "bytes_fetched": 0}
    assert {name: made[name] for name in said | zero} == said | zero
    assert made["id"].startswith("job_")
    assert data(await people["admin"].get(path_of(made))) == made
    await put_run(acme, made["id"], status="running", pages_fetched=3, bytes_fetched=4000)
    shown = data(await people["admin"].get(path_of(made)))
    assert (shown["status"], shown["pages_fetched"], shown["bytes_fetched"]) == ("running", 3, 4000)


async def test_runs_are_listed_newest_first_and_by_what_they_are(acme: Organisation) -> None:
    plans, people = await filed(acme)
    saved = await save(people["admin"], plans["id"])
    run = data(await people["admin"].post(f"{crawl_path(saved)}/run"), 202)
    made = [await begin(people["admin"], plans["id"]) for _ in range(3)]
    await put_run(acme, made[0]["id"], status="completed")
    path, order = f"{COLLECTIONS}/{plans['id']}/crawl", [run["id"], *(one["id"] for one in made)][::-1]
    assert [one["id"] for one in data(await people["admin"].get(path))] == order
    first = (await people["admin"].get(path, params={"limit": 3})).json()
    rest = await people["admin"].get(path, params={"limit": 3, "cursor": first["meta"]["next_cursor"]})
    assert [one["id"] for one in (*first["data"], *data(rest))] == order
    done = data(await people["admin"].get(path, params={"status": "completed"}))
    assert [one["id"] for one in done] == [made[0]["id"]]
    mine = data(await people["admin"].get(path, params={"crawl_id": saved["id"]}))
    assert [one["id"] for one in mine] == [run["id"]]


async def test_a_run_is_cancelled_by_who_may_begin_one(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve", "mallory")
    made = await begin(people["admin"], plans["id"])
    await let(acme, plans["id"], "eve", VIEWER)
    assert code(await people["eve"].post(f"{path_of(made)}/cancel")) == (403, "AUTHZ_PERMISSION_DENIED")
    assert code(await people["mallory"].post(f"{path_of(made)}/cancel")) == (404, "COLLECTION_NOT_FOUND")
    for _ in range(2):
        data(await people["admin"].post(f"{path_of(made)}/cancel"))
    ended = await begin(people["admin"], plans["id"])
    await put_run(acme, ended["id"], status="completed")
    assert data(await people["admin"].post(f"{path_of(ended)}/cancel"))["status"] == "completed"


async def test_a_run_is_nowhere_but_in_its_collection(acme: Organisation) -> None:
    plans, people = await filed(acme)
    other, _ = await filed(acme)
    made = await begin(people["admin"], plans["id"])
    for path in ("", "/pages", "/stream"):
        there = await people["admin"].get(f"{COLLECTIONS}/{other['id']}/crawl/{made['id']}{path}")
        missing = await people["admin"].get(f"{COLLECTIONS}/{other['id']}/crawl/job_nothing{path}")
        assert code(there) == code(missing) == (404, "CRAWL_JOB_NOT_FOUND")


async def walked(
    acme: Organisation, admin: httpx.AsyncClient, plans: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """A run that met two documents, one under the other, and addresses that came to nothing under each."""
    made = await begin(admin, plans["id"])
    open_, secret = [await put_document(acme, plans["id"]) for _ in range(2)]
    await put_pages(
        acme,
        made["id"],
        {"url": SEED, "depth": 0, "document_id": open_, "status": 200, "bytes": 10, "ms": 3, "mime_type": "text/html"},
        {"url": f"{SEED}gone", "found_on": SEED, "verdict": "failed", "reason": "http_404", "status": 404},
        {"url": f"{SEED}secret", "found_on": SEED, "document_id": secret},
        {"url": f"{SEED}of-secret", "found_on": f"{SEED}secret", "verdict": "skipped", "reason": "noindex"},
        {"url": f"{SEED}deeper", "found_on": f"{SEED}of-secret", "verdict": "skipped", "reason": "depth"},
        {"url": f"{SEED}again", "found_on": f"{SEED}secret", "document_id": open_, "verdict": "unchanged"},
        {"url": f"{SEED}waits", "found_on": SEED, "verdict": None, "state": "queued"},
    )
    return made, [open_, secret]


async def test_every_address_is_told_of_with_verdict_and_reason(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made, (open_, _) = await walked(acme, people["admin"], plans)
    pages = data(await people["admin"].get(f"{path_of(made)}/pages"))
    assert [page["url"].removeprefix(SEED) for page in pages] == ["", "gone", "secret", "of-secret", "deeper", "again"]
    assert pages[0] | {"fetched_at": None} == {
        "url": SEED, "verdict": "fetched", "reason": None, "detail": None, "depth": 0, "found_on": None,
        "final_url": None, "http_status": 200, "mime_type": "text/html", "bytes": 10, "ms": 3, "document_id": open_,
        "fetched_at": None,
    }  # fmt: skip
    assert (pages[1]["verdict"], pages[1]["reason"], pages[1]["http_status"]) == ("failed", "http_404", 404)
    skipped = data(await people["admin"].get(f"{path_of(made)}/pages", params={"verdict": "skipped"}))
    assert [page["reason"] for page in skipped] == ["noindex", "depth"]
    assert [page["detail"] for page in skipped] == [
        "The page asks not to be kept.",
        "It is deeper than max_depth; raise that to have it.",
    ]
    first = (await people["admin"].get(f"{path_of(made)}/pages", params={"limit": 4})).json()
    rest = await people["admin"].get(
        f"{path_of(made)}/pages", params={"limit": 4, "cursor": first["meta"]["next_cursor"]}
    )
    assert [*first["data"], *data(rest)] == pages


async def test_addresses_are_found_by_verdict_and_reason(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made, _ = await walked(acme, people["admin"], plans)
    path = f"{path_of(made)}/pages"
    for said, urls in (
        ({"reason": "http_404"}, ["gone"]),
        ({"reason": "depth"}, ["deeper"]),
        ({"verdict": "failed", "reason": "depth"}, []),
        ({"verdict": "skipped", "reason": "depth", "format": "ndjson"}, ["deeper"]),
    ):
        answer = await people["admin"].get(path, params=said)
        found = [json.loads(line) for line in answer.text.splitlines()] if "format" in said else data(answer)
        assert [page["url"].removeprefix(SEED) for page in found] == urls
    for unknown in ("robot", "http_999", "", "HTTP_404"):
        refused = await people["admin"].get(path, params={"reason": unknown})
        assert code(refused) == (422, "VALIDATION_ERROR")
        assert refused.json()["error"]["details"][0]["field"] == "reason"


async def test_what_was_met_in_a_hidden_document_is_hidden_with_it(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    made, (_, secret) = await walked(acme, people["admin"], plans)
    await let(acme, plans["id"], "eve", VIEWER)
    everything = data(await people["eve"].get(f"{path_of(made)}/pages"))
    assert len(everything) == 6
    await deny(acme, secret, "eve", OWNER)
    answer = await people["eve"].get(f"{path_of(made)}/pages")
    assert [page["url"].removeprefix(SEED) for page in data(answer)] == ["", "gone", "again"]
    assert "secret" not in answer.text, "nor that it was met there"
    (one,) = data(await people["eve"].get(f"{path_of(made)}/pages", params={"limit": 1}))
    assert one["url"] == SEED
    for format_ in ("csv", "ndjson"):
        file = await people["eve"].get(f"{path_of(made)}/pages", params={"format": format_})
        assert f"{SEED}gone" in file.text
        assert "secret" not in file.text


async def test_where_an_address_led_is_hidden_with_what_is_there(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    made = await begin(people["admin"], plans["id"])
    secret, led = await put_document(acme, plans["id"]), {"verdict": "skipped", "reason": "duplicate"}
    await put_pages(
        acme,
        made["id"],
        {"url": SEED},
        {"url": f"{SEED}secret", "document_id": secret},
        {"url": f"{SEED}old", "found_on": SEED, "final_url": f"{SEED}secret", **led},
        {"url": f"{SEED}on", "found_on": SEED, "final_url": f"{SEED}nowhere", **led},
    )
    await let(acme, plans["id"], "eve", VIEWER)
    path = f"{path_of(made)}/pages"
    assert [page["final_url"] for page in data(await people["eve"].get(path))][2:] == [
        f"{SEED}secret",
        f"{SEED}nowhere",
    ]
    await deny(acme, secret, "eve", OWNER)
    answer = await people["eve"].get(path)
    assert [(page["url"], page["final_url"]) for page in data(answer)] == [
        (SEED, None),
        (f"{SEED}old", None),
        (f"{SEED}on", f"{SEED}nowhere"),
    ]
    assert "secret" not in answer.text


async def test_what_led_to_a_document_that_is_deleted_is_told_to_nobody(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made, (_, secret) = await walked(acme, people["admin"], plans)
    data(await people["admin"].delete(f"{COLLECTIONS}/{plans['id']}/documents/{secret}"))
    pages = data(await people["admin"].get(f"{path_of(made)}/pages"))
    assert [page["url"].removeprefix(SEED) for page in pages] == ["", "gone", "again"]


async def test_the_ledger_is_given_as_a_file(acme: Organisation) -> None:
    plans, people = await filed(acme)
    made, _ = await walked(acme, people["admin"], plans)
    pages = data(await people["admin"].get(f"{path_of(made)}/pages"))
    lines = await people["admin"].get(f"{path_of(made)}/pages", params={"format": "ndjson"})
    assert lines.headers["content-disposition"] == f'attachment; filename="crawl-{made["id"]}.ndjson"'
    assert [json.loads(line) for line in lines.text.splitlines()] == pages
    table = await people["admin"].get(f"{path_of(made)}/pages", params={"format": "csv", "verdict": "failed"})
    assert table.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert (row["url"], row["verdict"], row["reason"]) == (f"{SEED}gone", "failed", "http_404")
    assert code(await people["admin"].get(f"{path_of(made)}/pages", params={"format": "xml"}))[0] == 422


@pytest.mark.parametrize("number", [1200])
async def test_a_long_ledger_is_given_whole_and_only_what_may_be_seen(acme: Organisation, number: int) -> None:
    plans, people = await filed(acme, "eve")
    made = await begin(people["admin"], plans["id"])
    open_, secret = [await put_document(acme, plans["id"]) for _ in range(2)]
    pages = [{"url": f"{SEED}{place}", "document_id": secret if place % 3 else open_} for place in range(number)]
    await put_pages(acme, made["id"], *pages)
    await let(acme, plans["id"], "eve", VIEWER)
    await deny(acme, secret, "eve", OWNER)
    file = await people["eve"].get(f"{path_of(made)}/pages", params={"format": "ndjson"})
    urls = [json.loads(line)["url"] for line in file.text.splitlines()]
    assert urls == [page["url"] for page in pages if page["document_id"] == open_]
    one_page = data(await people["eve"].get(f"{path_of(made)}/pages", params={"limit": 100}))
    assert [page["url"] for page in one_page] == urls[:100]


async def test_what_failed_is_tried_again_by_who_may_begin_a_crawl(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve", "mallory")
    made, _ = await walked(acme, people["admin"], plans)
    path = f"{path_of(made)}/retry-failed"
    assert code(await people["admin"].post(path)) == (409, "JOB_ALREADY_RUNNING")
    await put_run(acme, made["id"], status="completed")
    await let(acme, plans["id"], "eve", VIEWER)
    assert code(await people["eve"].post(path)) == (403, "AUTHZ_PERMISSION_DENIED")
    assert code(await people["mallory"].post(path)) == (404, "COLLECTION_NOT_FOUND")
    answer = await people["admin"].post(path)
    begun = data(answer, 202)
    assert answer.headers["location"] == path_of(begun)
    told = {"trigger": "retry", "status": "pending", "max_depth": 0, "pages_queued": 1, "seed_url": SEED}
    assert {name: begun[name] for name in told} == told
    assert data(await people["admin"].get(f"{path_of(begun)}/pages")) == []
    nothing = await begin(people["admin"], plans["id"])
    await put_run(acme, nothing["id"], status="completed")
    assert code(await people["admin"].post(f"{path_of(nothing)}/retry-failed")) == (409, "CRAWL_NOTHING_FAILED")


async def test_what_failed_below_a_hidden_document_stays_hidden_when_it_is_tried_again(acme: Organisation) -> None:
    plans, people = await filed(acme, "eve")
    made = await begin(people["admin"], plans["id"])
    secret = await put_document(acme, plans["id"])
    failed = {"verdict": "failed", "reason": "http_500"}
    await put_pages(
        acme,
        made["id"],
        {"url": SEED, "depth": 0, "document_id": await put_document(acme, plans["id"])},
        {"url": f"{SEED}secret", "found_on": SEED, "document_id": secret},
        {"url": f"{SEED}between", "found_on": f"{SEED}secret", "verdict": "skipped", "reason": "noindex"},
        {"url": f"{SEED}under", "found_on": f"{SEED}between", **failed},
        {"url": f"{SEED}open", "found_on": SEED, **failed},
    )
    await put_run(acme, made["id"], status="completed")
    await let(acme, plans["id"], "eve")
    await deny(acme, secret, "eve", OWNER)
    mine = data(await people["eve"].post(f"{path_of(made)}/retry-failed"), 202)
    assert mine["pages_queued"] == 1
    all_ = data(await people["admin"].post(f"{path_of(made)}/retry-failed"), 202)
    assert all_["pages_queued"] == 2
    for run in (mine, all_):  # as if their pages had failed again
        data(await people["admin"].post(f"{path_of(run)}/cancel"))
    seen = data(await people["eve"].get(f"{path_of(all_)}/pages"))
    assert [page["url"].removeprefix(SEED) for page in seen] == ["open"]
    whole = data(await people["admin"].get(f"{path_of(all_)}/pages"))
    assert [page["url"].removeprefix(SEED) for page in whole] == ["under", "open"]
