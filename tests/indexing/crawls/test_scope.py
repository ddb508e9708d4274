"""A crawl stays where it was told to stay."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import pytest

from indexing.crawls.reasons import Reason
from indexing.crawls.scope import host_of, in_scope, judged, matches, same_site


@dataclass(frozen=True)
class Plan:
    seed_url: str = "http://e.com/docs"
    follow_external: bool = False
    include_patterns: tuple[str, ...] = ()
    exclude_patterns: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://e.com/", "https://e.com/x", True),
        ("http://www.e.com/", "https://e.com/", True),
        ("http://e.com:8080/", "http://e.com:8080/x", True),
        ("http://e.com:8080/", "http://e.com/", False),
        ("http://127.0.0.1:4000/", "http://127.0.0.1:4001/", False),
        ("http://sub.e.com/", "http://e.com/", False),
        ("http://e.com.evil.org/", "http://e.com/", False),
        ("http://e.com:443/", "https://e.com/", False),
        ("http://0x7f.1/", "http://127.0.0.1/", True),
    ],
)
def test_a_site_is_a_host_however_it_is_reached(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same


def test_other_hosts_are_left_out_unless_asked_for() -> None:
    assert in_scope("http://e.com/x", Plan()) is None
    assert in_scope("http://other.com/", Plan()) is Reason.SCOPE
    assert in_scope("http://other.com/", Plan(follow_external=True)) is None


def test_patterns_choose_among_what_the_seed_leads_to() -> None:
    plan = Plan(include_patterns=("*/docs/*", "*.pdf"), exclude_patterns=("*/docs/old/*", "*?print=*"))
    assert in_scope("http://e.com/docs", plan) is None
    assert in_scope("http://e.com/docs/a", plan) is None
    assert in_scope("http://e.com/x/a.pdf", plan) is None
    assert in_scope("http://e.com/x", plan) is Reason.SCOPE
    assert in_scope("http://e.com/docs/old/a", plan) is Reason.SCOPE
    assert in_scope("http://e.com/docs/a?print=1", plan) is Reason.SCOPE


def test_patterns_do_not_lead_to_other_hosts() -> None:
    assert in_scope("http://other.com/docs/a", Plan(include_patterns=("*/docs/*",))) is Reason.SCOPE


def test_traps_are_left_out_wherever_they_are() -> None:
    assert in_scope("http://e.com/a/a/a/a", Plan()) is Reason.TRAP


def test_a_pattern_is_compared_as_written_and_as_read() -> None:
    assert matches("http://e.com/%C3%BCber", "*/über")
    assert matches("http://e.com/%C3%BCber", "*/%C3%BCber")
    assert not matches("http://e.com/Docs", "*/docs")


def test_a_pattern_made_to_take_long_does_not() -> None:
    started = time.process_time()
    assert not matches(f"http://e.com/{'a' * 1900}", "*a" * 200 + "b")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://e.com/x?y", "http://e.com"),
        ("https://e.com:8443/", "https://e.com:8443"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ],
)
def test_the_host_of_an_address(url: str, host: str) -> None:
    assert host_of(url) == host


async def test_many_addresses_and_patterns_hold_nobody_up() -> None:
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    urls = [f"http://e.com/{'a' * 100}/{number}" for number in range(300)]
    plan = Plan(exclude_patterns=(*("*" + "a" * 40 + "b" for _ in range(50)), "*/7"))
    other = asyncio.create_task(somebody_else())
    reasons = await judged(urls, plan)
    other.cancel()
    assert turns >= 6
    assert [url for url, reason in zip(urls, reasons, strict=True) if reason is Reason.SCOPE] == [urls[7]]
    assert reasons == [in_scope(url, plan) for url in urls]
