"""What comes after a run: others are told that it ended, and one day its ledger goes."""

from __future__ import annotations

from sqlalchemy import select, update

from app.db.tenancy import Reach
from app.ids import new_id
from app.webhooks.events import Event
from app.webhooks.tables import Webhook, WebhookDelivery
from indexing.crawls.forgetting import KEPT, forget_ledgers
from indexing.crawls.tables import CrawlJob
from tests.indexing.crawls.walks.walking import Web, html


async def listen(web: Web) -> None:
    now = web.running.platform.clock.now()
    async with web.running.platform.transactions.open(Reach.one(web.acme.id)) as transaction:
        transaction.session.add(
            Webhook(
                id=new_id("whk"),
                tenant_id=web.acme.id,
                url="http://127.0.0.1:9/",
                events=[Event.CRAWL_COMPLETED],
                sealed_secret="",
                created_at=now,
                updated_at=now,
            )
        )


async def told(web: Web) -> list[dict[str, object]]:
    wanted = select(WebhookDelivery.payload).where(WebhookDelivery.tenant_id == web.acme.id)
    async with web.running.platform.transactions.open(Reach.one(web.acme.id), writes=False) as transaction:
        return list(await transaction.session.scalars(wanted))


async def test_others_are_told_once_when_a_run_is_complete(web: Web) -> None:
    await listen(web)
    web.site.pages |= {"/": html("/a"), "/a": html(text="one")}
    await web.crawl(dry_run=True)
    assert await told(web) == []
    job = await web.crawl()
    assert await web.walk(job.id) is None
    assert await told(web) == [
        {
            "job_id": job.id,
            "crawl_id": None,
            "collection_id": web.collection_id,
            "status": "completed",
            "pages_fetched": 2,
            "pages_unchanged": 0,
            "pages_skipped": 0,
            "pages_failed": 0,
            "bytes_fetched": job.bytes_fetched,
            "stopped_by": None,
        }
    ]


async def test_what_a_run_met_is_kept_for_a_season_and_the_run_for_good(web: Web) -> None:
    web.site.pages |= {"/": html("/a"), "/a": html(text="one")}
    old, new = await web.crawl(), await web.crawl()
    platform = web.running.platform
    long_ago = platform.clock.now() - KEPT * 1.01
    async with platform.transactions.open(Reach.one(web.acme.id)) as transaction:
        await transaction.session.execute(
            update(CrawlJob).where(CrawlJob.id == old.id).values(finished_at=long_ago),
            execution_options={"synchronize_session": False},
        )
    assert await platform.writer.write(lambda writing: forget_ledgers(writing.on, writing.at)) == 2
    assert await platform.writer.write(lambda writing: forget_ledgers(writing.on, writing.at)) == 0
    assert (await web.ledger(old.id), len(await web.ledger(new.id))) == ([], 2)
    assert (await web.job(old.id)).pages_fetched == 2
