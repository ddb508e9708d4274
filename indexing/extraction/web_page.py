"""Knowing, extraction: a web page as Markdown: its main text where it has one, all of it where it has not."""

from __future__ import annotations

import re
from dataclasses import dataclass

import trafilatura
from lxml import etree, html
from lxml.html import HtmlElement

from indexing.extraction.errors import FileEmpty, FileTooComplex
from indexing.extraction.whole_page import whole_text

_DEEPEST = 250  # real pages stay under 100; what reads the main text uses the stack for each level
_TOO_LITTLE = 200  # characters: below, the whole page may say more than what was taken for its main text
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_DECLARATION = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """A web page as Markdown."""

    markdown: str
    title: str | None


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page says it is in."""
    found = _META.search(data, 0, 4096) or _DECLARATION.search(data, 0, 256)
    return found[1].decode("ascii") if found else None


def main_text(text: str) -> Page:
    """The text a reader came for, without navigation and footers; the whole text if there is next to none."""
    tree = parse_page(text)
    title = tree.findtext(".//title")
    found = str(trafilatura.extract(tree, output_format="markdown", favor_recall=True) or "")
    if len(found) < _TOO_LITTLE:
        found = max(found, whole_text(parse_page(text)), key=len)
    return Page(found, title)


def all_text(text: str) -> Page:
    """Everything a page shows, as in letters and books, where nothing is decoration."""
    tree = parse_page(text)
    return Page(whole_text(tree), tree.findtext(".//title"))


def parse_page(text: str) -> HtmlElement:
    """The page as a tree, not deeper than can be walked."""
    # Without huge_tree a text of more than 10 MB would be cut off in silence; HTML has no entities that could swell.
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, huge_tree=True, encoding="utf-8")
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError as error:
        raise FileEmpty("The page is empty.") from error
    if _deeper_than(tree, _DEEPEST):
        raise FileTooComplex(f"Its elements are nested more than {_DEEPEST} deep.")
    return tree


def _deeper_than(tree: HtmlElement, most: int) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > most:
            return True
    return False
