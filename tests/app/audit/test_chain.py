"""Whether tampering with the trail is found, and whether the chain grows right when many add to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from app.audit.chain import Entry, append, link
from app.audit.tables import AuditEvent, AuditHead
from app.audit.verify import inspect
from app.clock import SystemClock
from app.db.tenancy import Reach, RowFixed, TenantSession
from tests.app.audit.test_events import note
from tests.world.lanes import writing
from tests.world.people import Organisation, organisation


def _of(tenant: Organisation, number: int) -> Any:
    return (AuditEvent.tenant_id == tenant.id) & (AuditEvent.number == number)


async def _fault(tenant: Organisation) -> tuple[str, int] | None:
    found = (await tenant.client("admin").get("/v1/audit/verify")).json()["data"]
    assert found["intact"] is (found["broken"] is None)
    return None if found["intact"] else (found["broken"]["fault"], found["broken"]["number"])


@pytest.fixture
async def told(acme: Organisation) -> Organisation:
    await note(acme.running, acme.id, *(f"thing.{n}" for n in range(1, 7)), actor_id="usr_é")
    assert await _fault(acme) is None
    return acme


async def test_an_empty_trail_holds(acme: Organisation) -> None:
    assert await _fault(acme) is None


@pytest.mark.parametrize(
    "said",
    [{"action": "x"}, {"actor_id": "usr_b"}, {"outcome": "refused"}, {"details": {"a": 1}}, {"target_id": "t"}],
)
async def test_a_changed_event_is_found(told: Organisation, said: dict[str, Any]) -> None:
    async with writing(told.running.platform.database) as connection:
        connection.execute(update(AuditEvent).where(_of(told, 3)).values(**said))
    assert await _fault(told) == ("changed", 3)


async def test_an_event_taken_out_is_found(told: Organisation) -> None:
    async with writing(told.running.platform.database) as connection:
        connection.execute(delete(AuditEvent).where(_of(told, 3)))
    assert await _fault(told) == ("missing", 3)


async def test_the_newest_events_taken_off_are_found(told: Organisation) -> None:
    async with writing(told.running.platform.database) as connection:
        connection.execute(delete(AuditEvent).where(AuditEvent.tenant_id == told.id, AuditEvent.number > 4))
    assert await _fault(told) == ("truncated", 5)


async def test_everything_taken_out_is_found(told: Organisation) -> None:
    async with writing(told.running.platform.database) as connection:
        connection.execute(delete(AuditEvent).where(AuditEvent.tenant_id == told.id))
    assert await _fault(told) == ("truncated", 1)


async def test_two_events_that_changed_places_are_found(told: Organisation) -> None:
    async with writing(told.running.platform.database) as connection:
        for number, place in ((2, 99), (3, 2), (99, 3)):
            connection.execute(update(AuditEvent).where(_of(told, number)).values(number=place))
    assert await _fault(told) == ("changed", 2)


async def test_an_event_with_a_digest_made_to_fit_is_found_at_the_next_link(told: Organisation) -> None:
    async with writing(told.running.platform.database) as connection:
        _forge(connection, told, 3, action="forged")
    assert await _fault(told) == ("reordered", 4)


async def test_a_forged_newest_event_is_found_at_the_head(told: Organisation) -> None:
    async with writing(told.running.platform.database) as connection:
        _forge(connection, told, 6, action="forged")
    assert await _fault(told) == ("changed", 6)


async def test_an_event_slipped_in_behind_the_head_is_found(told: Organisation) -> None:
    async with writing(told.running.platform.database) as connection:
        row = dict(connection.execute(select(AuditEvent).where(_of(told, 6))).mappings().one())
        row |= {"id": f"evt_slipped{told.slug}", "number": 7, "previous": row["digest"]}
        connection.execute(insert(AuditEvent), [row | {"digest": _link(row)}])
    assert await _fault(told) == ("unannounced", 7)


def _forge(connection: Connection, tenant: Organisation, number: int, **said: Any) -> None:
    row = dict(connection.execute(select(AuditEvent).where(_of(tenant, number))).mappings().one()) | said
    connection.execute(update(AuditEvent).where(_of(tenant, number)).values(**said, digest=_link(row)))


def _link(row: dict[str, Any]) -> str:
    return link(row)


async def test_many_who_add_at_once_make_one_chain_per_tenant(acme: Organisation) -> None:
    other = await organisation(acme.running)
    engine, now = acme.running.platform.database.lanes, SystemClock().now()

    def add(n: int) -> None:
        for tenant in (acme, other) if n % 2 else (other, acme):
            with engine.begin() as connection:
                connection.execute(select(AuditHead)).all()
                append(connection, [Entry(tenant.id, f"thing.{n}", now), Entry(tenant.id, f"more.{n}", now)])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(24)))
    with engine.connect() as connection:
        for tenant in (acme, other):
            found = inspect(connection, tenant.id)
            assert (found.intact, found.checked) == (True, 48)


async def test_a_session_refuses_to_change_or_remove_an_event(told: Organisation) -> None:
    async def rename(session: TenantSession) -> None:
        (await session.scalars(select(AuditEvent))).first().action = "x"  # type: ignore[union-attr] # there are some

    async def remove(session: TenantSession) -> None:
        await session.delete((await session.scalars(select(AuditEvent))).first())

    async def rename_all(session: TenantSession) -> None:
        await session.execute(update(AuditEvent).values(action="x"))

    async def remove_all(session: TenantSession) -> None:
        await session.execute(delete(AuditEvent))

    for deed in (rename, remove, rename_all, remove_all):
        with pytest.raises(RowFixed):
            await _try(told, deed)
    assert await _fault(told) is None


async def _try(tenant: Organisation, deed: Callable[[TenantSession], Awaitable[None]]) -> None:
    async with tenant.running.platform.transactions.open(Reach.one(tenant.id)) as transaction:
        await deed(transaction.session)
