"""A run is somebody's at a time: it is called off, taken over and gone on with, and nothing of it is counted twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from acl.permission import Permission
from app.db.tenancy import Reach
from app.errors import PlatformError
from app.ids import new_id
from app.jobs.kinds import JobKind
from app.jobs.tables import Job
from app.jobs.work import Failed, Held, Later
from indexing.crawls.errors import CrawlAlreadyRunning
from indexing.crawls.launch import Launch
from indexing.crawls.tables import Crawl, CrawlJob, CrawlPage
from tasks.jobs.crawl import crawl_failed
from tasks.jobs.erase import erase_collection
from tests.indexing.crawls.walks.walking import Web, html
from tests.indexing.documents.filing import deny, let
from tests.world.patience import PATIENCE, eventually, until
from tests.world.website import Asked, Page


async def cancel(web: Web, job_id: str) -> bool:
    async with web.running.platform.transactions.open(Reach.one(web.acme.id)) as transaction:
        launch = Launch(transaction, web.running.platform.jobs)
        return await launch.cancel(await transaction.session.get_one(CrawlJob, job_id))


async def test_a_run_that_is_called_off_stops_at_once(web: Web) -> None:
    closed = asyncio.Event()
    web.site.pages |= {"/": html("/slow", "/later"), "/slow": html(text="slow")}
    web.site.gates["/slow"] = closed.wait
    job_id = await web.start()
    walking = asyncio.create_task(web.walk(job_id))
    await until(lambda: web.site.waited)
    assert await cancel(web, job_id)
    async with asyncio.timeout(PATIENCE):
        assert await walking is None  # though its page never comes
    closed.set()
    job = await web.job(job_id)
    assert (job.status, job.pages_fetched, job.pages_skipped, job.pages_queued) == ("cancelled", 1, 2, 0)
    assert await web.verdicts(job_id) == {
        "/": ("fetched", None),
        "/slow": ("skipped", "cancelled"),
        "/later": ("skipped", "cancelled"),
    }
    assert not await cancel(web, job_id)
    assert await web.walk(job_id) is None
    assert "/later" not in web.site.paths


async def test_a_run_nobody_has_begun_is_called_off_too(web: Web) -> None:
    job_id = await web.start()
    assert await cancel(web, job_id)
    assert await web.walk(job_id) is None
    assert ((await web.job(job_id)).status, web.site.asked) == ("cancelled", [])


async def test_whoever_comes_after_goes_on_where_the_last_finding_was_written_down(web: Web) -> None:
    first = asyncio.Event()
    web.site.pages |= {"/": html("/a", "/b"), "/a": html(text="one"), "/b": html("/c", text="two"), "/c": html()}
    web.site.gates["/b"] = first.wait
    job_id = await web.start()
    walking = asyncio.create_task(web.walk(job_id))

    async def is_written() -> bool:
        return (await web.verdicts(job_id)).get("/a") == ("fetched", None)

    await until(lambda: web.site.waited)
    await eventually(is_written)
    walking.cancel()  # as by a process that ends, or a lease that is lost
    await asyncio.wait([walking])
    first.set()
    assert await web.walk(job_id) is None
    job = await web.job(job_id)
    assert (job.status, job.pages, job.pages_fetched, job.pages_queued) == ("completed", 4, 4, 0)
    assert [web.contents().count(path) for path in ("/", "/a", "/c")] == [1, 1, 1]
    assert len(await web.documents()) == 4


async def test_of_two_who_walk_at_once_the_later_goes_on_and_the_earlier_writes_nothing(web: Web) -> None:
    gate = asyncio.Event()
    web.site.pages |= {"/": html("/a", "/b"), "/a": html(text="one"), "/b": html(text="two")}
    web.site.gates["/a"] = gate.wait
    job_id = await web.start()
    earlier = asyncio.create_task(web.walk(job_id))
    await until(lambda: web.site.waited)
    later = asyncio.create_task(web.walk(job_id))
    await until(lambda: web.site.waited > 1)
    gate.set()
    assert set(await asyncio.gather(earlier, later)) == {None}
    job = await web.job(job_id)
    assert (job.status, job.pages_fetched, job.pages) == ("completed", 3, 3)
    assert len(await web.documents()) == 3


async def test_a_long_run_lets_others_have_a_turn(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": html("/b"), "/b": html(text="the end")}
    job_id = await web.start()
    hasty = replace(web.tools, turn_seconds=0.0)
    turn = await web.walk(job_id, hasty)
    assert isinstance(turn, Later)
    assert turn.seconds == 0
    assert (await web.job(job_id)).status == "running"
    assert await web.walk(job_id) is None
    assert (await web.job(job_id)).pages_fetched == 3


async def test_a_saved_crawl_runs_once_at_a_time(web: Web) -> None:
    web.site.pages |= {"/": html()}
    crawl = await web.save()
    job_id = await web.start(web.plan(), crawl)
    with pytest.raises(CrawlAlreadyRunning, match=job_id):
        await web.start(web.plan(), crawl)
    assert await web.walk(job_id) is None
    others = await asyncio.gather(*(web.start(web.plan(), crawl) for _ in range(4)), return_exceptions=True)
    assert [isinstance(other, str) for other in others].count(True) == 1


async def test_who_loses_a_right_is_crawled_for_no_more(web: Web) -> None:
    gate = asyncio.Event()
    await web.acme.person("eve", "tenant_user", permissions=("scaimatrix:view", "scaimatrix:ingest"))
    await let(web.acme, web.collection_id, "eve")
    web.site.pages |= {"/": html("/a", "/b"), "/a": html(text="one")}
    web.site.gates["/a"] = gate.wait
    job_id = await web.start(user_id=web.acme.people["eve"].id)
    walking = asyncio.create_task(web.walk(job_id))
    await until(lambda: web.site.waited)
    await deny(web.acme, web.collection_id, "eve", int(Permission.INGEST))
    with pytest.raises(PlatformError) as refused:
        await walking
    await crawl_failed(web.running.platform, web.held_by(await web.job(job_id)), Failed(refused.value.code, "no"))
    job = await web.job(job_id)
    assert (job.status, job.error_code, job.pages_fetched) == ("failed", refused.value.code, 1)
    assert (await web.verdicts(job_id))["/a"] == ("skipped", "stopped")
    gate.set()


async def test_who_is_suspended_is_crawled_for_no_more(web: Web) -> None:
    eve = await web.acme.person("eve", "tenant_user", permissions=("scaimatrix:view", "scaimatrix:ingest"))
    await let(web.acme, web.collection_id, "eve")
    job_id = await web.start(user_id=eve.id)
    shown = await web.acme.client("admin").patch(f"/v1/users/{eve.id}", json={"status": "suspended"})
    assert shown.status_code == 200
    with pytest.raises(PlatformError) as refused:
        await web.walk(job_id)
    assert refused.value.code == "CRAWL_NOT_ALLOWED"
    assert web.site.asked == []


async def test_where_the_module_is_switched_off_nothing_is_crawled_any_more(web: Web) -> None:
    web.site.pages |= {"/": html("/a")}
    job_id = await web.start()
    async with web.running.client(web.running.root_key) as root:
        off = await root.post("/v1/modules/scaimatrix/disable", params={"tenant_id": web.acme.id})
        assert off.status_code == 200
    with pytest.raises(PlatformError) as refused:
        await web.walk(job_id)
    assert refused.value.code == "MODULE_NOT_ENABLED"
    assert web.site.asked == []


async def test_a_collection_that_takes_no_more_ends_the_run(web: Web) -> None:
    web.site.pages |= {"/": html("/big", "/small"), "/big": html(text="x" * 5000), "/small": html(text="fits")}
    path = f"/v1/modules/scaimatrix/collections/{web.collection_id}"
    changed = await web.acme.client("admin").patch(path, json={"storage_quota_bytes": 2000})
    assert changed.status_code == 200
    job = await web.crawl()
    assert (job.status, job.error_code) == ("failed", "QUOTA_EXCEEDED")
    assert await web.verdicts(job.id) == {
        "/": ("fetched", None),
        "/big": ("failed", "storage_quota"),
        "/small": ("skipped", "storage_quota"),
    }
    assert len(await web.documents()) == 1


async def test_two_runs_of_one_site_take_turns(web: Web) -> None:
    web.site.pages |= {"/": html("/a", "/b"), "/a": html(text="one"), "/b": html(text="two")}
    polite = replace(web.tools, delay=0.1)
    runs = [await web.start(), await web.start()]
    assert await asyncio.gather(*(web.walk(job_id, polite) for job_id in runs)) == [None, None]
    jobs = [await web.job(job_id) for job_id in runs]
    assert [job.pages_fetched + job.pages_unchanged for job in jobs] == [3, 3]
    asked = [asked.at for asked in web.site.asked if asked.path != "/robots.txt"]
    assert min(later - earlier for earlier, later in pairwise(asked)) >= 0.05, "on their way they may draw nearer"


async def test_a_host_that_asks_for_a_rest_gets_it_and_its_page_is_had(web: Web) -> None:
    asked: list[Asked] = []

    def busy(one: Asked) -> Page:
        asked.append(one)
        return Page(b"later", 503, {"retry-after": "1"}) if len(asked) < 3 else html(text="now")

    web.site.pages |= {"/": html("/busy", "/b"), "/busy": busy, "/b": html(text="two")}
    job = await web.crawl()
    assert (job.status, job.pages_fetched, job.pages) == ("completed", 3, 3)
    assert len(asked) == 3
    assert asked[1].at - asked[0].at >= 0.99


async def test_a_host_that_wants_to_be_left_alone_is(web: Web) -> None:
    away = Page(b"much later", 503, {"retry-after": "86400"})
    web.site.pages |= {"/": html("/a", "/b", "/c"), "/a": html(text="one"), "/b": away, "/c": html(text="three")}
    job = await web.crawl()
    assert await web.verdicts(job.id) == {
        "/": ("fetched", None),
        "/a": ("fetched", None),
        "/b": ("failed", "http_503"),
        "/c": ("failed", "host_away"),
    }
    assert "/c" not in web.site.paths


async def test_a_deleted_collection_ends_its_runs_and_takes_them_along(web: Web) -> None:
    gate = asyncio.Event()
    web.site.pages |= {"/": html("/a"), "/a": html(text="one")}
    web.site.gates["/a"] = gate.wait
    crawl = await web.save()
    job_id = await web.start(web.plan(), crawl)
    walking = asyncio.create_task(web.walk(job_id))
    await until(lambda: web.site.waited)
    path = f"/v1/modules/scaimatrix/collections/{web.collection_id}"
    assert (await web.acme.client("admin").delete(path)).status_code == 200
    with pytest.raises(PlatformError) as gone:
        await walking
    assert gone.value.code == "COLLECTION_NOT_FOUND"
    gate.set()
    held = Held(new_id("job"), web.acme.id, JobKind.ERASE_COLLECTION, web.collection_id, new_id("lse"), 1)

    async def erased() -> bool:
        return await erase_collection(web.running.platform, held) is None

    await eventually(erased)
    async with web.running.platform.transactions.open(Reach.one(web.acme.id), writes=False) as transaction:
        for kind in (Crawl, CrawlJob, CrawlPage):
            mine = select(func.count()).select_from(kind).where(kind.tenant_id == web.acme.id)
            assert await transaction.session.scalar(mine) == 0


async def test_a_run_whose_walkers_die_one_after_the_other_ends_in_words(web: Web) -> None:
    job_id = await web.start()
    gate = asyncio.Event()
    web.site.pages |= {"/": html()}
    web.site.gates["/"] = gate.wait
    walking = asyncio.create_task(web.walk(job_id))
    await until(lambda: web.site.waited)
    walking.cancel()
    await asyncio.wait([walking])
    gate.set()
    platform, abandoned = web.running.platform, Failed("WORK_ABANDONED", "time after time")
    await crawl_failed(platform, web.held(job_id), abandoned)
    assert (await web.job(job_id)).status == "running"  # for whoever does not hold its job has no say
    async with platform.transactions.open(Reach.one(web.acme.id)) as transaction:
        job = (await transaction.session.scalars(select(Job).where(Job.subject_id == job_id))).one()
        job.lease = "lse_of_who_gives_up"
        held = replace(web.held(job_id), id=job.id, lease="lse_of_who_gives_up")
    await crawl_failed(platform, held, abandoned)
    ended = await web.job(job_id)
    assert (ended.status, ended.error_code, ended.pages_queued) == ("failed", "WORK_ABANDONED", 0)
