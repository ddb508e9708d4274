"""Knowing, crawls: what a reason in the ledger means, and what can be done about it, in a sentence; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from indexing.crawls.directives import PRODUCT
from indexing.crawls.reasons import Reason

_STATUS = re.compile(r"http_([1-5][0-9]{2})")
_AGAIN = "run the crawl again later"
_SENTENCES: Mapping[str, str] = {
    Reason.ROBOTS: f"The site's robots.txt forbids it; its owner can let {PRODUCT} in there.",
    Reason.ROBOTS_UNREACHABLE: f"The site's robots.txt cannot be had, which forbids everything; {_AGAIN}.",
    Reason.DEPTH: "It is deeper than max_depth; raise that to have it.",
    Reason.SCOPE: "It is on another site, or left out by the patterns; see follow_external and include_patterns.",
    Reason.TRAP: "It looks like one of endlessly many addresses; to have it all the same, begin a crawl there.",
    Reason.LIMIT_PAGES: "As many as max_pages came before it; raise that, or leave others out by exclude_patterns.",
    Reason.LIMIT_BYTES: "It would have crossed max_total_bytes; raise that to have it.",
    Reason.TYPE: "It is of a type that no text is read from.",
    Reason.DUPLICATE: "It leads to an address that is told of by itself.",
    Reason.CANONICAL: "The page says that it belongs to another address, which is read instead.",
    Reason.NOINDEX: "The page asks not to be kept.",
    Reason.EMPTY: "There is nothing in it.",
    Reason.BLOCKED_ADDRESS: "It may not be called from here; an operator can allow its host in SCAIGRID_ALLOW_HOSTS.",
    Reason.REDIRECT_LOOP: "It leads in a circle; its owner must mend that.",
    Reason.TOO_MANY_REDIRECTS: "It leads on too often; link to where it ends.",
    Reason.UNREACHABLE: f"The host cannot be found or does not answer; check the address, or {_AGAIN}.",
    Reason.TIMEOUT: f"The host took too long; {_AGAIN}.",
    Reason.PROTOCOL: "What came back could not be read.",
    Reason.TOO_LARGE: "It is larger than a document may be; an operator can raise SCAIGRID_MAX_UPLOAD_BYTES.",
    Reason.QUOTA: "The collection's storage_quota_bytes are used up; raise it, or delete something.",
    Reason.HOST_AWAY: f"The host asked for a longer rest than a run takes, or kept silent; {_AGAIN}.",
    Reason.STOPPED: "The run ended before its turn came; run the crawl again.",
    Reason.CANCELLED: "The run was cancelled before its turn came; run the crawl again.",
}
_OF_STATUS = {
    401: "The site wants to know who asks; only what everybody may read is crawled.",
    403: "The site refuses it to us; its owner can let us in.",
    404: "There is no such page; mend the link that leads there.",
    410: "The page is gone for good; take the link that leads there away.",
    429: f"The site still asked for a rest after we had waited; {_AGAIN}.",
    503: f"The site was not ready, however often it was asked; {_AGAIN}.",
}


def sentence_of(reason: str) -> str:
    """What a reason says to people."""
    status = _STATUS.fullmatch(reason)
    if status is None:
        return _SENTENCES.get(reason, "Nothing was read there.")
    number = int(status[1])
    if number >= 500:
        return _OF_STATUS.get(number, f"The site failed with HTTP {number}; {_AGAIN}.")
    return _OF_STATUS.get(number, f"The site answered with HTTP {number} and no content.")


def is_reason(said: str) -> bool:
    """Whether a ledger may say so."""
    return said in set(Reason) or _STATUS.fullmatch(said) is not None
