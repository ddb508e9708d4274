"""Papers and web pages for the measurements: made-up words in the shapes of real ones."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.world.papers import pdf

_WORDS = (  # noqa: SIM905 - a list of words is read as a line of words
    "refund policy customer order money return shipping within days purchase support team contact product quality "
    "whether because although invoice delivery warranty the a of and to in for with on we you your our it is not"
).split()


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page, the sentences a reader comes for, and those that stand around them."""

    data: bytes
    matters: tuple[str, ...]
    around: tuple[str, ...]


def paper(chance: random.Random, pages: int) -> bytes:
    """A PDF of full pages."""
    return pdf(["\n".join(_words(chance, 13) for _ in range(50)) for _ in range(pages)])


def web_page(chance: random.Random) -> WebPage:
    """An article with headings, lists and a table between menus, teasers and a footer."""
    matters: list[str] = []
    around: list[str] = []

    def said(place: list[str], count: int) -> str:
        place.append(_words(chance, count).capitalize() + ".")
        return place[-1]

    menu = "".join(f"<li><a href='/{number}'>{said(around, 3)}</a></li>" for number in range(25))
    teasers = "".join(f"<div class='teaser'><a href='/t{n}'>{said(around, 5)}</a></div>" for n in range(6))
    parts = "".join(
        f"<h2>{said(matters, 4)}</h2><p>{said(matters, 40)} {said(matters, 30)}</p><p>{said(matters, 25)}</p>"
        f"<ul>{''.join(f'<li>{said(matters, 7)}</li>' for _ in range(4))}</ul>"
        for _ in range(chance.randint(3, 8))
    )
    cells = "".join(f"<tr><td>{said(matters, 2)}</td><td>{said(matters, 3)}</td></tr>" for _ in range(5))
    page = (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{_words(chance, 3)}</title></head><body>"
        f"<header><nav><ul>{menu}</ul></nav></header><main><article><h1>{said(matters, 5)}</h1>{parts}"
        f"<table><tr><th>Kind</th><th>Rule</th></tr>{cells}</table></article></main>"
        f"<aside>{teasers}</aside><footer><p>{said(around, 6)}</p></footer></body></html>"
    )
    return WebPage(page.encode(), tuple(matters), tuple(around))


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(count))
