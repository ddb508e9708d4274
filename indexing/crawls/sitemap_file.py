"""Knowing, crawls: one sitemap, or an index of them, read piece by piece; pure."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from app.outbound.decoding import Decoder, Plain, Zipped

MOST_BYTES = 50 << 20  # unpacked, as the protocol has it
_GZIP = b"\x1f\x8b"
_LONGEST = 2100  # of an address; longer ones are none
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TOLD_BY = 16  # bytes, by which it shows what it is
# The parser remembers every open tag, every name, and all of a tag whose end it has not seen: at many times its size.
_DEEPEST = 32
_MOST_NAMES = 500
_LONGEST_TAG = 1 << 20
_FED = 1 << 16


class SitemapFile:
    """Takes the pieces of a file and knows what they list; `is_index` tells other sitemaps from pages."""

    def __init__(self, most: int) -> None:
        self.urls: list[str] = []
        self.is_index = False
        self.readable = True
        self._most = most
        self._left = MOST_BYTES
        self._decoder: Decoder | None = None
        self._beginning = b""
        self._form: _Xml | _Lines | None = None

    @property
    def is_full(self) -> bool:
        """Whether it listed as many as are wanted."""
        return len(self.urls) >= self._most

    def take(self, piece: bytes) -> None:
        """Read on. What is broken ends the file; what it listed before counts. Raises `OutboundFailed` for bombs."""
        if self._decoder is None:
            self._decoder = Zipped(deflate=False) if piece.startswith(_GZIP) else Plain()
        for plain in self._decoder.decode(piece, self._left):
            self._left -= len(plain)
            if self.is_full or not self.readable:
                return
            self._take(plain)

    def _take(self, plain: bytes) -> None:
        if self._form is None:
            plain = self._beginning = (self._beginning + plain).lstrip()
            if len(plain) < _TOLD_BY:
                return
        self._feed(plain)

    def end(self) -> None:
        """Take what the last piece left open."""
        if self._form is None and self._beginning:
            self._feed(self._beginning)
        if isinstance(self._form, _Lines) and self.readable:
            self._feed(b"\n")

    def _feed(self, plain: bytes) -> None:
        if self._form is None:
            plain = plain.removeprefix(codecs.BOM_UTF8).lstrip()
            self._form = _Xml(self) if plain.startswith((b"<", *_WIDE)) else _Lines(self)
        try:
            self._form.feed(plain)
        except (ParseError, DefusedXmlException, ValueError, LookupError):
            self.readable = False

    def list(self, said: str) -> None:
        """Note one address."""
        url = said.strip()
        if url and len(url) <= _LONGEST and not self.is_full:
            self.urls.append(url)


class _Lines:
    """A sitemap that is a text: an address on each line."""

    def __init__(self, file: SitemapFile) -> None:
        self._file = file
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            if line.lstrip()[:4].lower() == b"http":
                self._file.list(line.decode("utf-8", "replace"))
        if len(self._rest) > _LONGEST:
            raise ValueError("no list of addresses has such lines")


class _Xml:
    """A sitemap in XML. No tree is built, and whoever declares types or entities, or goes to excess, is not read on."""

    def __init__(self, file: SitemapFile) -> None:
        self._file = file
        self._above: list[str] = []
        self._loc: list[str] | None = None
        self._depth = 0
        self._names: set[str] = set()
        self._untold = 0  # bytes since the parser told of anything
        self._parser = DefusedXMLParser(target=self, forbid_dtd=True)

    def feed(self, piece: bytes) -> None:
        for at in range(0, len(piece), _FED):
            part = piece[at : at + _FED]
            self._untold += len(part)
            self._parser.feed(part)
            if self._untold > _LONGEST_TAG:
                raise ValueError("no sitemap has such tags")

    # What the parser tells.

    def start_ns(self, prefix: str, _uri: str) -> None:
        """Count what the parser remembers."""
        self._remember(f"{prefix}:")

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See where we are; pictures and films have addresses too, but deeper inside."""
        self._remember(tag, *attributes)
        name = tag.rpartition("}")[2].lower()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("no sitemap is so deep")
        if self._depth <= 3:
            self._above[self._depth - 1 :] = [name]
        if self._depth == 1:
            self._file.is_index = name == "sitemapindex"
        if self._depth == 3 and name == "loc" and self._above[1] in {"url", "sitemap"}:
            self._loc = []

    def _remember(self, *names: str) -> None:
        self._untold = 0
        self._names.update(names)
        if len(self._names) > _MOST_NAMES:
            raise ValueError("no sitemap has so many words")

    def data(self, text: str) -> None:
        """Collect an address."""
        self._untold = 0
        if self._loc is not None and sum(map(len, self._loc)) <= _LONGEST:
            self._loc.append(text)

    def end(self, _tag: str) -> None:
        """Note the address that ends here."""
        self._untold = 0
        if self._depth == 3 and self._loc is not None:
            self._file.list("".join(self._loc))
            self._loc = None
        self._depth -= 1

    def close(self) -> None:
        """Nothing is left to tell."""
