"""From the button, the clock or a signed call to documents that are found: a website crawled as its callers see it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from acl.permission import VIEWER
from app.db.tenancy import Reach
from indexing.crawls.coming import begin_due
from indexing.crawls.tables import Crawl
from tests.indexing.collections.shelving import COLLECTIONS
from tests.indexing.crawls.http.crawling import begin, crawl_path, path_of, save
from tests.indexing.crawls.http.test_trigger import call, githubs
from tests.indexing.crawls.walks.walking import html
from tests.indexing.documents.filing import filed, let
from tests.indexing.documents.test_watching import hear
from tests.world.models import data
from tests.world.patience import eventually, until
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh
from tests.world.website import Page, Website, website

PAGES = Path(__file__).parents[4] / "docs" / "how-to"


@pytest.fixture(scope="module")
async def place() -> AsyncIterator[tuple[Website, Running]]:
    async with website() as site, fresh(allow_hosts=(site.url.removeprefix("http://"),), crawl_delay=0) as running:
        yield site, running


@pytest.fixture
async def acme(place: tuple[Website, Running]) -> AsyncIterator[Organisation]:
    made = await organisation(place[1])
    yield made
    await made.aclose()


@pytest.fixture
def site(place: tuple[Website, Running]) -> Website:
    """Four pages, one of which is not there, and one out of bounds."""
    site = place[0]
    site.asked.clear()
    site.pages |= {
        "/": html("/a", "/b", "/gone", "/private", text="The front page."),
        "/a": html("/", text="All about alder."),
        "/b": html("/a", text="All about birch."),
        "/robots.txt": Page(b"User-agent: *\nDisallow: /private"),
    }
    site.pages.pop("/gone", None)
    return site


async def ended(client: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    """How a run ended, as its stream tells it."""
    *_, last = await hear(client, f"{path_of(job)}/stream")
    assert last.event == last.data["status"]
    return last.data


async def documents(client: httpx.AsyncClient, collection_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(await client.get(f"{COLLECTIONS}/{collection_id}/documents"))
    return found


async def test_a_website_becomes_documents_for_those_its_crawl_names(
    place: tuple[Website, Running], site: Website, acme: Organisation
) -> None:
    plans, people = await filed(acme, "eve", "mallory")
    for name in ("eve", "mallory"):
        await let(acme, plans["id"], name, VIEWER)
    eve = {"principal_type": "user", "principal_id": acme.people["eve"].id}
    acl = {"inherit": False, "aces": [{"ace_type": "allow", **eve, "permissions": "VIEWER"}]}
    job = await ended(people["admin"], await begin(people["admin"], plans["id"], seed_url=f"{site.url}/", acl=acl))
    assert (job["status"], job["error_code"]) == ("completed", None)
    assert (job["pages_fetched"], job["pages_failed"], job["pages_queued"]) == (3, 1, 0)
    pages = {
        page["url"].removeprefix(site.url): page for page in data(await people["eve"].get(f"{path_of(job)}/pages"))
    }
    assert {path: (page["verdict"], page["reason"]) for path, page in pages.items()} == {
        "/": ("fetched", None), "/a": ("fetched", None), "/b": ("fetched", None), "/gone": ("failed", "http_404"),
        "/private": ("skipped", "robots"),
    }  # fmt: skip
    hers = await documents(people["eve"], plans["id"])
    assert {document["source"] for document in hers} == {"crawl"}
    assert {document["crawl_id"] for document in hers} == {None}, "this crawl is not saved"
    assert {document["id"] for document in hers} == {page["document_id"] for page in pages.values()} - {None}
    assert {document["owner_id"] for document in hers} == {acme.people["admin"].id}
    assert await documents(people["mallory"], plans["id"]) == []
    seen = data(await people["mallory"].get(f"{path_of(job)}/pages"))
    assert seen == [], "what was met in documents she may not read is nothing to her"

    async def found() -> list[Any]:
        said = {"query": "alder", "search_type": "keyword"}
        answer = await people["eve"].post(f"{COLLECTIONS}/{plans['id']}/search", json=said)
        results: list[Any] = data(answer)["results"]
        return results

    (hit,) = await eventually(found)
    assert hit["document_id"] == pages["/a"]["document_id"]


async def test_a_dry_run_tells_what_would_be_fetched_and_keeps_nothing(site: Website, acme: Organisation) -> None:
    plans, people = await filed(acme)
    job = await ended(people["admin"], await begin(people["admin"], plans["id"], seed_url=f"{site.url}/", dry_run=True))
    assert (job["status"], job["dry_run"], job["pages_fetched"]) == ("completed", True, 3)
    pages = data(await people["admin"].get(f"{path_of(job)}/pages"))
    assert len(pages) == 5
    assert {page["document_id"] for page in pages} == {None}
    assert await documents(people["admin"], plans["id"]) == []


async def test_a_saved_crawl_runs_by_hand_by_a_call_and_by_the_clock_and_takes_in_what_changed(
    place: tuple[Website, Running], site: Website, acme: Organisation
) -> None:
    running, (plans, people) = place[1], await filed(acme)
    crawl = await save(people["admin"], plans["id"], seed_url=f"{site.url}/", webhook={"enabled": True})
    first = await ended(people["admin"], data(await people["admin"].post(f"{crawl_path(crawl)}/run"), 202))
    assert (first["pages_fetched"], first["pages_unchanged"]) == (3, 0)
    before = {document["source_url"]: document for document in await documents(people["admin"], plans["id"])}
    assert {document["crawl_id"] for document in before.values()} == {crawl["id"]}
    site.pages["/b"] = html("/a", text="All about beeches.")
    id_ = data(await call(running, crawl, githubs(crawl["webhook_secret"])), 202)["id"]
    second = await ended(people["admin"], {"id": id_, "collection_id": plans["id"]})
    assert (second["trigger"], second["pages_fetched"], second["pages_unchanged"]) == ("webhook", 1, 2)
    after = {document["source_url"]: document for document in await documents(people["admin"], plans["id"])}
    assert {url: one["id"] for url, one in after.items()} == {url: one["id"] for url, one in before.items()}
    changed = {url.removeprefix(site.url) for url, one in after.items() if one["sha256"] != before[url]["sha256"]}
    assert changed == {"/b"}
    data(await people["admin"].patch(crawl_path(crawl), json={"schedule": {"type": "hourly"}}))
    await due(running, acme, crawl["id"])
    platform = running.platform
    assert await begin_due(platform.transactions, platform.jobs, platform.credentials) in {
        0,
        1,
    }  # or its worker's round did

    async def by_the_clock() -> list[dict[str, Any]]:
        runs = data(await people["admin"].get(f"{COLLECTIONS}/{plans['id']}/crawl"))
        return [run for run in runs if run["trigger"] == "schedule"]

    (third,) = await eventually(by_the_clock)
    assert (await ended(people["admin"], third))["pages_unchanged"] == 3


async def due(running: Running, acme: Organisation, crawl_id: str) -> None:
    """Let the time of a crawl have come a moment ago."""
    async with running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        row = await transaction.session.get_one(Crawl, crawl_id)
        row.next_run_at = transaction.clock.now() - timedelta(minutes=1)


async def test_a_run_is_cancelled_while_a_page_takes_its_time(site: Website, acme: Organisation) -> None:
    plans, people = await filed(acme)
    site.pages["/"] = html(*(f"/slow{number}" for number in range(300)))
    slow = replace(html(text="a page"), delay_s=0.05)
    site.pages |= {f"/slow{number}": slow for number in range(300)}
    job = await begin(people["admin"], plans["id"], seed_url=f"{site.url}/")
    await until(lambda: len(site.asked) > 3)
    cancelled = data(await people["admin"].post(f"{path_of(job)}/cancel"))
    assert (await ended(people["admin"], job))["status"] == "cancelled"
    assert cancelled["status"] in {"cancelled", "running"}
    await asyncio.sleep(2)  # what is promised
    asked = len(site.asked)
    await asyncio.sleep(0.5)
    assert len(site.asked) == asked < 50, "it goes on being asked"


async def test_the_how_to_page_signs_as_the_platform_reads(
    place: tuple[Website, Running], site: Website, acme: Organisation
) -> None:
    """Its commands are typed as they stand there; what they did is looked at here."""
    running, (plans, people) = place[1], await filed(acme)
    crawl = await save(people["admin"], plans["id"], seed_url=f"{site.url}/", webhook={"enabled": True})
    job = await ended(people["admin"], await begin(people["admin"], plans["id"], seed_url=f"{site.url}/"))
    text = (PAGES / "crawl.md").read_text(encoding="utf-8")
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    real = {
        "http://127.0.0.1:8000": running.url, "sgk_…": acme.people["admin"].key, "col_…": plans["id"],
        "https://docs.example.com/": f"{site.url}/", "job_…": job["id"], "crw_…": crawl["id"],
        "cws_…": crawl["webhook_secret"], " -o pages.csv": "", "curl -s": "curl -s -w '\\n%{http_code}\\n'",
    }  # fmt: skip
    for example, there in real.items():
        assert example in script
        script = script.replace(example, there)
    shell = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complaints = await shell.communicate()
    assert shell.returncode == 0, complaints.decode()
    statuses = [line for line in said.decode().splitlines() if re.fullmatch(r"[1-5]\d\d", line)]
    assert statuses[:10] == ["202", *["200"] * 6, "202", "201", "202"]
    assert statuses[10] in {"202", "409"}  # it may still be running, started by hand a moment ago
    verdicts = await eventually(lambda: _calls(people["admin"], crawl))
    assert verdicts in (["started"], ["already_running"])


async def _calls(admin: httpx.AsyncClient, crawl: dict[str, Any]) -> list[str]:
    return [one["verdict"] for one in data(await admin.get(f"{crawl_path(crawl)}/calls"))]
