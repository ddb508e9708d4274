r"""Knowing, crawls: the few tags of a web page that lead on, read in one pass; pure.

A tree is not built: parsers of HTML take time that grows with the square of how deeply a page is nested, so that 5 MB
of `<div>` would hold up a process for half an hour. Here no character is looked at twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from itertools import islice

_RAW = ("script", "style", "textarea", "title", "xmp", "iframe")  # what is in these is no markup
_READ = ("a", "area", "base", "body", "link", "meta", "frame", "plaintext", *_RAW)

# Every group is possessive, and what the page does not close ends with the page: nothing is ever tried again.
_BLANK = r"[ \t\n\f\r]"
_REST = (
    r"(?:[ \t\n\f\r/]++"
    r"|=?[^ \t\n\f\r/>=]++"
    rf"(?:{_BLANK}*+={_BLANK}*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>]*+))?+"
    r"|=)*+(?:>|\Z)"
)
_NAME_ENDS = r"(?=[ \t\n\f\r/>]|\Z)"
_ONE_OF_THEM = rf"(?:{'|'.join(_READ)}){_NAME_ENDS}"
_PASSED_OVER = (
    r"(?:[^<]++"
    r"|<!--(?:-?>|(?>.*?(?:--!?>|\Z)))"
    r"|<(?:[!?]|/(?![a-zA-Z]))[^>]*+(?:>|\Z)"
    rf"|</[a-zA-Z][^ \t\n\f\r/>]*+{_REST}"
    rf"|<(?!{_ONE_OF_THEM})[a-zA-Z][^ \t\n\f\r/>]*+{_REST}"
    r"|<(?![a-zA-Z/!?])"
    r")*+"
)
_NEXT = re.compile(rf"{_PASSED_OVER}(?:<({'|'.join(_READ)}){_NAME_ENDS}({_REST}))?", re.IGNORECASE | re.DOTALL)
_END_OF_RAW = {name: re.compile(rf"</{name}{_NAME_ENDS}", re.IGNORECASE) for name in _RAW}
_ATTRIBUTE = re.compile(
    rf"([^ \t\n\f\r/>=][^ \t\n\f\r/>=]*+)(?:{_BLANK}*+={_BLANK}*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^ \t\n\f\r>]*+)))?+"
)
_MOST_ATTRIBUTES = 100
# In an attribute, a name without its semicolon is one only where no word goes on: ?a=1&copy=2 means what it says.
_REFERENCE = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});|&(?:amp|lt|gt|quot)(?![=\w;])"
)

Tag = tuple[str, Mapping[str, str]]


def tags(text: str) -> Iterator[Tag]:
    """Yield the tags that lead on or say something of the page, in order, with their attributes in plain text."""
    at = 0
    while (found := _NEXT.match(text, at)) is not None and found[1] is not None:
        name, at = found[1].lower(), found.end()
        if name == "plaintext":
            return
        yield name, _attributes(found[2])
        if name in _END_OF_RAW:
            end = _END_OF_RAW[name].search(text, at)
            if end is None:
                return
            at = end.start()


def _attributes(text: str) -> Mapping[str, str]:
    """Attributes by their names in small letters; of two with one name the first counts."""
    found: dict[str, str] = {}
    for match in islice(_ATTRIBUTE.finditer(text), _MOST_ATTRIBUTES):
        value = match[2] or match[3] or match[4] or ""
        found.setdefault(match[1].lower(), _REFERENCE.sub(_meant, value) if "&" in value else value)
    return found


def _meant(reference: re.Match[str]) -> str:
    return unescape(reference[0])
