"""A reading that is not whole replaces nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from app.clock import SystemClock
from app.identity.directory.bearer import ClientBearer
from app.identity.directory.client import DirectoryClient
from app.identity.directory.reading import ReadingFailed
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from tests.app.identity.directory.world import Followed
from tests.world.directory import CLIENT, Answer
from tests.world.patience import PATIENCE, eventually
from tests.world.scaikey import ScaiKey


def groups_only(change: Callable[[int, dict[str, Any]], object]) -> Callable[[str, int, Answer], Answer]:
    """Change what a page of the list of groups says."""

    def twist(path: str, page: int, made: Answer) -> Answer:
        status, said = made
        if path.endswith("/groups"):
            said = {**said, "items": list(said["items"])}
            change(page, said)
        return status, said

    return twist


def members_only(change: Callable[[dict[str, Any]], object]) -> Callable[[str, int, Answer], Answer]:
    """Change what is said of a group's members."""

    def twist(path: str, _: int, made: Answer) -> Answer:
        status, said = made
        if path.endswith("/members"):
            said = {**said, "items": list(said["items"])}
            change(said)
        return status, said

    return twist


def on_page(number: int, change: Callable[[dict[str, Any]], object]) -> Callable[[str, int, Answer], Answer]:
    return groups_only(lambda page, said: change(said) if page == number else None)


def answering(ending: str, status: int, page: int = 1) -> Callable[[str, int, Answer], Answer]:
    return lambda path, at, made: (status, {}) if path.endswith(ending) and at == page else made


GROUP = {"id": "odd", "name": "Odd"}
FAULTS = {
    "a page is missing": (on_page(2, lambda said: said.update(items=[])), "incomplete"),
    "a page fails": (answering("/groups", 500, page=2), "away"),
    "a page is not there": (answering("/groups", 404, page=2), "not_there"),
    "the tenant is not there": (answering("/groups", 404), "not_there"),
    "we may not": (answering("/groups", 403), "refused"),
    "a group's members fail": (answering("/members", 500), "away"),
    "a group is gone meanwhile": (answering("/members", 404), "not_there"),
    "fewer than the total": (groups_only(lambda _, said: said.update(total=said["total"] + 1)), "incomplete"),
    "more than the total": (groups_only(lambda _, said: said.update(total=1)), "incomplete"),
    "the total changes": (on_page(2, lambda said: said.update(total=said["total"] + 1)), "incomplete"),
    "no total": (on_page(1, lambda said: said.pop("total")), "malformed"),
    "a total that is no number": (groups_only(lambda _, said: said.update(total="3")), "malformed"),
    "a total that is true": (groups_only(lambda _, said: said.update(total=True)), "malformed"),
    "an item twice": (on_page(1, lambda said: said["items"].__setitem__(1, said["items"][0])), "incomplete"),
    "an id under two names": (
        on_page(1, lambda said: said["items"].__setitem__(1, {**said["items"][0], "name": "Other"})),
        "incomplete",
    ),
    "another page than was asked for": (on_page(2, lambda said: said.update(page=1)), "incomplete"),
    "no items": (on_page(1, lambda said: said.pop("items")), "malformed"),
    "items that are no list": (on_page(1, lambda said: said.update(items={})), "malformed"),
    "an item without id": (on_page(1, lambda said: said["items"].__setitem__(0, {"name": "X"})), "malformed"),
    "an item without name": (on_page(1, lambda said: said["items"].__setitem__(0, {"id": "x"})), "malformed"),
    "an id that is a number": (on_page(1, lambda said: said["items"].__setitem__(0, {**GROUP, "id": 7})), "malformed"),
    "an empty id": (on_page(1, lambda said: said["items"].__setitem__(0, {**GROUP, "id": ""})), "malformed"),
    "an endless id": (on_page(1, lambda said: said["items"].__setitem__(0, {**GROUP, "id": "x" * 191})), "malformed"),
    "half a character": (on_page(1, lambda said: said["items"].__setitem__(0, {**GROUP, "id": "\ud800"})), "malformed"),
    "a member of no kind": (members_only(lambda said: said["items"].append({"type": "robot", "id": "r"})), "malformed"),
    "a member twice": (members_only(lambda said: said["items"].extend(said["items"][:1])), "incomplete"),
    "members fewer than said": (members_only(lambda said: said.update(total=9)), "incomplete"),
}


@asynccontextmanager
async def reading(provider: ScaiKey) -> AsyncIterator[DirectoryClient]:
    """What reads, without anything that writes."""
    async with httpx.AsyncClient(
        transport=GuardedTransport(Guard.for_configured()), timeout=PATIENCE, trust_env=False
    ) as client:
        yield DirectoryClient(provider.url, ClientBearer(provider.url, *CLIENT, SystemClock(), client), client)


@pytest.mark.parametrize(("twist", "fault"), FAULTS.values(), ids=FAULTS.keys())
async def test_whatever_is_odd_ends_the_reading(
    provider: ScaiKey, twist: Callable[[str, int, Answer], Answer], fault: str
) -> None:
    for name in ("a", "b", "c"):
        provider.directory.group("odd", name, ("user", "ada"))
    async with reading(provider) as client:
        provider.directory.per_page = 2
        assert len((await client.read("odd")).groups) == 3
        provider.directory.twist = twist
        with pytest.raises(ReadingFailed) as failed:
            await client.read("odd")
        provider.directory.per_page, provider.directory.twist = 100, None
    assert failed.value.fault == fault


@pytest.mark.parametrize("name", ["a page fails", "the tenant is not there", "members fewer than said"])
async def test_a_reading_that_failed_leaves_what_was_read_before(tenant: Followed, name: str) -> None:
    for group in ("a", "b", "c"):
        tenant.group(group, "ada")
    await tenant.follow()
    before = await tenant.edges()
    tenant.group("d", "ada")
    tenant.group("a")
    tenant.directory.remove(tenant.external, tenant.id_of("b"))
    tenant.directory.per_page = 2
    tenant.directory.twist, fault = FAULTS[name]
    stands = await tenant.follow(fails=True)
    assert (stands.fault, stands.applied < stands.begun) == (fault, True)
    assert await tenant.edges() == before
    tenant.directory.per_page, tenant.directory.twist = 100, None
    stands = await tenant.follow()
    assert (stands.fault, stands.failures, stands.failing_since) == (None, 0, None)
    assert await tenant.edges() == {"a": set(), "c": {"ada?"}, "d": {"ada?"}}


async def test_a_list_that_moves_between_two_pages_is_thrown_away(tenant: Followed) -> None:
    """One group goes and another comes: the total stays, and a third would be passed over."""
    for name in ("a", "b", "c", "d"):
        tenant.group(name)
    await tenant.follow()
    tenant.directory.per_page, moved = 2, asyncio.Event()

    async def move(path: str, page: int) -> None:
        if path.endswith("/groups") and page == 1 and not moved.is_set():
            moved.set()
            tenant.directory.remove(tenant.external, tenant.id_of("a"))
            tenant.group("e")

    tenant.directory.before = move
    assert (await tenant.follow(fails=True)).fault == "incomplete"
    assert set(await tenant.edges()) == {"a", "b", "c", "d"}
    await tenant.follow()
    assert set(await tenant.edges()) == {"b", "c", "d", "e"}
    tenant.directory.per_page = 100


async def test_many_pages_of_groups_and_members_are_read_whole(tenant: Followed) -> None:
    people = {f"person-{number}" for number in range(7)}
    for number in range(5):
        tenant.group(f"g{number}", *people)
    tenant.directory.per_page = 3
    await tenant.follow()
    tenant.directory.per_page = 100
    assert await tenant.edges() == {f"g{number}": {f"{name}?" for name in people} for number in range(5)}


async def test_a_failed_reading_is_tried_again_without_being_told(tenant: Followed) -> None:
    tenant.group("staff")
    tenant.directory.twist = answering("/groups", 500)
    await tenant.follow(fails=True)
    tenant.directory.twist = None

    async def read() -> bool:
        return bool(await tenant.groups())

    await eventually(read)


async def test_a_member_group_of_elsewhere_means_nothing(tenant: Followed) -> None:
    tenant.group("staff", "ada")
    tenant.directory.members[tenant.id_of("staff")].append(("group", "of-another-tenant"))
    await tenant.follow()
    assert await tenant.edges() == {"staff": {"ada?"}}
