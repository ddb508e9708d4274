"""Ground floor, inference: texts as MiniLM's word pieces, in windows it can read whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from app.inference.backends.embedded.minilm.weights import ModelFiles

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LIMIT = 256  # word pieces the model was trained to read at once, the two specials among them
SPECIALS = 2
ROOM = LIMIT - SPECIALS
OVERLAP = 16  # pieces two windows of one text share: 50 find nothing better, and are embedded twice
START, END = 101, 102  # [CLS] and [SEP]
MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")  # one piece each, wherever a text has them
STRETCH = 8_000  # characters cut into pieces at a time: a megabyte of text does not hold everyone else up


@dataclass(frozen=True, slots=True)
class Window:
    """A run of word pieces of one of the texts, specials included; `fresh` of them were in no window before."""

    text: int
    ids: list[int]
    fresh: int


class WordPieces:
    """The vocabulary, read when first needed."""

    def __init__(self, files: ModelFiles) -> None:
        self._files = files
        self._lock = Lock()
        self._tokenizer: Tokenizer | None = None
        self._whole: frozenset[str] = frozenset()  # words that are one piece; most are, and asking is dear

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count each text's word pieces, the two specials included: what embedding it is charged as."""
        return [SPECIALS + sum(len(ids) for ids in self._pieces(text)) for text in texts]

    def windows(self, texts: Sequence[str]) -> Iterator[Window]:
        """Cut the texts, one after the other and only as far as asked, into windows that overlap.

        What is more than one window and no more than two is halved: a rest of few pieces would say little by itself.
        """
        for index, text in enumerate(texts):
            pending: list[int] = []
            fresh = SPECIALS
            for ids in self._pieces(text):
                pending += ids
                fresh += len(ids)
                while len(pending) > 2 * ROOM - OVERLAP:
                    window, pending, fresh = _cut_off(index, pending, fresh, ROOM)
                    yield window
            if len(pending) > ROOM:
                window, pending, fresh = _cut_off(index, pending, fresh, (len(pending) + OVERLAP + 1) // 2)
                yield window
            yield Window(index, [START, *pending, END], fresh)

    def lengths(self, words: Sequence[str]) -> list[int]:
        """Count each word's pieces, specials left out: for very many very short texts."""
        encode = self.load().encode
        whole = self._whole
        return [
            1 if word.lower() in whole else len(encode(_encodable(word), add_special_tokens=False)) for word in words
        ]

    def load(self) -> Tokenizer:
        """Read the vocabulary, once."""
        with self._lock:
            if self._tokenizer is None:
                from tokenizers import Tokenizer  # noqa: PLC0415 - a server nobody asks for vectors never pays for it

                tokenizer = Tokenizer.from_file(str(self._files.verified_tokenizer()))
                # The file carries both: a cut at 128 pieces and padding to 128.
                tokenizer.no_truncation()
                tokenizer.no_padding()
                self._whole = frozenset(word for word in tokenizer.get_vocab() if word.isascii() and word.isalnum())
                self._tokenizer = tokenizer
            return self._tokenizer

    def _pieces(self, text: str) -> Iterator[list[int]]:
        tokenizer = self.load()
        for stretch in _stretches(text):
            yield tokenizer.encode(stretch, add_special_tokens=False).ids


def _cut_off(index: int, pending: Sequence[int], fresh: int, size: int) -> tuple[Window, list[int], int]:
    """The first window of what is pending, what is left, and how much of that is in no window yet."""
    left = len(pending) - size
    return Window(index, [START, *pending[:size], END], fresh - left), list(pending[size - OVERLAP :]), left


def _stretches(text: str) -> Iterator[str]:
    """The text in parts, cut at white space where there is any: pieces never reach across it."""
    start = 0
    while len(text) - start > STRETCH:
        end = start + STRETCH
        space = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
        cut = space if space > start else end
        yield _encodable(text[start:cut])
        start = cut
    yield _encodable(text[start:])


def _encodable(text: str) -> str:
    """JSON may carry half of a surrogate pair, which is no character: a question mark stands for it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text
