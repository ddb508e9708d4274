"""Knowing, extraction: XML parsed without entities of its own, without outside files, and not endlessly deep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lxml import etree

from indexing.extraction.errors import FileDamaged, FileTooComplex

_TOO_MUCH = ("depth", "amplification", "entity", "huge", "too long", "nested")
_NO_MEMORY = etree.ErrorTypes.ERR_NO_MEMORY


def parse(data: bytes, what: str) -> etree._Element:
    """The root of a document; one that declares entities is refused, for they are only ever used to swell."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    with faults_said(what):
        root = etree.fromstring(data, parser)
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise FileTooComplex(f"Its {what} declares entities of its own.")
    return root


@contextmanager
def faults_said(what: str) -> Iterator[None]:
    """Tell what is broken from what is too much."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        if error.code == _NO_MEMORY or any(sign in str(error).lower() for sign in _TOO_MUCH):
            raise FileTooComplex(f"Its {what} is too long, nested too deeply or swells when read.") from error
        raise FileDamaged(f"Its {what} is not well-formed XML.") from error
