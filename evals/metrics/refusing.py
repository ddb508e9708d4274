"""Measuring: whether an assistant says that it has found nothing where it must, and only there; pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from evals.answers import Answered
from evals.metrics.wording import uncited, words_of

_SOURCES = r"(?:sources?|passages?|documents?|context|bronnen|documenten|quellen|dokumenten?|sources|documents)"
_SAID = re.compile(
    rf"none of the passages\b.{{0,40}}\baddress"
    rf"|\b{_SOURCES}\b.{{0,60}}\b(?:do|does|did|can|could)(?: not|n t)\b"
    rf"|\b(?:nothing|no information|no mention)\b.{{0,60}}\b{_SOURCES}\b"
    rf"|\b{_SOURCES}\b.{{0,60}}\b(?:nothing|no information|hold nothing)\b"
    r"|\bi (?:have found nothing|could not find|cannot answer|can t answer|don t know|do not know)\b"
    r"|\bnichts gefunden\b|\bkeine (?:angaben|informationen)\b"
    r"|\bniets (?:gevonden|over)\b|\bgeen informatie\b"
    r"|\brien trouve\b|\brien trouvé\b|\baucune information\b"
)
_SHORT = 60  # words; who has more to say than that has answered something


def is_refusal(answered: Answered, own_words: Collection[str] = ()) -> bool:
    """Whether an answer is that there is none: said without a model, in such words, or with nothing to say it from."""
    if answered.unasked:
        return True
    words = words_of(uncited(answered.text))
    if not words:
        return True
    row = " ".join(words)
    if any(words_of(own) and " ".join(words_of(own)) in row for own in own_words):
        return True
    if answered.cited:
        return False
    nothing_found = answered.searched and not answered.passages and answered.status in {"empty", "degraded", "partial"}
    return nothing_found or (len(words) <= _SHORT and _SAID.search(row) is not None)


def refusal_correctness(*, refused: bool, must_refuse: bool, is_answerable: bool) -> float | None:
    """1 where it refuses as it must, or answers what has an answer; None where a case says neither."""
    if must_refuse:
        return 1.0 if refused else 0.0
    return (0.0 if refused else 1.0) if is_answerable else None
