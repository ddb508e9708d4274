"""Knowing, crawls: which answers are content that is read, by what they say they are and by how they begin; pure."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from indexing.documents.naming import UNKNOWN_TYPE, media_type
from indexing.extraction.kinds import FileKind
from indexing.extraction.signatures import seems_to_be

ACCEPT = "text/html,application/xhtml+xml;q=0.9,text/*;q=0.8,application/pdf;q=0.8,*/*;q=0.5"
_READ = {kind.value for kind in FileKind} | {
    UNKNOWN_TYPE,
    "application/xhtml+xml",
    "application/xml",
    "application/json",
    "application/ld+json",
    "application/yaml",
    "application/x-yaml",
    "application/toml",
    "application/rss+xml",
    "application/atom+xml",
    "application/x-pdf",
    "application/x-rtf",
    "binary/octet-stream",
    "application/force-download",
    "application/download",
}
_NOT_READ = {"text/css", "text/javascript", "text/ecmascript", "text/x-component", "text/event-stream"}
_UNSAID = {UNKNOWN_TYPE, "binary/octet-stream", "application/force-download", "application/download"}
_WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<!--[^>]*+>\s*+|<\?xml[^>]*+>\s*+)*+"
    rb"<(?:!doctype html|html|head|title|body|meta|link|h[1-6]|p|div|table|a|br|script|style)\b",
    re.IGNORECASE,
)


def type_of(declared: str | None, url: str, beginning: bytes = b"") -> str:
    """What an answer is: what it says, else by the name of its address, else by how it begins."""
    name = unquote(urlsplit(url).path.rpartition("/")[2], errors="replace")
    said = media_type(declared, name)
    if said in _UNSAID:
        said = media_type(UNKNOWN_TYPE, name)
    if not (declared or is_wanted(said)):
        said = UNKNOWN_TYPE  # an address may end in anything; only an answer can refuse itself
    return "text/html" if said in _UNSAID and _WEB_PAGE.match(beginning) else said


def is_wanted(kind: str) -> bool:
    """Tell whether something of this type may be read at all."""
    return kind in _READ or (kind.startswith("text/") and kind not in _NOT_READ)


def looks_unwanted(beginning: bytes) -> bool:
    """Tell whether something begins like a picture, a recording, an archive or a program, whatever it says it is."""
    return seems_to_be(beginning, text=b"\0" not in beginning) is not None
