"""Signed events bring changes within seconds; whatever is not signed brings nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.db.tenancy import Reach
from app.identity.directory.tables import DirectoryEvent
from tests.app.identity.asking import refusal, same_but_for_the_request
from tests.app.identity.directory.world import PATH, Followed, tell, where
from tests.world.directory import Held, event, signed
from tests.world.patience import PATIENCE, eventually
from tests.world.platform import Running, fresh, unique
from tests.world.scaikey import ScaiKey

REFUSED = (401, "WEBHOOK_SIGNATURE_INVALID")


async def test_a_change_there_is_seen_here_within_seconds(tenant: Followed) -> None:
    await tenant.arrive("ada")
    await tenant.follow()
    tenant.group("staff", "ada")
    assert (await tenant.tell()).json()["data"] == {"received": True}

    async def is_in() -> bool:
        return await tenant.edges() == {"staff": {"ada"}}

    await eventually(is_in)  # reading it of one's own accord is an hour away


BODY = event("evt_bad", "ext")
BAD: dict[str, Callable[[], dict[str, str]]] = {
    "nothing": dict,
    "another secret": lambda: signed(BODY, secret="guessed"),
    "too old": lambda: signed(BODY, at=time.time() - 301),
    "from the future": lambda: signed(BODY, at=time.time() + 86_400),
    "another body": lambda: signed(BODY + b" "),
    "no signature": lambda: {"X-ScaiKey-Signature": f"t={int(time.time())}"},
    "nonsense": lambda: {"X-ScaiKey-Signature": "v1=\u00e9"},
    "a good key instead": lambda: {"Authorization": "Bearer sgk_" + "r" * 40},
}


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD.keys())
async def test_what_is_not_signed_as_it_must_be_is_refused(
    following: Running, headers: Callable[[], dict[str, str]]
) -> None:
    sent: dict[str, Any] = {name: value.encode("latin-1") for name, value in headers().items()}
    answer = await tell(following, BODY, sent)
    assert refusal(answer) == REFUSED


async def test_without_a_secret_here_every_event_is_refused_alike(following: Running, provider: ScaiKey) -> None:
    refused = await tell(following, BODY, signed(BODY, secret="guessed"))
    async with fresh(scaikey=where(provider, webhook_secret="")) as other:
        assert same_but_for_the_request(refused, await tell(other, BODY))
        assert same_but_for_the_request(refused, await tell(other, BODY, signed(BODY, secret="")))
    async with fresh() as alone:
        assert same_but_for_the_request(refused, await tell(alone, BODY))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"text"', b'{"id": NaN}', b"[" * 100_000])
async def test_what_is_no_event_is_told_so_only_with_a_good_signature(following: Running, body: bytes) -> None:
    assert refusal(await tell(following, body)) == (422, "VALIDATION_ERROR")
    assert refusal(await tell(following, body, signed(body, secret="guessed"))) == REFUSED


async def test_an_event_of_endless_length_is_not_read_to_its_end(following: Running) -> None:
    body = b'{"id": "' + b"x" * 300_000 + b'"}'
    assert refusal(await tell(following, body)) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_repeated_event_is_answered_as_before_and_does_nothing(tenant: Followed) -> None:
    await tenant.follow()
    body = event(unique("evt"), tenant.external)
    first = await tell(tenant.running, body)
    heard = (await stands(tenant))["heard"]
    for again in (signed(body), signed(body, at=time.time() - 200)):
        answer = await tell(tenant.running, body, again)
        assert (answer.status_code, answer.json()["data"]) == (200, first.json()["data"])
    together = await asyncio.gather(*(tell(tenant.running, body) for _ in range(5)))
    assert {answer.status_code for answer in together} == {200}
    assert (await stands(tenant))["heard"] == heard


async def stands(tenant: Followed) -> dict[str, Any]:
    mirror = await tenant.mirror()
    assert mirror is not None
    return {"heard": mirror.heard, "begun": mirror.begun, "applied": mirror.applied}


@pytest.mark.parametrize(
    "said",
    [
        {"tenant_id": None, "data": {"tenant_id": "{external}"}},
        {"tenant_id": None},
        {"tenant_id": "nobody-knows"},
        {"tenant_id": 7, "data": []},
        {"id": None},
        {"id": 7},
    ],
)
async def test_whatever_a_genuine_event_says_the_directory_is_read(tenant: Followed, said: dict[str, Any]) -> None:
    await tenant.follow()
    before = (await stands(tenant))["heard"]
    body = event(unique("evt"), tenant.external, **said).replace(b"{external}", tenant.external.encode())
    assert (await tell(tenant.running, body)).status_code == 200
    assert (await stands(tenant))["heard"] == before + 1


async def test_an_event_about_one_tenant_leaves_the_others_alone(tenant: Followed, provider: ScaiKey) -> None:
    await tenant.follow()
    before = await stands(tenant)
    async with tenant.running.client(tenant.running.root_key) as root:
        made = {"slug": unique("t"), "display_name": "T", "partner_id": tenant.here.partner_id}
        await root.post("/v1/tenants", json=made | {"external_id": made["slug"]})
    assert (await tell(tenant.running, event(unique("evt"), made["slug"]))).status_code == 200
    assert (await stands(tenant))["heard"] == before["heard"]


async def test_a_hundred_events_make_few_readings_and_the_last_is_not_lost(tenant: Followed) -> None:
    await tenant.follow()
    before = await stands(tenant)
    tenant.group("staff", "person-0")
    # However slowly they come, they come during a reading, and of this tenant: those of other tests are followed too.
    tenant.directory.before = held = Held(f"{tenant.id_of('staff')}/members")
    async with tenant.running.client() as sender:
        for number in range(100):
            tenant.group("staff", f"person-{number}")
            body = event(unique("evt"), tenant.external)
            assert (await sender.post(PATH, content=body, headers=signed(body))).status_code == 200
            if number == 0:
                await asyncio.wait_for(held.arrived.wait(), PATIENCE)
    held.free.set()

    async def is_last() -> bool:
        return await tenant.edges() == {"staff": {"person-99?"}}

    await eventually(is_last)
    assert (await stands(tenant))["begun"] - before["begun"] <= 10


async def test_a_change_that_comes_during_a_reading_causes_another(tenant: Followed) -> None:
    tenant.group("staff", "ada")
    held = Held(f"{tenant.id_of('staff')}/members")
    tenant.directory.before = held
    await tenant.tell()
    await asyncio.wait_for(held.arrived.wait(), PATIENCE)  # ada is on her way
    tenant.group("staff", "ben")
    await tenant.tell()
    held.free.set()

    async def is_new() -> bool:
        return await tenant.edges() == {"staff": {"ben?"}}

    await eventually(is_new)


async def test_events_are_forgotten_after_a_day(tenant: Followed) -> None:
    body = event(unique("evt"), tenant.external)
    await tell(tenant.running, body)
    hooks, transactions = tenant.running.platform.directory_hooks, tenant.running.platform.transactions
    assert hooks is not None
    await hooks.sweep()
    assert await remembered(tenant) > 0
    async with transactions.open(Reach.everywhere()) as transaction:
        await transaction.session.execute(update(DirectoryEvent).values(forget_at=transaction.clock.now()))
    await hooks.sweep()
    assert await remembered(tenant) == 0


async def remembered(tenant: Followed) -> int:
    async with tenant.running.platform.transactions.open(Reach.everywhere(), writes=False) as transaction:
        return int(await transaction.session.scalar(select(func.count()).select_from(DirectoryEvent)) or 0)


async def test_other_methods_are_not_taken_for_events(following: Running) -> None:
    async with following.client(following.root_key) as admin:
        assert (await admin.get(PATH)).status_code == 404  # an outgoing webhook of that name, which there is not
        assert (await admin.put(PATH)).status_code == 405
