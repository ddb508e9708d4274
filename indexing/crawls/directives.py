"""Knowing, crawls: what a page asks of robots in its head and in the headers of its answer; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

PRODUCT = "scaigrid"  # as which we are spoken to, here and in robots.txt
_WITH_VALUES = {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
_LINK = re.compile(r"<([^<>]*)>((?:[ \t]*;[ \t]*[\w-]+(?:[ \t]*=[ \t]*(?:\"[^\"]*\"|[^\",; \t]*))?)*)")
_REL = re.compile(r";[ \t]*rel[ \t]*=[ \t]*(?:\"([^\"]*)\"|([^\",; \t]*))", re.IGNORECASE)
_LONGEST = 8192  # of a header that is looked at


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether a page is not to be kept, and whether its links are not to be followed."""

    noindex: bool = False
    nofollow: bool = False

    def __or__(self, other: Asked) -> Asked:
        """What either asks."""
        return Asked(self.noindex or other.noindex, self.nofollow or other.nofollow)


def asked_by(text: str) -> Asked:
    """Read a list of directives: `noindex, nofollow`, or `none` for both."""
    said = {part.strip().lower() for part in text.split(",")}
    none = "none" in said
    return Asked(none or "noindex" in said, none or "nofollow" in said)


def asked_by_headers(values: Iterable[str]) -> Asked:
    """Read every X-Robots-Tag of an answer; those for other robots are not for us."""
    asked = Asked()
    for value in values:
        ours = True
        for part in value[:_LONGEST].split(","):
            name, colon, directive = part.partition(":")
            if colon and name.strip().lower() not in _WITH_VALUES:
                ours, part = name.strip().lower() == PRODUCT, directive  # noqa: PLW2901 - the rest of it
            if ours:
                asked |= asked_by(part)
    return asked


def canonical_by_headers(values: Iterable[str]) -> str | None:
    """Read the first `rel=canonical` among the Link headers of an answer."""
    for value in values:
        for link in _LINK.finditer(value[:_LONGEST]):
            rel = _REL.search(link[2])
            if rel is not None and "canonical" in (rel[1] or rel[2] or "").lower().split():
                return link[1]
    return None
