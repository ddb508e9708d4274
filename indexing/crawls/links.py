"""Knowing, crawls: where a web page leads, and what it says of itself; pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urljoin

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

from indexing.crawls.canonical import LONGEST_URL, canonical
from indexing.crawls.directives import PRODUCT, Asked, asked_by
from indexing.crawls.markup import tags
from indexing.crawls.scope import host_of

WEB_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_MOST_LINKS = 5_000
_MOST_TAGS = 100_000
_DECLARED_WITHIN = 1024
# What browsers read; Python knows more, and some of that takes its time over a page made for it.
_ENCODINGS = re.compile(
    r"utf-8|utf-16(?:-[lb]e)?|ascii|cp(?:125[0-8]|866|874|932|949)|iso8859-\d+|koi8-[ru]|mac-(?:roman|cyrillic)"
    r"|gbk|gb2312|gb18030|big5|big5hkscs|euc_jp|iso2022_jp|shift_jis|euc_kr"
)
_NOT_FOLLOWED = {"nofollow"}
_REFRESH = re.compile(r"\s*+[0-9.]*+\s*+[;,]?\s*+url\s*+=\s*+(['\"]?)(.*)", re.IGNORECASE)
_LEADS = {"a": "href", "area": "href", "iframe": "src", "frame": "src"}
_NEIGHBOURS = {"next", "prev"}
_MENDED = "\t\n\r \\"
_SAYS_ITS_PATH = re.compile(r"/(?![/\\\t\n\r])|https?://[a-zA-Z0-9]")  # it means the same on every page of a host
_REMEMBERED = 500  # letters; navigation is on every page
_TRIMMED = "".join(map(chr, range(33)))


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Where a page leads, in its own order and canonical spelling, each address once; what it asks of robots."""

    links: list[str]
    canonical: str | None = None
    noindex: bool = False
    nofollow: bool = False


def read_page(body: bytes, url: str, content_type: str) -> PageLinks:
    """Read what leads on; of anything but a web page, nothing. Takes time by its length: long pages go on a thread."""
    if content_type.partition(";")[0].strip().lower() not in WEB_PAGES:
        return PageLinks([])
    reading = _Reading(url)
    for count, (name, attributes) in enumerate(tags(decoded(body, content_type))):
        if count >= _MOST_TAGS or len(reading.found) >= _MOST_LINKS:
            break
        reading.take(name, attributes)
    asked = reading.asked
    return PageLinks(list(reading.found), reading.canonical, asked.noindex, asked.nofollow)


def joined(base: str, said: str) -> str | None:
    """The canonical address a page means by what it wrote; None if it leads nowhere."""
    if len(said) <= _REMEMBERED and _SAYS_ITS_PATH.match(said):
        return _joined(host_of(base), said)
    return None if said.strip(_TRIMMED)[:1] in {"", "#"} else _read(base, said)


@lru_cache(maxsize=4096)
def _joined(host: str, said: str) -> str | None:
    return _read(host, said)


def _read(base: str, said: str) -> str | None:
    meant = meant_by(base, said)
    return None if meant is None else canonical(meant)


def meant_by(base: str, said: str) -> str | None:
    """The address a page, or an answer, means by what it wrote, read as browsers read it, in its own spelling."""
    plain = _as_browsers_read(said)
    if len(plain) > LONGEST_URL:
        return None
    if plain.startswith("/") and not plain.startswith("//"):
        return f"{host_of(base)}{plain}"
    try:
        return urljoin(base, plain)
    except ValueError:
        return None


def decoded(body: bytes, content_type: str) -> str:
    """The text of a page by its mark, by what the answer or the page itself says, else as UTF-8 or western."""
    marked, mark = read_bom(body)
    if marked is not None and mark is not None:
        return body[len(mark) :].decode(marked, "replace")
    said = http_content_type_encoding(content_type) or html_body_declared_encoding(body[:_DECLARED_WITHIN])
    if said is not None and said not in {"utf-8", "utf_8"}:
        name = codecs.lookup(said).name
        if _ENCODINGS.fullmatch(name):
            return body.decode(name, "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("utf-8" if said else "cp1252", "replace")


def _as_browsers_read(said: str) -> str:
    plain = said.strip(_TRIMMED)
    if not any(letter in plain for letter in _MENDED):
        return plain
    plain = plain.translate({9: None, 10: None, 13: None}).replace(" ", "%20")
    path, mark, rest = plain.partition("?")
    return f"{path.replace(chr(92), '/')}{mark}{rest.replace(chr(92), '%5C')}"


@dataclass(slots=True)
class _Reading:
    """A page as far as it was read."""

    url: str
    base: str = ""
    in_head: bool = True
    canonical: str | None = None
    asked: Asked = field(default_factory=Asked)
    found: dict[str, None] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)

    def take(self, name: str, attributes: Mapping[str, str]) -> None:
        """Learn what one tag says."""
        if name == "body":
            self.in_head = False
        elif name == "base":
            self.base = self.base or joined(self.url, attributes.get("href", "")) or ""
        elif name == "meta":
            self._heed(attributes)
        elif name == "link":
            self._relate(attributes)
        elif name in _LEADS and not ("rel" in attributes and _words(attributes, "rel") & _NOT_FOLLOWED):
            self._lead(attributes.get(_LEADS[name], ""))

    def _heed(self, attributes: Mapping[str, str]) -> None:
        content = attributes.get("content", "")
        if attributes.get("name", "").strip().lower() in {"robots", PRODUCT}:
            self.asked |= asked_by(content)
        if attributes.get("http-equiv", "").strip().lower() == "refresh" and (to := _REFRESH.match(content)):
            self._lead(to[2].partition(to[1])[0] if to[1] else to[2])

    def _relate(self, attributes: Mapping[str, str]) -> None:
        kinds = _words(attributes, "rel")
        if "canonical" in kinds and self.in_head and self.canonical is None:
            self.canonical = joined(self.base or self.url, attributes.get("href", ""))
        if kinds & _NEIGHBOURS and not kinds & _NOT_FOLLOWED:
            self._lead(attributes.get("href", ""))

    def _lead(self, said: str) -> None:
        if said in self.written:
            return
        self.written.add(said)
        if (link := joined(self.base or self.url, said)) is not None:
            self.found[link] = None


def _words(attributes: Mapping[str, str], name: str) -> set[str]:
    return set(attributes.get(name, "").lower().split())
