"""Uses of keys are noted without making anybody wait, and written down in time."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event, select

from app.clock import FixedClock
from app.db.tenancy import Reach
from app.identity.key_uses import KeyUses
from app.identity.tables import ApiKey, KeyUse
from tests.world.patience import PATIENCE, eventually, until
from tests.world.people import Organisation
from tests.world.platform import Running

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


async def key_id_of(acme: Organisation, running: Running) -> str:
    """The id of a key that nobody uses but the test."""
    async with running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        mine = select(ApiKey.id).where(ApiKey.user_id == acme.people["user"].id)
        return str(await transaction.session.scalar(mine))


async def written(running: Running, key_id: str) -> datetime | None:
    async with running.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        row = await transaction.session.get(KeyUse, key_id)
        return None if row is None else row.last_used_at


async def test_a_use_is_written_down_after_a_while_and_at_the_end(acme: Organisation, running: Running) -> None:
    key_id, clock = await key_id_of(acme, running), FixedClock(NOON)
    uses = KeyUses(running.platform.database.lanes, clock, every=0.05)
    uses.note(key_id)
    assert await eventually(lambda: written(running, key_id)) == NOON
    await uses.aclose()
    clock.advance(timedelta(hours=1))
    uses = KeyUses(running.platform.database.lanes, clock, every=3600)
    uses.note(key_id)
    assert await written(running, key_id) == NOON
    await uses.aclose()
    assert await written(running, key_id) == NOON + timedelta(hours=1)


async def test_an_earlier_use_of_another_process_changes_nothing(acme: Organisation, running: Running) -> None:
    key_id = await key_id_of(acme, running)
    late = KeyUses(running.platform.database.lanes, FixedClock(NOON))
    early = KeyUses(running.platform.database.lanes, FixedClock(NOON - timedelta(minutes=1)))
    for uses in (late, early):
        uses.note(key_id)
        await uses.aclose()
    assert await written(running, key_id) == NOON


async def test_a_key_that_is_gone_is_passed_over(acme: Organisation, running: Running) -> None:
    key_id = await key_id_of(acme, running)
    uses = KeyUses(running.platform.database.lanes, FixedClock(NOON))
    uses.note("apikey_gone")
    uses.note(key_id)
    await uses.aclose()
    assert await written(running, key_id) == NOON
    assert await written(running, "apikey_gone") is None


async def test_noting_a_use_makes_nothing_stale(acme: Organisation, running: Running) -> None:
    epochs = running.platform.credentials.epochs
    key_id = await key_id_of(acme, running)
    before = await epochs.read(acme.id)
    uses = KeyUses(running.platform.database.lanes, FixedClock(NOON))
    uses.note(key_id)
    await uses.aclose()
    assert await epochs.read(acme.id) == before
    async with running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        assert await transaction.session.get(ApiKey, key_id) is not None


async def test_a_use_is_known_while_it_is_written_down_and_by_who_began_to_read_before(
    acme: Organisation, running: Running
) -> None:
    key_id, lanes = await key_id_of(acme, running), running.platform.database.lanes
    uses, writing, goes_on = KeyUses(lanes, FixedClock(NOON), every=3600), threading.Event(), threading.Event()

    def hold(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.current_thread() is not threading.main_thread() and KeyUse.__tablename__ in statement:
            writing.set()
            goes_on.wait(PATIENCE)

    uses.note(key_id)
    async with running.platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        assert await uses.last(transaction.session, [key_id]) == {key_id: NOON}
        event.listen(lanes, "before_cursor_execute", hold)
        flushing = asyncio.create_task(uses.flush())
        try:
            await until(writing.is_set)
            assert await uses.last(transaction.session, [key_id]) == {key_id: NOON}
        finally:
            goes_on.set()
            await flushing
            event.remove(lanes, "before_cursor_execute", hold)
        assert await uses.last(transaction.session, [key_id]) == {key_id: NOON}
    await uses.aclose()
