"""Ground floor, inference: a passage's text as sentences, list items and table rows, each exactly as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from app.inference.backends.embedded.quote.boundaries import sentences_of

HEADING = re.compile(r"[ \t]*(?:#{1,6}[ \t]+|\*\*[^*]+\*\*:?[ \t]*$|__[^_]+__:?[ \t]*$)")
ITEM = re.compile(r"[ \t]*(?:[-*+•–▪◦]|\d{1,3}[.)]|[a-zA-Z]\))[ \t]+")  # noqa: RUF001 - dashes do begin list items
RULED = frozenset("|:-+*_=~ \t")
WRAPPED_AT = 60  # a line as long as this was broken to fit, not ended
LONGEST_HEADING = 300  # characters of a heading that are worth comparing


class Form(Enum):
    """What a piece of text looks like."""

    PROSE = "prose"
    ITEM = "item"
    ROW = "row"
    HEADING = "heading"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One quotable piece of a passage, with the heading, list introduction or table head it stands under."""

    text: str
    form: Form
    heading: str


@dataclass(slots=True)
class _Block:
    form: Form
    heading: str
    lines: list[str]

    @property
    def text(self) -> str:
        """Its lines as they stood."""
        return "\n".join(self.lines)


def split(text: str) -> list[Sentence]:
    """Cut a passage into what can be quoted from it; every piece is a substring of it."""
    found: list[Sentence] = []
    for block in _blocks([line.removesuffix("\r") for line in text.split("\n")]):
        parts = [block.text] if block.form in (Form.ROW, Form.HEADING) else sentences_of(block.text)
        found += [Sentence(part, block.form, block.heading) for part in parts]
    return found


def _blocks(lines: list[str]) -> Iterator[_Block]:
    heading, introduction = "", ""
    block: _Block | None = None
    for index, line in enumerate(lines):
        if block is not None and _continues(block, line):
            block.lines.append(line)
            continue
        if block is not None:
            yield block
            introduction = _introduction(block, introduction)
            block = None
        if _is_table_head(lines, index):
            introduction = line[:LONGEST_HEADING]
        elif HEADING.match(line):
            heading, introduction = line.strip(" \t#*_:")[:LONGEST_HEADING], ""
            yield _Block(Form.HEADING, "", [heading])
        elif line.strip() and not _is_rule(line):
            block = _start(line, heading, introduction)
    if block is not None:
        yield block


def _introduction(block: _Block, current: str) -> str:
    """What the list items or table rows that follow stand under."""
    if block.form is not Form.PROSE:
        return current
    return block.text[-LONGEST_HEADING:] if block.lines[-1].rstrip().endswith(":") else ""


def _start(line: str, heading: str, introduction: str) -> _Block:
    if line.lstrip().startswith("|"):
        return _Block(Form.ROW, f"{heading}\n{introduction}", [line.strip(" \t|")])
    if item := ITEM.match(line):
        return _Block(Form.ITEM, f"{heading}\n{introduction}", [line[item.end() :]])
    return _Block(Form.PROSE, heading, [line])


def _continues(block: _Block, line: str) -> bool:
    """Whether a line goes on with the sentence of the line before."""
    begun = line.lstrip()
    if not begun or block.form is Form.ROW or begun.startswith("|") or _stands_alone(line):
        return False
    if block.form is Form.ITEM and line[0] in " \t":
        return True
    return begun[0].islower() or len(block.lines[-1]) >= WRAPPED_AT


def _stands_alone(line: str) -> bool:
    return bool(ITEM.match(line) or HEADING.match(line) or _is_rule(line))


def _is_rule(line: str) -> bool:
    """A line that only draws: under a table's head, around code, between sections."""
    bare = line.strip()
    return bare.startswith(("```", "~~~")) or (len(bare) > 2 and set(bare) <= RULED)


def _is_table_head(lines: list[str], index: int) -> bool:
    following = lines[index + 1] if index + 1 < len(lines) else ""
    return "|" in lines[index] and "|" in following and _is_rule(following)
