"""What an answer's headers ask of robots."""

from __future__ import annotations

import pytest

from indexing.crawls.directives import Asked, asked_by_headers, canonical_by_headers


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ([], Asked()),
        (["noindex"], Asked(noindex=True)),
        (["noarchive, NoFollow"], Asked(nofollow=True)),
        (["none"], Asked(noindex=True, nofollow=True)),
        (["noindex", "nofollow"], Asked(noindex=True, nofollow=True)),
        (["googlebot: noindex, nofollow"], Asked()),
        (["googlebot: noindex, ScaiGrid: nofollow"], Asked(nofollow=True)),
        (["scaigrid: noindex"], Asked(noindex=True)),
        (["unavailable_after: 25 Jun 2010 15:00:00 PST, noindex"], Asked(noindex=True)),
        (["max-snippet:5, nofollow"], Asked(nofollow=True)),
        (["index, follow"], Asked()),
    ],
)
def test_x_robots_tag(values: list[str], asked: Asked) -> None:
    assert asked_by_headers(values) == asked


@pytest.mark.parametrize(
    ("values", "meant"),
    [
        ([], None),
        (['<http://e.com/a>; rel="canonical"'], "http://e.com/a"),
        (["</a>; rel=canonical"], "/a"),
        (['<x.css>; rel=preload; as=style, </b>; title="a, b"; rel="alternate canonical"'], "/b"),
        (["</a>; rel=next"], None),
        (["<" * 9000], None),
        (["<a>" + ";a" * 5000], None),
    ],
)
def test_the_canonical_link_of_an_answer(values: list[str], meant: str | None) -> None:
    assert canonical_by_headers(values) == meant
