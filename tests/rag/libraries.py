"""Libraries of many passages of which people may read shares, by lists of several shapes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from acl.facts import Effect, PrincipalType
from rag.retrieval.question import Question, Way
from rag.search import Retrieved
from tests.rag.asking import hits, oracle, search
from tests.world.passages import Written, written
from tests.world.people import Organisation
from tests.world.shelves import group

SHAPES = ("few allowed", "few denied", "by groups")
QUESTIONS = ("harbour tide", "w1 w7 w40 embargo", "w150", "nobody says this")


@dataclass(slots=True)
class Library:
    """The same texts where everything is inherited, and where nothing is; and who may read how much."""

    acme: Organisation
    open: Written
    closed: Written

    def of(self, shape: str) -> Written:
        """The collection whose lists are of a shape."""
        return self.closed if shape == "few allowed" else self.open


def names(documents: int, share: int) -> list[str]:
    """The documents that who may read so many of them may read, in the order they came."""
    return [f"d{number}" for number in range(0, documents, documents // share)]


def texts(documents: int, passages: int) -> dict[str, list[str]]:
    """Words as frequent as in any language; the rare ones mostly in documents that few may read."""
    chance = random.Random(7)
    words = [f"w{number}" for number in range(300)]
    weights = [1 / (number + 1) for number in range(300)]

    def passage(number: int, place: int) -> str:
        said = chance.choices(words, weights, k=chance.randint(5, 60))
        rare = ["harbour"] if chance.random() < 0.2 else []
        rare += ["tide", "embargo"] if number % 7 == 0 and place % 3 == 0 else []
        return " ".join([*said, *rare, f"n{number}p{place}"])

    return {f"d{number}": [passage(number, place) for place in range(passages)] for number in range(documents)}


async def library_of(acme: Organisation, documents: int, passages: int, shares: dict[str, int]) -> Library:
    """Make one, and for each shape and share somebody who may read just that."""
    said = texts(documents, passages)
    made = Library(acme, await written(acme, said), await written(acme, said))
    await made.closed.shut(said)
    for share, count in shares.items():
        hidden = set(said).difference(names(documents, count))
        for shape in SHAPES:
            await acme.person(f"{shape} {share}", "tenant_viewer")
        allowed, denied = (acme.people[f"{shape} {share}"].id for shape in SHAPES[:2])
        members = await group(acme, f"kept out of {share}", f"by groups {share}")
        await made.closed.enter(Effect.ALLOW, (PrincipalType.USER, allowed), names(documents, count))
        await made.open.enter(Effect.DENY, (PrincipalType.USER, denied), hidden)
        await made.open.enter(Effect.DENY, (PrincipalType.GROUP, members), hidden)
    return made


async def check(library: Library, shape: str, share: str, may: Sequence[str], way: Way) -> None:
    """Compare the answers to all questions with those of one who read all they may, and nothing else."""
    there, searching = library.of(shape), await search(library.acme, f"{shape} {share}")
    readable = {chunk: there.texts[chunk] for name in may for chunk in there.chunks[there.shelf.documents[name]]}
    for text in QUESTIONS:
        question = Question(text, way)
        found, right = await searching.run(there.id, question), oracle(question, readable)
        assert [id_ for id_, _ in hits(found)] == [id_ for id_, _ in right], text
        wrong = [pair for pair in zip(hits(found), right, strict=True) if abs(pair[0][1] - pair[1][1]) > 1e-6]
        assert not wrong, text
        assert found.status is (Retrieved.OK if right else Retrieved.EMPTY)
        assert way is not Way.VECTOR or len(right) == 10
