"""Knowing, extraction: a web page parsed into a tree that can be walked."""

from __future__ import annotations

import re

from lxml import etree, html
from lxml.html import HtmlElement

from indexing.extraction.errors import FileEmpty, FileTooComplex

_DEEPEST = 250  # real pages stay under 100; what reads the main text uses the stack for each level
_too_deep = etree.XPath(f"boolean({'/*' * (_DEEPEST + 1)})")
elements = etree.XPath("count(//*)")
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_DECLARATION = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page says it is in."""
    found = _META.search(data, 0, 4096) or _DECLARATION.search(data, 0, 256)
    return found[1].decode("ascii") if found else None


def parse_page(text: str) -> HtmlElement:
    """The page as a tree, not deeper than can be walked."""
    # Without huge_tree a text of more than 10 MB would be cut off in silence; HTML has no entities that could swell.
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, huge_tree=True, encoding="utf-8")
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError as error:
        raise FileEmpty("The page is empty.") from error
    if _too_deep(tree):
        raise FileTooComplex(f"Its elements are nested more than {_DEEPEST} deep.")
    return tree
