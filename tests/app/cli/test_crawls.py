"""Crawls are begun, watched, looked at and ended from a command line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world.people import organisation
from tests.world.platform import fresh
from tests.world.typing_commands import Typist, faults
from tests.world.website import Page, Website, website

_HTML = {"content-type": "text/html"}


@pytest.fixture
async def site() -> AsyncIterator[Website]:
    async with website() as made:
        link = b"<title>Quay</title><p>The harbour closes at dusk. <a href='/more'>more</a></p>"
        made.pages = {"/": Page(link, headers=_HTML), "/more": Page(b"<p>Boats wait outside.</p>", headers=_HTML)}
        yield made


@pytest.fixture
async def typist(site: Website, tmp_path: Path) -> AsyncIterator[Typist]:
    async with fresh(allow_hosts=(site.url.removeprefix("http://"),), crawl_delay=0) as running:
        acme = await organisation(running)
        made = Typist(acme, tmp_path)
        assert (await made.types("collections", "create", "quay")).code == 0
        yield made
        await acme.aclose()


async def test_a_site_is_fetched_and_each_address_told(typist: Typist, site: Website) -> None:
    done = await typist.types("crawl", "start", f"{site.url}/", "--into", "quay", "--depth", "1", "--json")
    assert done.code == 0, done.err
    assert done.lines[-1]["status"] == "completed"
    job = done.lines[-1]["id"]
    assert list(faults("get_crawl_job", done.lines[-1])) == []
    shown = await typist.types("crawl", "show", job)
    assert f"{job} completed: 2 fetched" in shown.out
    assert f"fetched\t\t{site.url}/more" in shown.out.splitlines()
    watched = await typist.types("crawl", "watch", job, "--in", "quay")  # it has ended before anybody watched
    assert (watched.code, watched.out) == (0, shown.out.splitlines()[0] + "\n")
    assert job in (await typist.types("crawl", "list", "--in", "quay")).out


async def test_a_run_is_ended_and_what_is_not_there_is_said(typist: Typist, site: Website) -> None:
    site.pages["/"] = Page(b"slow", headers=_HTML, pieces=500, delay_s=0.2)
    begun = await typist.types("crawl", "start", f"{site.url}/", "--into", "quay", "--no-wait")
    job = begun.out.strip()
    ended = await typist.types("crawl", "cancel", job, "--json")
    assert (ended.code, list(faults("cancel_crawl", ended.json))) == (0, [])
    watched = await typist.types("crawl", "watch", job)
    assert (watched.code, "cancelled" in watched.out) == (1, True)
    assert (await typist.types("crawl", "show", "job_absent")).code == 3
    refused = await typist.types("crawl", "start", "http://127.0.0.1:1/", "--into", "quay")
    assert (refused.code, refused.out) == (2, "")
