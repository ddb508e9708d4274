"""Ground floor, inference: every sentence that might be quoted, with the words it and its surroundings are met by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.inference.backends.embedded.quote.passages import Passage
from app.inference.backends.embedded.quote.sentences import LONGEST_HEADING, Form, Sentence, split
from app.inference.backends.embedded.quote.words import fold, stem, words


@dataclass(slots=True)
class Candidate:
    """A sentence and what speaks for it."""

    passage: Passage
    sentence: Sentence
    order: int
    words: list[str]
    heading: list[str]
    before: Candidate | None
    own: dict[str, float] = field(default_factory=dict)
    coverage: float = 0.0
    score: float = 0.0


def gather(passages: Sequence[Passage]) -> list[Candidate]:
    """Read the passages; questions in them are not quoted but lend their words to what follows them."""
    reader = _Reader()
    found: list[Candidate] = []
    for passage in passages:
        before: Candidate | None = None
        asked = ""
        for sentence in split(passage.text):
            if _is_question(sentence):
                asked, before = sentence.text[-LONGEST_HEADING:], None
                continue
            heading = reader.above(f"{passage.title}\n{sentence.heading}\n{asked}")
            spoken = reader.stems(sentence.text)
            before = Candidate(passage, sentence, len(found), spoken, heading, before)
            found.append(before)
            asked = "" if sentence.form is Form.HEADING else asked
    return found


class _Reader:
    """Turns texts into stems, each word and each heading once: a large context repeats both."""

    def __init__(self) -> None:
        self._stems: dict[str, str] = {}
        self._above: dict[str, list[str]] = {}

    def stems(self, text: str) -> list[str]:
        """The stems of a text's words, in order."""
        found = words(fold(text))
        for word in found:
            if word not in self._stems:
                self._stems[word] = stem(word)
        return [self._stems[word] for word in found]

    def above(self, heading: str) -> list[str]:
        """The same for what stands above a sentence."""
        if heading not in self._above:
            self._above[heading] = self.stems(heading)
        return self._above[heading]


def _is_question(sentence: Sentence) -> bool:
    return sentence.text.rstrip("\"'”’)*_ ").endswith(("?", "？", "؟"))  # noqa: RUF001
