"""An address has one spelling, which leads where it led before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outbound.errors import OutboundRefused
from app.outbound.guard import Guard
from indexing.crawls.canonical import LONGEST_URL, canonical, is_trap
from tests.app.outbound.test_guard import BROKEN, LOOPBACK, METADATA

MEANT = {
    "HTTP://Example.COM:80/%7euser/../a/./b#part": "http://example.com/a/b",
    "https://example.com:443": "https://example.com/",
    "https://example.com:8443/": "https://example.com:8443/",
    "http://example.com.:80/x": "http://example.com/x",
    "http://bücher.example/ü?q=ü": "http://xn--bcher-kva.example/%C3%BC?q=%C3%BC",
    "http://[2606:4700:0:0::1]/": "http://[2606:4700::1]/",
    "http://e.com/a%20b/%c3%bc/%2f": "http://e.com/a%20b/%C3%BC/%2F",
    "http://e.com/%2e%2e/%61": "http://e.com/a",
    "http://e.com//x//": "http://e.com//x//",
    "http://e.com/?b=2&a=1": "http://e.com/?a=1&b=2",
    "http://e.com/?b=2&a=z&a=y": "http://e.com/?a=z&a=y&b=2",
    "http://e.com/?wsdl": "http://e.com/?wsdl",
    "http://e.com/?a=": "http://e.com/?a=",
    "http://e.com/?q=a+b&r=a%20b": "http://e.com/?q=a+b&r=a%20b",
    "http://e.com/?": "http://e.com/",
    "http://e.com/?&&a&": "http://e.com/?a",
    "http://e.com/?q=%2f%41&p=100%": "http://e.com/?p=100%25&q=%2FA",
    "http://e.com/?utm_source=x&UTM_Medium=y&id=7&fbclid=z&gclid=1": "http://e.com/?id=7",
    "http://e.com/?utm_source=x": "http://e.com/",
    "http://e.com/?PHPSESSID=abc&jsessionid=1": "http://e.com/",
    "http://e.com/list;jsessionid=0A1B?x": "http://e.com/list?x",
    "http://e.com/a;v=1/b;jsessionid=0A1B/c": "http://e.com/a;v=1/b/c",
    "http://e.com/(S(x2abc))/page.aspx": "http://e.com/page.aspx",
    "http://e.com/?sid=12": "http://e.com/?sid=12",
    f"http://e.com/?sid={'0f' * 16}": "http://e.com/",
    "http://e.com/?ref=home": "http://e.com/?ref=home",
}


@pytest.mark.parametrize(("url", "meant"), MEANT.items())
def test_every_address_has_one_spelling(url: str, meant: str) -> None:
    assert canonical(url) == meant
    assert canonical(meant) == meant


@given(rest=st.text(alphabet="ab/.%;?&=#+üE2f:@()[]S'\"|\x00 5\u2028", max_size=40))
def test_what_is_spelled_as_usual_stays_as_it_is(rest: str) -> None:
    found = canonical(f"http://e.com/{rest}")
    assert found is None or (canonical(found) == found and found.isascii())


@given(st.permutations([("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("utm_id", "5")]))
def test_the_order_of_parameters_makes_no_other_address(pairs: list[tuple[str, str]]) -> None:
    query = "&".join("=".join(pair) for pair in pairs)
    assert canonical(f"http://e.com/?{query}") == "http://e.com/?a=1&b=2&c=3&d=4"


@pytest.mark.parametrize("url", [*BROKEN, "mailto:a@b.c", "tel:+1", "data:text/html,x", "javascript:void(0)"])
def test_what_is_no_address_of_the_web_has_no_spelling(url: str) -> None:
    assert canonical(url) is None


def test_an_address_longer_than_any_honest_one_has_no_spelling() -> None:
    longest = f"http://e.com/{'a' * (LONGEST_URL - len('http://e.com/'))}"
    assert canonical(longest) == longest
    assert canonical(f"{longest}a") is None
    assert canonical(f"http://e.com/{'ü' * 1000}") is None


@pytest.mark.parametrize("host", [*LOOPBACK, *METADATA])
def test_no_spelling_makes_a_private_address_public(host: str) -> None:
    found = canonical(f"http://{host}/x")
    assert found is not None
    with pytest.raises(OutboundRefused):
        Guard().check_url(found)


@pytest.mark.parametrize(
    "path",
    [
        "/a/a/a",
        "/x/a/b/a/b/a/b/",
        "/a/b/c/d/a/b/c/d/a/b/c/d",
        "/a/1/a/2/a/3/a/4/a/5/a/6",
        "/" + "/".join(map(str, range(31))),
        "/?" + "&".join(f"p{number}" for number in range(31)),
    ],
)
def test_what_repeats_itself_or_never_ends_is_a_trap(path: str) -> None:
    assert is_trap(f"http://e.com{path}")


@pytest.mark.parametrize("path", ["/", "", "/en/docs/en/docs", "/2020/01/01", "/a/b/c?x=1&y=2", "/js/js", "//a//a/"])
def test_what_an_honest_site_has_is_none(path: str) -> None:
    assert not is_trap(f"http://e.com{path}")
