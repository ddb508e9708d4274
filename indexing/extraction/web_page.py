"""Knowing, extraction: the main text of a web page as Markdown, all of it where there is next to none."""

from __future__ import annotations

from dataclasses import dataclass

import trafilatura
from trafilatura.settings import Extractor

from indexing.extraction.page_tree import elements, parse_page
from indexing.extraction.whole_page import whole_text

_OPTIONS = Extractor(output_format="markdown", recall=True)  # made anew for each page it costs as much as parsing
_TOO_LITTLE = 200  # characters: below, the whole page may say more than what was taken for its main text
_TOO_MANY = 30_000  # elements: finding the main text among so many takes minutes


@dataclass(frozen=True, slots=True)
class Page:
    """A web page as Markdown."""

    markdown: str
    title: str | None


def main_text(text: str) -> Page:
    """The text a reader came for, without navigation and footers."""
    tree = parse_page(text)
    title = tree.findtext(".//title")
    found = ""
    if elements(tree) <= _TOO_MANY:
        found = str(trafilatura.extract(tree, options=_OPTIONS) or "")
    if len(found) < _TOO_LITTLE:
        found = max(found, whole_text(parse_page(text)), key=len)
    return Page(found, title)
