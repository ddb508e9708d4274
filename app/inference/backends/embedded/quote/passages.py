"""Ground floor, inference: numbered passages found in a message."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MARKER = re.compile(r" {0,3}\[(\d{1,4})\](?:[ \t]+|$)")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
OPENING = re.compile(r"[ \t]*<([A-Za-z][\w-]*)(?:\s[^<>]*)?>[ \t]*$")
HEADING = re.compile(r" {0,3}(#{1,6})[ \t]")
INSTRUCTIONS = re.compile(r"[ \t]*(?:\*\*)?(?:instructions?|rules?|guidelines?|task)(?:\*\*)?:", re.IGNORECASE)
ENDS_A_SENTENCE = re.compile(r"[.!?…:;,。！？؟।|][\"'”’»)\]]*$")  # noqa: RUF001 - other scripts' full stops
FIGURE = re.compile(r":\s*\S{0,3}\d")  # "Price: €20" is a statement, not a title
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage: the number it is cited by, its title line if it has one, and its text as given."""

    number: int
    title: str
    text: str


@dataclass(slots=True)
class _Found:
    number: int
    fenced: bool
    lines: list[str] = field(default_factory=list)


def numbered(text: str) -> list[Passage]:
    """Find the passages whose first lines begin with [1], [2] and so on; everything else is left alone."""
    scanner = _Scanner()
    for line in text.split("\n"):
        scanner.read(line)
    found = scanner.found
    _leave_trailing_instructions(found)
    return [passage for item in found if (passage := _passage(item.number, item.lines))]


def paragraphs(text: str, *, first: int = 1) -> list[Passage]:
    """Number the paragraphs of a context that came without numbers."""
    parts = [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text) if part.strip()]
    return [Passage(number, "", part) for number, part in enumerate(parts, first)]


def starts_passage(line: str) -> bool:
    """Whether a numbered passage begins on this line."""
    return MARKER.match(line) is not None


class _Scanner:
    """Goes through a message line by line, knowing whether it stands in a passage, a fence or under a heading."""

    def __init__(self) -> None:
        self.found: list[_Found] = []
        self._inside = False
        self._enclosure = ""  # the line that closes the fence or tag the passages stand in
        self._level = 7  # of the heading the list stands under: only one as high ends it

    def read(self, line: str) -> None:
        """Take one line in."""
        marker = MARKER.match(line)
        last = self.found[-1].number if self.found else 0
        # Numbers only rise: a passage that holds "[1] " at the start of a line does not become another's source.
        if marker and int(marker[1]) > last:
            self.found.append(_Found(int(marker[1]), bool(self._enclosure), [line[marker.end() :]]))
            self._inside = True
        elif _closes(line, self._enclosure):
            self._inside, self._enclosure = False, ""
        elif self._inside:
            self._within(line)
        else:
            self._between(line)

    def _within(self, line: str) -> None:
        if not self._enclosure and _ends_list(line, self._level):
            self._inside = False
        else:
            self.found[-1].lines.append(line)

    def _between(self, line: str) -> None:
        self._enclosure = self._enclosure or _opens(line)
        if heading := HEADING.match(line):
            self._level = len(heading[1])


def _opens(line: str) -> str:
    if fence := FENCE.match(line):
        return fence[1]
    if tag := OPENING.match(line):
        return f"</{tag[1]}>"
    return ""


def _closes(line: str, enclosure: str) -> bool:
    bare = line.strip()
    if enclosure.startswith("<"):
        return bare.lower() == enclosure.lower()
    return bool(enclosure) and bare.startswith(enclosure) and not bare.strip(enclosure[0])


def _ends_list(line: str, level: int) -> bool:
    heading = HEADING.match(line)
    return bool(heading and level <= 6 and len(heading[1]) <= level) or bool(INSTRUCTIONS.match(line))


def _leave_trailing_instructions(found: list[_Found]) -> None:
    """Without a fence the last passage has no end; it gets no more paragraphs than the others have."""
    if len(found) < 2 or found[-1].fenced:
        return
    most = max(1, *(len(_split(item.lines)) for item in found[:-1]))
    kept = _split(found[-1].lines)[:most]
    found[-1].lines = [line for part in kept for line in [*part, ""]]


def _split(lines: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            parts[-1].append(line)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def _passage(number: int, lines: list[str]) -> Passage | None:
    if not lines:
        return None
    rest = "\n".join(lines[1:]).strip("\n")
    if lines[0].strip() and _is_title(lines[0].strip(), rest):
        return Passage(number, lines[0].strip(), rest)
    text = "\n".join(lines).strip("\n")
    return Passage(number, "", text) if text.strip() else None


def _is_title(line: str, rest: str) -> bool:
    follows = rest.lstrip()
    if not follows or follows[0].islower() or len(line) > LONGEST_TITLE:
        return False
    says_something = ENDS_A_SENTENCE.search(line) or FIGURE.search(line)
    return not says_something and not line.startswith(("- ", "* ", "|"))
