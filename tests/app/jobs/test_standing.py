"""While a tenant is suspended its jobs stand still; nobody else's do, and nothing of it is lost."""

from __future__ import annotations

from app.db.tenancy import Reach
from app.identity.tables import ACTIVE, SUSPENDED, Tenant
from app.jobs.kinds import JobKind, Lane
from app.jobs.leases import LEASE
from app.jobs.looking import Overview, overview, unbegun
from tests.app.jobs.desk import Desk
from tests.world.people import organisation


async def put(desk: Desk, status: str) -> None:
    async with desk.running.platform.transactions.open(Reach.everywhere()) as transaction:
        (await transaction.session.get_one(Tenant, desk.shop.id)).status = status


async def test_a_suspended_tenants_jobs_are_not_begun_and_go_on_when_it_is_active(mine: Desk) -> None:
    other = await organisation(mine.running)
    await put(mine, SUSPENDED)
    for number in range(20):  # more than are looked at together
        await mine.ask(f"doc_{number:02}")
    await mine.ask("doc_other", tenant=other.id)
    assert await mine.taken() == ["doc_other"]
    await put(mine, ACTIVE)
    assert len(await mine.taken()) == 20


async def test_what_was_under_way_is_let_go_and_is_not_blamed(mine: Desk) -> None:
    await mine.ask("doc_1")
    held = await mine.take()
    await put(mine, SUSPENDED)
    assert await mine.does(mine.leases.renew, [held]) == []
    assert await mine.does(mine.leases.give_back, held)
    assert await mine.claim() is None
    await put(mine, ACTIVE)
    assert (await mine.take()).attempt == 1


async def test_what_a_dead_worker_left_is_not_taken_over_either(mine: Desk) -> None:
    await mine.ask("doc_1")
    await mine.take()
    await put(mine, SUSPENDED)
    mine.later(LEASE.total_seconds())
    assert await mine.claim() is None
    await put(mine, ACTIVE)
    assert (await mine.take()).lost == 1


async def test_what_was_deleted_is_erased_all_the_same(mine: Desk) -> None:
    await put(mine, SUSPENDED)
    await mine.ask("doc_1", kind=JobKind.ERASE_DOCUMENT)
    held = await mine.take()
    assert await mine.does(mine.leases.renew, [held]) == [held.lease]


async def test_nobody_is_reminded_of_them_and_nobody_seems_idle(mine: Desk) -> None:
    await mine.ask("doc_1")
    await put(mine, SUSPENDED)
    mine.later(600)
    now = mine.clock.now()
    with mine.leases.engine.connect() as connection:
        assert overview(connection, now) == Overview(0, 0, None)
        assert unbegun(connection, Lane.INGEST, now, now, 10) == []
