"""Knowing, wording: words brought back to what their forms share, by Snowball's rules for a language."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache, lru_cache

from indexing.wording.folding import folded
from indexing.wording.stop_words import SILENT, Language

_REMEMBERED = 50_000  # stems of each language: some 10 MB; nearly all words of a library are among them
_TELLING = {language: frozenset(map(folded, words)) for language, words in SILENT.items()}


def language_of(words: Collection[str]) -> Language:
    """The language of a text, by how many different of its small words are of which; of equals, the first."""
    different = words if isinstance(words, set) else set(words)
    return max(Language, key=lambda language: len(_TELLING[language] & different))


@cache
def stemmer(language: Language) -> Callable[[str], str]:
    """What brings folded words of a language to their stems, quickly where it has seen them before."""
    from nltk.stem.snowball import SnowballStemmer  # noqa: PLC0415 - takes most of a second

    stem: Callable[[str], str] = SnowballStemmer(language.value).stem
    return lru_cache(maxsize=_REMEMBERED)(stem)
