"""Knowing, crawls: a robots.txt as RFC 9309 reads it; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

from protego import Protego

from indexing.crawls.directives import PRODUCT
from indexing.crawls.reasons import Reason

LONGEST_FILE = 500 * 1024  # of which is read: as much as the RFC asks for
LONGEST_DELAY = 60.0
_LINES = re.compile(r"\r\n|\r|\n")
_AGENT = re.compile(r"\s*user[ -]?agent\s*:\s*([^#]*)", re.IGNORECASE)
_ESCAPED = re.compile(r"%(?:21|27|28|29|2[BCFbcf]|3[ABFabf]|40|5[BDbd])")  # reserved, and means nothing to a rule
_TOKEN = re.compile(r"[A-Za-z_-]+")
_GLOB = re.compile(r"^[^#*$\r\n]*[*$][^\r\n]", re.MULTILINE)  # "User-agent: *" is none
_SOMEBODY_ELSE = "!"
_MOST_SITEMAPS = 50
_MOST_GLOBS = 4_000  # rules with a * or $: each is compared with each address, so a file of them would hold us up


@dataclass(frozen=True, slots=True)
class Rules:
    """What one host lets us do; `forbids` is the reason told for what it does not."""

    parsed: Protego | None = None
    everything: bool = True
    forbids: Reason = Reason.ROBOTS
    sitemaps: tuple[str, ...] = ()
    size: int = 0  # of the file, as far as it was read

    def may(self, url: str) -> bool:
        """Tell whether an address may be asked for."""
        return self.everything if self.parsed is None else self.parsed.can_fetch(url, PRODUCT)

    @property
    def delay(self) -> float | None:
        """The seconds between two questions it asks for, as far as we go along with that."""
        said = self.parsed.crawl_delay(PRODUCT) if self.parsed else None
        return None if said is None else min(said, LONGEST_DELAY)


ALLOWED = Rules()
UNREACHABLE = Rules(everything=False, forbids=Reason.ROBOTS_UNREACHABLE)
FORBIDDEN = Rules(everything=False)
BLOCKED = Rules(everything=False, forbids=Reason.BLOCKED_ADDRESS)


def read_rules(body: bytes, agent: str = PRODUCT) -> Rules:
    """Read as much of a file as is looked at; what is no rule is passed over, too many forbid everything."""
    whole = body[:LONGEST_FILE]
    if len(body) > LONGEST_FILE:
        whole = whole[: max(whole.rfind(b"\n"), whole.rfind(b"\r")) + 1]  # half a rule may forbid too little
    text = whole.decode("utf-8-sig", "replace")
    if len(_GLOB.findall(text)) > _MOST_GLOBS:
        return FORBIDDEN
    parsed = Protego.parse("\n".join(_for_us(text, agent.lower())))
    sitemaps = tuple(dict.fromkeys(parsed.sitemaps))[:_MOST_SITEMAPS]
    return Rules(parsed, sitemaps=sitemaps, size=len(whole))


def _for_us(text: str, agent: str) -> Iterator[str]:
    """The lines, with groups named as the RFC compares names: whole product tokens, in small letters or capitals.

    The parser would take a group for us whose name is only the beginning of ours.
    """
    for line in _LINES.split(text):
        plain = " ".join(line.splitlines())
        named = _AGENT.match(plain)
        if named is None:
            yield from _every_spelling(plain)
            continue
        said = named[1].strip()
        token = _TOKEN.match(said)
        if said.startswith("*"):
            yield "user-agent: *"
        else:
            yield f"user-agent: {PRODUCT if token and token[0].lower() == agent else _SOMEBODY_ELSE}"


def _every_spelling(line: str) -> Iterator[str]:
    """A rule as it is written, and with what is reserved in its query escaped, and not: all of these are one."""
    yield line
    path, mark, query = line.partition("#")[0].strip().partition("?")
    if mark:
        for spelled in (quote(query, safe="%&=*$~"), _ESCAPED.sub(lambda found: unquote(found[0]), query)):
            if spelled != query:
                yield f"{path}?{spelled}"
