"""Knowing, crawls: the one spelling of a web address by which it is known, and what looks like a trap; pure."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from w3lib.url import canonicalize_url

from app.outbound.errors import OutboundRefused
from app.outbound.urls import read_url

LONGEST_URL = 2000
_DEEPEST = 30  # segments of a path
_SAME_SEGMENT = 6  # times in one path
_IN_A_ROW = 3  # times the same one to four segments follow themselves
_LONGEST_BLOCK = 4
_MOST_PARAMETERS = 30
_TRACKING = re.compile(
    r"(?:utm_\w+|hsa_\w+|pk_(?:campaign|kwd|source|medium)|mtm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid"
    r"|twclid|ttclid|igshid|mc_cid|mc_eid|_ga|_gl|_hsenc|_hsmi|mkt_tok|oly_anon_id|oly_enc_id|vero_id|wickedid)",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"(?:jsessionid|phpsessid|aspsessionid\w*|sessionid|session_id|sessid|osc?sid|zenid|cftoken|cfid)", re.IGNORECASE
)
_SHORT_SESSION = re.compile(r"(?:s|sid)=[0-9a-f]{32,}", re.IGNORECASE)  # elsewhere these name a story or a search
_IN_PATH = re.compile(r";jsessionid=[^/;]*|(?<=/)\((?:[A-Z]\([0-9A-Za-z]+\))+\)/", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNSAFE = re.compile(r"[^!$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@lru_cache(maxsize=4096)
def canonical(url: str) -> str | None:
    """The usual spelling of an absolute http or https address; None for what is none, or longer than any honest one.

    What is asked for is this spelling, so nothing is changed in it that a server could mind: parameters keep their
    own writing, and those of one name their order.
    """
    if len(url) > LONGEST_URL:
        return None
    try:
        target = read_url(url)
        path, mark, query = target.rest.partition("?")
        path = _IN_PATH.sub("", path)
        usual = canonicalize_url(f"{target.scheme}://{target.netloc}{path}")
    except (OutboundRefused, ValueError):
        return None
    kept = _query(query) if mark else ""
    found = f"{usual}?{kept}" if kept else usual
    return found if len(found) <= LONGEST_URL else None


def is_trap(url: str) -> bool:
    """Tell whether an address looks like one of endlessly many: it repeats itself, or is too deep to mean anything."""
    path, _, query = url.partition("://")[2].partition("/")[2].partition("?")
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) > _DEEPEST or query.count("&") >= _MOST_PARAMETERS:
        return True
    if len(segments) >= _SAME_SEGMENT and Counter(segments).most_common(1)[0][1] >= _SAME_SEGMENT:
        return True
    return any(_repeats(segments, length) for length in range(1, min(_LONGEST_BLOCK, len(segments) // _IN_A_ROW) + 1))


def _repeats(segments: list[str], length: int) -> bool:
    """Whether a block of so many segments follows itself twice over."""
    alike = 0
    for here, there in zip(segments, segments[length:], strict=False):
        alike = alike + 1 if here == there else 0
        if alike >= length * (_IN_A_ROW - 1):
            return True
    return False


def _query(query: str) -> str:
    """Parameters in the order of their names, without those that say only who came from where."""
    kept = [_written(part) for part in query.split("&") if part and not _says_nothing(part)]
    return "&".join(sorted(kept, key=lambda part: part.partition("=")[0]))


def _says_nothing(part: str) -> bool:
    name = part.partition("=")[0]
    return bool(_TRACKING.fullmatch(name) or _SESSION.fullmatch(name) or _SHORT_SESSION.fullmatch(part))


def _written(part: str) -> str:
    """Escapes in capitals where they are needed, and nowhere else."""
    escaped = _UNSAFE.sub(lambda found: "".join(f"%{octet:02X}" for octet in found[0].encode()), part)
    return _ESCAPE.sub(_plain_or_capital, _LONE_PERCENT.sub("%25", escaped))


def _plain_or_capital(escape: re.Match[str]) -> str:
    letter = chr(int(escape[1], 16))
    return letter if letter in _UNRESERVED else escape[0].upper()
