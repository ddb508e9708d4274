"""Answering, strategies: the passages an agent was shown, each under a number that stays its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from acl.visible import Visible
from rag.retrieval.passages import Passage
from rag.room import guessed
from rag.sources.gathered import Piece
from rag.strategies.fusing import key_of
from rag.strategies.showing import Fence, Shown, parts

_LONGEST_NUMBER = 6  # digits


@dataclass(slots=True)
class Numbered:
    """Shows passages once; after that, their numbers say what is meant."""

    fence: Fence
    most: int  # characters that are shown at once
    by_number: dict[int, Piece] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _shown: list[Shown] = field(default_factory=list)

    def show(self, pieces: Sequence[Piece]) -> str:
        """Passages as the agent sees them; of what it was shown already, only the number."""
        before = set(self._numbers)
        numbered = {self.number(piece): piece for piece in pieces}
        new = [(number, piece) for number, piece in numbered.items() if key_of(piece) not in before]
        again = "".join(f"[{number}]" for number, piece in numbered.items() if key_of(piece) in before)
        said = self.material(Shown(self.fence, parts(new, self.most))) if new else ""
        return "\n".join(filter(None, (said, again and f"Shown before: {again}"))) or "Nothing was found."

    def material(self, shown: Shown) -> str:
        """Material as the agent sees it now."""
        self._shown.append(shown)
        return shown.text

    def shortened(self, content: str, room: int, least: int) -> str:
        """What a tool answered, in so many tokens, but with so many parts of each material in it at any rate."""
        for shown in self._shown:
            over = guessed(content) - room
            if over > 0 and shown.text in content:
                content = content.replace(shown.text, shown.within(guessed(shown.text) - over, least))
        return content

    def number(self, piece: Piece) -> int:
        """The number of a passage; it keeps the best score it was found with."""
        number = self._numbers.setdefault(key_of(piece), len(self._numbers) + 1)
        held = self.by_number.get(number)
        self.by_number[number] = piece if held is None or piece.score > held.score else held
        return number

    def scored(self, piece: Piece) -> Piece:
        """A passage that was read, with what its document was found with: it has no score of its own."""
        passage = _passage(piece)
        if passage is None:
            return piece
        scores = [one.score for one in self.by_number.values() if _is_of(one, passage.document_id)]
        return replace(piece, score=max(scores, default=piece.score))

    def document(self, said: str) -> str:
        """The id of a document that is named by its id, or by the number of a passage of it."""
        number = said.strip("[] ")
        is_number = number.isdecimal() and len(number) <= _LONGEST_NUMBER
        passage = _passage(self.by_number.get(int(number))) if is_number else None
        return said if passage is None else passage.document_id

    def place_in(self, document_id: str) -> int:
        """Where to read on in a document: just before what was found of it; else at its beginning."""
        passages = [_passage(piece) for piece in self.by_number.values() if _is_of(piece, document_id)]
        return max(min((passage.chunk_index for passage in passages if passage), default=0) - 1, 0)


def _passage(piece: Piece | None) -> Passage | None:
    """A passage of a collection; None for one of a share, whose documents are not here."""
    return piece.seen.value if piece is not None and isinstance(piece.seen, Visible) else None


def _is_of(piece: Piece, document_id: str) -> bool:
    passage = _passage(piece)
    return passage is not None and passage.document_id == document_id
