"""Knowing, extraction: XML parsed without entities of its own, without outside files, and not endlessly deep."""

from __future__ import annotations

from lxml import etree

from indexing.extraction.errors import FileDamaged, FileTooComplex


def parse(data: bytes, what: str) -> etree._Element:
    """The root of a document; one that declares entities is refused, for they are only ever used to swell."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if _too_much(error):
            raise FileTooComplex(f"Its {what} is nested too deeply or swells when read.") from error
        raise FileDamaged(f"Its {what} is not well-formed XML.") from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise FileTooComplex(f"Its {what} declares entities of its own.")
    return root


def _too_much(error: etree.XMLSyntaxError) -> bool:
    said = str(error).lower()
    return "depth" in said or "amplification" in said or "entity" in said or "huge" in said or "too long" in said
