"""Knowing, extraction: bytes of any encoding to text, saying when the encoding had to be guessed."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from app.loading import loading
from indexing.extraction.errors import FileEmpty, FileEncodingUnknown

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 1 << 16
_CONTROLS = bytes({*range(9), 11, *range(14, 27), *range(28, 32), 127})
_BROKEN = "�"
_MOST_BROKEN = 0.02  # of the characters beyond ASCII: a file in UTF-8 with a few broken places
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text whose lines all end alike, and what is doubtful about it."""

    text: str
    warning: str | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """The doubt, if there is one."""
        return (self.warning,) if self.warning else ()


def decode(data: bytes, *, declared: str | None = None) -> Decoded:
    """Read text by its byte order mark, as UTF-8, as it declares itself, or by the best guess that is said aloud."""
    if not data.strip():
        raise FileEmpty("The file is empty.")
    return _marked(data) or _unicode(data) or _declared(data, declared) or _almost_utf8(data) or _guessed(data)


def is_text(data: bytes) -> bool:
    """Whether the bytes are text in some encoding, judged by their beginning."""
    sample = data[:_SAMPLE]
    if any(sample.startswith(mark) for mark, _ in _MARKS) or wide_encoding(sample):
        return True
    return len(sample.translate(None, _CONTROLS)) >= len(sample) * 0.999 and b"\0" not in sample


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: zeros stand at the same place of every unit."""
    sample = data[: _SAMPLE // 4 * 4]
    if b"\0" not in sample or len(data) % 2:
        return None
    for name, unit in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        if len(data) % unit == 0 and _reads_well(sample[: len(sample) // unit * unit], name):
            return name
    return None


def _reads_well(sample: bytes, encoding: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeDecodeError:
        return False
    blanks = sum(character in " \n\t\r" for character in text)
    seen = sum(character.isprintable() for character in text)
    ordinary = sum(character < "\u2100" for character in text)
    small = sum(character < "\u0100" for character in text)  # their zeros stand where they should
    odd = sum(not ord(character) % 256 for character in text)
    varied = len(set(text)) >= min(3, (len(text) + 1) // 2)  # what fills a file with one number is no text
    return blanks + seen >= len(text) * 0.99 and ordinary >= len(text) * 0.5 and small >= odd and varied


def _marked(data: bytes) -> Decoded | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            text = rest.decode(encoding, "replace")
            if not text.strip():
                raise FileEmpty("The file is empty.")
            return _said(text, broken=text.count(_BROKEN) - _written_broken(rest, encoding))
    return None


def _unicode(data: bytes) -> Decoded | None:
    encoding = wide_encoding(data) or ("iso2022_jp" if b"\x1b$" in data[:_SAMPLE] else "utf-8")
    try:
        return Decoded(_one_line_end(data.decode(encoding)))
    except UnicodeDecodeError:
        return None


def _declared(data: bytes, declared: str | None) -> Decoded | None:
    if declared is None:
        return None
    try:
        # What calls itself Latin-1 is in truth nearly always Windows-1252; browsers read it so.
        name = codecs.lookup(declared.strip()).name
        name = "cp1252" if name in {"iso8859-1", "ascii"} else name
        return Decoded(_one_line_end(str(data, name)))
    except (LookupError, UnicodeError, TypeError, ValueError):
        return None


def _almost_utf8(data: bytes) -> Decoded | None:
    text = data.decode("utf-8", "replace")
    broken = text.count(_BROKEN) - _written_broken(data, "utf-8")
    whole = sum(1 for _ in _MULTIBYTE.finditer(data[: 1 << 20]))
    cut_short = broken == 1 and text.endswith(_BROKEN) and whole
    if cut_short or broken <= whole * _MOST_BROKEN:
        return _said(text, broken=broken)
    return None


def _guessed(data: bytes) -> Decoded:
    with loading():
        from indexing.extraction.guessing import guess  # noqa: PLC0415 - most files need no guess

    encoding = guess(data)
    if encoding is None:
        raise FileEncodingUnknown("The encoding of its text could not be told.")
    text = data.decode(encoding, "replace")
    said = f"The text does not say its encoding; it was read as {encoding}. If words look wrong, upload it as UTF-8."
    return Decoded(_one_line_end(text), said)


def _said(text: str, *, broken: int) -> Decoded:
    warning = f"{broken} places of the text are broken and stand as {_BROKEN}." if broken > 0 else None
    return Decoded(_one_line_end(text), warning)


def _written_broken(data: bytes, encoding: str) -> int:
    """How often the character for broken places was in the file already."""
    return data.count(_BROKEN.encode(encoding))


def _one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
