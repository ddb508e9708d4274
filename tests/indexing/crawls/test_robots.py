"""A host is asked for its rules once; what it answers instead of them is read as RFC 9309 has it."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import AsyncExitStack

import pytest

from app.outbound.client import OutboundClient
from app.outbound.guard import Guard
from app.outbound.transport import GuardedTransport
from indexing.crawls.reasons import Reason
from indexing.crawls.robots import Robots
from indexing.crawls.rules import LONGEST_FILE
from tests.world.patience import until
from tests.world.upstream import Answer, Upstream, upstream

FORBIDS = b"User-agent: *\nDisallow: /x\nCrawl-delay: 3\n"


def redirect(location: str) -> Answer:
    return Answer(302, [b"moved"], headers=[("Location", location)], chunked=False)


async def asked(client: OutboundClient, host: Upstream) -> tuple[bool, bool, Reason]:
    """Whether /x and /y may be fetched, and why not what may not."""
    rules = await Robots(client).of(host.url)
    return rules.may(f"{host.url}/x"), rules.may(f"{host.url}/y"), rules.forbids


async def test_rules_are_those_of_the_file(host: Upstream, client: OutboundClient) -> None:
    host.says_at("/robots.txt", Answer(pieces=[FORBIDS[:9], FORBIDS[9:]], content_type="text/plain"))
    assert await asked(client, host) == (False, True, Reason.ROBOTS)
    assert (await Robots(client).of(host.url)).delay == 3
    assert {asked.path for asked in host.asked} == {"/robots.txt"}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451])
async def test_no_file_allows_everything(host: Upstream, client: OutboundClient, status: int) -> None:
    host.says_at("/robots.txt", Answer(status, [FORBIDS]))
    assert await asked(client, host) == (True, True, Reason.ROBOTS)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 599, 302, 304])
async def test_a_file_that_cannot_be_had_forbids_everything(
    host: Upstream, client: OutboundClient, status: int
) -> None:
    host.says_at("/robots.txt", Answer(status, [], chunked=False))
    assert await asked(client, host) == (False, False, Reason.ROBOTS_UNREACHABLE)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(pieces=[FORBIDS], cut=True),
        Answer(pieces=[b"junk\r\n\r\n"], raw=True),
        Answer(headers=[("X-Long", "y" * 70_000)]),
        Answer(pieces=[b"xyz"], headers=[("Content-Encoding", "gzip")]),
    ],
)
async def test_a_broken_answer_forbids_everything(host: Upstream, client: OutboundClient, answer: Answer) -> None:
    host.says_at("/robots.txt", answer)
    assert await asked(client, host) == (False, False, Reason.ROBOTS_UNREACHABLE)


async def test_nobody_there_forbids_everything(host: Upstream, client: OutboundClient) -> None:
    rules = await Robots(client).of("http://no-such-host.invalid")
    assert (rules.may("http://no-such-host.invalid/"), rules.forbids) == (False, Reason.ROBOTS_UNREACHABLE)


async def test_a_host_out_of_bounds_is_said_to_be_that(private: Upstream, client: OutboundClient) -> None:
    assert await asked(client, private) == (False, False, Reason.BLOCKED_ADDRESS)
    assert private.connections == 0


async def test_a_file_elsewhere_is_followed_five_times_but_not_out_of_bounds(
    host: Upstream, private: Upstream, client: OutboundClient
) -> None:
    for number in range(1, 7):
        host.says_at(f"/{number}", redirect(f"/{number - 1}"))
    host.says_at("/0", Answer(pieces=[FORBIDS]))
    host.says_at("/robots.txt", redirect("/4"))
    assert await asked(client, host) == (False, True, Reason.ROBOTS)
    host.says_at("/robots.txt", redirect("/5"))
    assert await asked(client, host) == (True, True, Reason.ROBOTS)
    host.says_at("/robots.txt", redirect("/robots.txt"))
    assert await asked(client, host) == (True, True, Reason.ROBOTS)
    host.says_at("/robots.txt", redirect(f"{private.url}/robots.txt"))
    assert await asked(client, host) == (False, False, Reason.ROBOTS_UNREACHABLE)
    assert private.connections == 0


@pytest.mark.parametrize("packed", [False, True])
async def test_an_endless_file_is_read_as_far_as_it_must(host: Upstream, client: OutboundClient, packed: bool) -> None:
    filler = b"# nothing\n" * (LONGEST_FILE // 10)
    pieces = [FORBIDS, *[filler] * 20]
    if packed:
        answer = Answer(pieces=[gzip.compress(b"".join(pieces), mtime=0)], headers=[("Content-Encoding", "gzip")])
    else:
        answer = Answer(pieces=pieces, hang=True)
    host.says_at("/robots.txt", answer)
    assert await asked(client, host) == (False, True, Reason.ROBOTS)


async def test_many_who_ask_cost_one_question(host: Upstream, client: OutboundClient) -> None:
    host.says_at("/robots.txt", Answer(pieces=[FORBIDS], before_s=0.05))
    robots = Robots(client)
    rules = await asyncio.gather(*(robots.of(host.url) for _ in range(20)))
    assert len(host.asked) == 1
    assert all(each is rules[0] for each in rules)
    await robots.of(host.url)
    assert len(host.asked) == 1


async def test_who_waits_for_somebody_called_off_asks_anew(host: Upstream, client: OutboundClient) -> None:
    host.says_at("/robots.txt", Answer(silent=True))
    robots = Robots(client)
    first = asyncio.create_task(robots.of(host.url))
    await until(lambda: host.asked)
    second = asyncio.create_task(robots.of(host.url))
    await asyncio.sleep(0)
    host.says_at("/robots.txt", Answer(pieces=[FORBIDS]))
    first.cancel()
    assert not (await second).may(f"{host.url}/x")
    assert len(host.asked) == 2


async def test_hosts_are_forgotten_in_the_order_they_were_asked_of(host: Upstream, client: OutboundClient) -> None:
    host.says_at("/robots.txt", Answer(pieces=[FORBIDS]))
    robots = Robots(client)
    await robots.of(host.url)
    for number in range(150):
        await robots.of(f"http://10.0.0.{number}")
    await robots.of(host.url)
    assert len(host.asked) == 2


async def test_long_files_are_forgotten_sooner() -> None:
    body = b"User-agent: *\nDisallow: /x\n" + b"# filler\n" * 50_000
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(upstream()) for _ in range(12)]
        transport = GuardedTransport(Guard(allow_hosts=["127.0.0.1"]))
        stack.push_async_callback(transport.aclose)
        robots = Robots(OutboundClient(transport))
        for other in others:
            other.says_at("/robots.txt", Answer(pieces=[body]))
            assert not (await robots.of(other.url)).may(f"{other.url}/x")
        await robots.of(others[-1].url)
        await robots.of(others[0].url)
        assert (len(others[-1].asked), len(others[0].asked)) == (1, 2)
