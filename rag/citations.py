"""Answering, personas: numbers in an answer, resolved to what they name; pure.

A number that names nothing is taken out before anybody sees it, also where it comes in two pieces of a stream. Code is
left as it is: a number in brackets there is a place in a list.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

_MARKER = re.compile(
    r"[ \t]{0,16}(?:\[|【)\^?(\d{1,3}(?:[ \t]{0,2}[,;][ \t]{0,2}\d{1,3}){0,15})(?:†[^\[\]【】\n]{0,40})?(?:\]|】)"
)
_BEGUN = re.compile(r"(?:[ \t]{1,16}|[ \t]{0,16}(?:\[|【)\^?(?:\d[\d,; \t]{0,120})?(?:(?<=\d)†[^\[\]【】\n]{0,40})?)\Z")
_TICKS = re.compile(r"`+")
_LAST_TICKS = re.compile(r"`+\Z")
_SIGNS = re.compile(r"[\[【`]")  # without one of these there is neither a marker nor code
_SPACES = 16  # that go with a marker
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Cited:
    """A number in an answer, and where it stands there."""

    marker: int
    start: int
    end: int


@dataclass(slots=True)
class Markers:
    """Reads an answer as it comes; what it lets go of is never changed any more."""

    known: Collection[int]
    untouched: bool = False  # whether the answer is of a form that taking anything out would break
    cited: list[Cited] = field(default_factory=list)
    length: int = 0  # of all that was let go of, in characters
    _held: str = ""
    _code: str = ""  # the backticks it stands within
    _last: str = ""  # character

    @property
    def holds(self) -> bool:
        """Whether something is still held back."""
        return bool(self._held)

    def feed(self, text: str) -> str:
        """What can be said now."""
        text, self._held = self._held + text, ""
        if not (self._code or self.untouched or _SIGNS.search(text)):
            return self._plain(text)
        if not self.untouched and (begun := self._unfinished(text)) is not None:
            text, self._held = text[:begun], text[begun:]
        return self._said(text)

    def end(self) -> str:
        """What is left."""
        text, self._held = self._held, ""
        return self._said(text)

    def _plain(self, text: str) -> str:
        """What can be said of words alone: all but the spaces at their end, which go with a marker."""
        said = max(len(text.rstrip(" \t")), len(text) - _SPACES)
        text, self._held = text[:said], text[said:]
        if text:
            self.length += len(text)
            self._last = text[-1]
        return text

    def _unfinished(self, text: str) -> int | None:
        """Where something begins that may become a marker, or the end of code."""
        ticks = _LAST_TICKS.search(text)
        begun = ticks or _BEGUN.search(text, max(0, len(text) - 200))
        return None if begun is None or not begun[0] else begun.start()

    def _said(self, text: str) -> str:
        out: list[str] = []
        at = 0
        for ticks in _TICKS.finditer(text):
            self._plain_or_code(text[at : ticks.start()], out)
            self._put(ticks[0], out)
            self._turn(ticks[0])
            at = ticks.end()
        self._plain_or_code(text[at:], out)
        return "".join(out)

    def _turn(self, ticks: str) -> None:
        """As many backticks as began it end code; a single line of it ends with the line."""
        if not self._code:
            self._code = ticks
        elif ticks == self._code:
            self._code = ""

    def _plain_or_code(self, text: str, out: list[str]) -> None:
        if self._code and len(self._code) < 3:  # within a paragraph; else it was a backtick and no code
            ended = f"{self._last}{text}".find("\n\n") + 2 - len(self._last)
            if ended >= 2 - len(self._last):
                self._put(text[:ended], out)
                text, self._code = text[ended:], ""
        if self._code or not text:
            self._put(text, out)
            return
        at = 0
        for found in _MARKER.finditer(text):
            self._put(text[at : found.start()], out)
            self._resolved(found, out)
            at = found.end()
        self._put(text[at:], out)

    def _resolved(self, found: re.Match[str], out: list[str]) -> None:
        """Each number that names something, in brackets of its own; nothing of the others."""
        numbers = [int(number) for number in _NUMBER.findall(found[1])]
        named = list(dict.fromkeys(number for number in numbers if number in self.known))
        if self.untouched or (len(numbers) > 1 and not named and 0 in numbers):
            self._cite_within(found[0], named, out)
            return
        if not named:
            return
        space = found[0][: len(found[0]) - len(found[0].lstrip())]
        self._put(space, out)
        for number in named:
            marker = f"[{number}]"
            self.cited.append(Cited(number, self.length, self.length + len(marker)))
            self._put(marker, out)

    def _cite_within(self, said: str, named: list[int], out: list[str]) -> None:
        start = self.length + len(said) - len(said.lstrip())
        self.cited += [Cited(number, start, self.length + len(said)) for number in named]
        self._put(said, out)

    def _put(self, text: str, out: list[str]) -> None:
        if text:
            out.append(text)
            self.length += len(text)
            self._last = text[-1]
