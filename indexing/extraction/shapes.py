"""Knowing, extraction: what kind of text a text is, by how it looks; its name decides between what looks alike."""

from __future__ import annotations

import mimetypes
import re

from indexing.extraction.kinds import FileKind, Recognised
from indexing.extraction.languages import ending, ending_of, language_of

_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.{0,2000}?-->\s*)*(?:<!doctype\s+html|<html[\s>])", re.IGNORECASE | re.DOTALL
)
_TAGS = re.compile(r"</?(?:p|div|h[1-6]|ul|ol|li|table|tr|td|body|head|br|a|span)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]?")
_OF_MAIL = {"from", "to", "subject", "date", "message-id", "mime-version", "received", "return-path", "delivered-to"}
_ONLY_MAIL = {"message-id", "mime-version", "received", "return-path", "delivered-to"}
_HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)
_OTHER_SIGNS = re.compile(
    r"^(?:[-*+] \S|```|\|.+\|$|\d+\. \S|> )|\[[^\]\n[]{1,200}\]\([^)\n]{1,500}\)|\*\*[^*\n]{1,200}\*\*", re.MULTILINE
)
_BY_NAME = {
    "md": FileKind.MARKDOWN,
    "markdown": FileKind.MARKDOWN,
    "mdown": FileKind.MARKDOWN,
    "mkd": FileKind.MARKDOWN,
    "mdx": FileKind.MARKDOWN,
    "csv": FileKind.CSV,
    "tsv": FileKind.TSV,
    "tab": FileKind.TSV,
    "txt": FileKind.PLAIN,
    "text": FileKind.PLAIN,
    "log": FileKind.PLAIN,
}
_PAGES = {"html", "htm", "xhtml", "xht", "shtml"}
_ENDINGS = {
    FileKind.MARKDOWN: "md",
    FileKind.CSV: "csv",
    FileKind.TSV: "tsv",
    FileKind.EML: "eml",
    FileKind.HTML: "html",
}
_HOLD_PAGES = {"php", "vue", "svelte", "javascript", "typescript", "tsx"}  # source that may begin as a page does


def shape(beginning: str, name: str) -> Recognised:
    """The kind of a text, from its first characters and its name."""
    language = language_of(name, beginning)
    if _PAGE.match(beginning) and language not in _HOLD_PAGES:
        return Recognised(FileKind.HTML)
    if _is_mail(beginning, ending(name)):
        return Recognised(FileKind.EML)
    if kind := _BY_NAME.get(ending(name)):
        return Recognised(kind)
    if language:
        return Recognised(FileKind.SOURCE_CODE, language)
    if len(_TAGS.findall(beginning)) >= (1 if ending(name) in _PAGES else 6):
        return Recognised(FileKind.HTML)
    return Recognised(FileKind.MARKDOWN if not ending(name) and _is_markdown(beginning) else FileKind.PLAIN)


def name_with_ending(name: str, media_type: str | None) -> str:
    """The name of a file; where it tells nothing of what the file is, with an ending for what it is said to be."""
    if not media_type or media_type == FileKind.PLAIN or _tells(ending(name), name):
        return name
    known = {kind.value: said for kind, said in _ENDINGS.items()}.get(media_type) or ending_of(media_type)
    said = known or (mimetypes.guess_extension(media_type) or "").removeprefix(".")
    return f"{name}.{said}" if _tells(said, f"name.{said}") else name


def _tells(called: str, name: str) -> bool:
    return called in _BY_NAME or called in _PAGES or called == "eml" or language_of(name, "") is not None


def _is_mail(beginning: str, called: str) -> bool:
    """Headers first, then a blank line; a text that only begins with "From:" is none."""
    found: set[str] = set()
    for line in beginning.split("\n")[:200]:
        if not line.strip():
            break
        if line[0] in " \t":
            continue
        if not (header := _HEADER.match(line)):
            return False
        found.add(header[1].lower())
    return "from" in found and len(found & _OF_MAIL) >= 2 and (called == "eml" or bool(found & _ONLY_MAIL))


def _is_markdown(beginning: str) -> bool:
    return bool(_HEADING.search(beginning)) and bool(_OTHER_SIGNS.search(beginning))
