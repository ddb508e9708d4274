"""Ground floor, inference: where sentences end, in running text of many languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.inference.backends.embedded.quote.words import word_set

# Tried once per run of stops, never again inside it: a megabyte of dots must not take a minute.
# A full stop with white space behind it, or a stop of a script that writes none.
STOP = re.compile(r"(?<![.!?…؟।])[.!?…؟।]++[\"'”’»)\]]*(?=\s)|[。！？]+[」』”’)]*")  # noqa: RUF001
LAST_WORD = re.compile(r"[(\[\"'“‘«]*((?:[^\W_]|[.'’])*)\Z")  # noqa: RUF001
NEXT_WORD = re.compile(r"\s*[(\[\"'“‘«]*([^\W_]*)")  # noqa: RUF001
LONGEST = 600  # characters of a quotation
REACH = 40  # characters looked back for the word before a stop

# Never the end of a sentence.
LEADING = word_set(
    "dr mr mrs ms prof st e.g i.e eg ie vs cf approx ca resp incl excl dhr mevr mw ir drs bijv b.v d.w.z m.b.t i.v.m"
    " t.o.v o.a a.u.b z.b d.h u.a bzw ggf evtl vgl hr str sra srta ud uds p.ej ej mme mlle env eds sig sig.ra dott"
    " gen capt lt rev hon"
)
# Not the end of one if a number follows.
NUMBERING = word_set("no nos nr nrs fig figs art par p pp vol abs max min tel sec ch")
# The end of one only if a capital follows.
TRAILING = word_set("etc inc ltd co corp jr sr usw enz u.s u.k a.m p.m am pm gmbh bldg dept est")
MONTHS = word_set(
    "january february march april may june july august september october november december januari februari maart mei"
    " juni juli augustus oktober januar februar märz mai dezember janvier février mars avril juin juillet août"
    " septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre"
    " noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre jahrhundert"
)


def sentences_of(text: str) -> list[str]:
    """Cut running text into sentences, each a substring of it without the space around."""
    found: list[str] = []
    start = 0
    for stop in STOP.finditer(text):
        if _ends(text, start, stop):
            found.append(text[start : stop.end()].strip())
            start = stop.end()
    found.append(text[start:].strip())
    return [part for sentence in found for part in _parts(sentence) if any(map(str.isalnum, part))]


def _parts(sentence: str) -> Iterator[str]:
    """What has no full stops for too long (a transcript, a log) is quoted in parts."""
    start = 0
    while len(sentence) - start > LONGEST:
        end = start + LONGEST
        space = max(sentence.rfind(" ", start, end), sentence.rfind("\n", start, end))
        cut = space if space > start else end
        yield sentence[start:cut].strip()
        start = cut
    yield sentence[start:].strip()


def _ends(text: str, start: int, stop: re.Match[str]) -> bool:
    following = NEXT_WORD.match(text, stop.end())
    next_word = following[1] if following else ""
    if not stop[0].startswith("."):
        return not next_word[:1].islower() or stop[0][0] in "。！？؟।"  # noqa: RUF001
    before = LAST_WORD.search(text, max(start, stop.start() - REACH), stop.start())
    word = before[1].lower() if before else ""
    if next_word[:1].islower() or word in LEADING:
        return False
    if word in NUMBERING:
        return not next_word[:1].isdigit()
    if word.isdigit():
        is_list_number = not text[start : stop.start()].strip(" \t\n").strip(word)
        return not is_list_number and not (len(word) <= 2 and next_word.lower() in MONTHS)
    if word in TRAILING:
        return next_word[:1].isupper() or not next_word
    # One letter alone is an initial: J. Smith.
    return not (len(word) == 1 and word.isalpha())
