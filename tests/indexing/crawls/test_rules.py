"""The examples published in RFC 9309, and what else its words say of a robots.txt."""

from __future__ import annotations

import time

import pytest

from indexing.crawls.reasons import Reason
from indexing.crawls.rules import LONGEST_FILE, read_rules

SIMPLE = b"""
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot

EOF
"""
LONGEST = b"""
User-Agent: foobot
Allow: /example/page/
Disallow: /example/page/disallowed.gif
"""
MERGED = b"""
User-agent: ExampleBot
Disallow: /foo
Disallow: /bar

User-agent: ExampleBot
Disallow: /baz
"""
FALLBACK = b"""
User-agent: *
Disallow: /foo
Disallow: /bar

User-agent: BazBot
Disallow: /baz
"""


def may(body: bytes, path: str, agent: str = "foobot") -> bool:
    return read_rules(body, agent).may(f"http://example.com{path}")


@pytest.mark.parametrize(
    ("agent", "path", "allowed"),
    [
        ("foobot", "/", False),
        ("foobot", "/publications/x", False),
        ("foobot", "/example/page.html", True),
        ("FooBot", "/example/allowed.gif", True),
        ("foobot", "/robots.txt", True),
        ("barbot", "/example/page.html", False),
        ("bazbot", "/example/page.html", False),
        ("bazbot", "/example/other.gif", True),
        ("quxbot", "/example/page.html", True),
        ("quxbot", "/x.gif", True),
        ("otherbot", "/x.gif", False),
        ("otherbot", "/x.gif?y", True),
        ("otherbot", "/example/", False),
        ("otherbot", "/publications/", True),
        ("otherbot", "/publications/x.gif", True),
        ("otherbot", "/elsewhere", True),
    ],
)
def test_the_simple_example(agent: str, path: str, allowed: bool) -> None:
    assert may(SIMPLE, path, agent) is allowed


def test_the_longest_match_wins() -> None:
    assert not may(LONGEST, "/example/page/disallowed.gif")
    assert may(LONGEST, "/example/page/allowed.gif")


def test_of_two_equal_rules_the_one_that_allows_wins() -> None:
    assert may(b"User-agent: *\nDisallow: /page\nAllow: /page", "/page")


def test_groups_of_one_name_are_one_group() -> None:
    assert [may(MERGED, path, "ExampleBot") for path in ("/foo", "/bar", "/baz", "/qux")] == [False, False, False, True]


def test_the_star_is_for_those_who_are_not_named() -> None:
    assert [may(FALLBACK, path, "BazBot") for path in ("/foo", "/bar", "/baz")] == [True, True, False]
    assert [may(FALLBACK, path, "foobot") for path in ("/foo", "/bar", "/baz")] == [False, False, True]


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz"),
        ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar"),
        ("/foo/bar/\u30c4", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%E3%83%84", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
        ("/path/file-with-a-%2A.html", "/path/file-with-a-*.html"),
        ("/path/foo-%24", "/path/foo-$"),
    ],
)
def test_what_is_encoded_is_compared_by_what_it_means(rule: str, path: str) -> None:
    assert not may(f"User-agent: *\nDisallow: {rule}".encode(), path)
    assert may(f"User-agent: *\nDisallow: {rule}".encode(), "/elsewhere")


@pytest.mark.parametrize(
    ("rule", "path", "allowed"),
    [
        ("/this/path/exactly$", "/this/path/exactly", False),
        ("/this/path/exactly$", "/this/path/exactly/not", True),
        ("/this/*/exactly", "/this/path/exactly", False),
        ("/this/*/exactly", "/this/path/", True),
        ("/a # a comment", "/a", False),
        ("/a#a comment", "/a", False),
        ("", "/", True),
        ("/Case", "/case", True),
    ],
)
def test_special_characters(rule: str, path: str, allowed: bool) -> None:
    assert may(f"User-agent: *\nDisallow: {rule}".encode(), path) is allowed


@pytest.mark.parametrize(
    ("named", "ours"),
    [
        ("scaigrid", True),
        ("ScaiGrid", True),
        ("SCAIGRID/2.0 (+http://example.com)", True),
        ("scai", False),
        ("scaigrid-images", False),
        ("grid", False),
        ("myscaigrid", False),
        ("Mozilla/5.0 (compatible; scaigrid)", False),
        ("scaigrid # ours", True),
    ],
)
def test_a_group_is_ours_by_the_whole_of_our_name(named: str, ours: bool) -> None:
    rules = read_rules(f"User-agent: {named}\nDisallow: /x\n".encode())
    assert rules.may("http://e.com/x") is not ours


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /x",
        b"User-agent: *\rDisallow: /x",
        b"User-agent: *\r\nDisallow: /x\r\n",
        b"user-AGENT : *\n  DISALLOW : /x  ",
        b"User-agent: *\n\nDisallow: /x",
        b"User-agent: *\nSitemap: http://e.com/s.xml\nDisallow: /x",
        b"User-agent: *\nUnknown: y\nDisallow: /x",
        b"User-agent: *\n\xff\xfe\x00\nDisallow: /x",
        b"<html>\nUser-agent: *\nDisallow: /x",
    ],
)
def test_a_file_is_read_as_it_comes(body: bytes) -> None:
    assert [may(body, path) for path in ("/x", "/y")] == [False, True]


@pytest.mark.parametrize("body", [b"", b"\x00" * 100, b"Disallow: /", b"<html><p>not found", b"User-agent: *"])
def test_what_says_nothing_forbids_nothing(body: bytes) -> None:
    assert may(body, "/x")


@pytest.mark.parametrize(
    ("said", "delay"),
    [("2", 2.0), ("0.5", 0.5), ("600", 60.0), ("-1", None), ("x", None), ("inf", None), ("nan", None)],
)
def test_a_delay_is_kept_as_far_as_we_go_along(said: str, delay: float | None) -> None:
    assert read_rules(f"User-agent: *\nCrawl-delay: {said}".encode()).delay == delay


def test_sitemaps_belong_to_no_group() -> None:
    body = b"Sitemap: http://e.com/a.xml\nUser-agent: other\nSitemap: http://e.com/b.xml\nSitemap: http://e.com/a.xml"
    assert read_rules(body).sitemaps == ("http://e.com/a.xml", "http://e.com/b.xml")


def test_of_a_long_file_the_beginning_counts() -> None:
    filler = b"# filler\n" * (LONGEST_FILE // 9 - 8)
    body = b"User-agent: *\n" + filler
    cut = body + b"Disallow: /" + b"a" * (LONGEST_FILE - len(body) - 11) + b"b\nDisallow: /never\n"
    assert may(body + b"Disallow: /x\n" + filler, "/x") is False
    assert may(cut, "/never")
    assert may(cut, "/" + "a" * (LONGEST_FILE - len(body) - 11))  # half a rule is none


def test_a_file_made_to_be_slow_forbids_everything_at_once() -> None:
    rules = read_rules(b"User-agent: *\n" + b"Disallow: *a*b*c*d$\n" * 20_000)
    started = time.process_time()
    assert not any(rules.may(f"http://e.com/{'abc' * 500}{number}") for number in range(100))
    assert rules.forbids is Reason.ROBOTS
    assert time.process_time() - started < 5
