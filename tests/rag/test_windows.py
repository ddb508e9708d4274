"""A store is asked more widely while what it points at is gone, up to a bound, and the bound is said."""

from __future__ import annotations

from collections.abc import Sequence

from indexing.stores.vectors import Hit
from rag.retrieval.windows import MOST, Windows


def ranking(length: int, gone: int) -> tuple[list[Hit], list[int], Windows]:
    hits, asked = [Hit(f"c{number}", "d", 1 - number / length) for number in range(length)], list[int]()

    async def check(chunk_ids: Sequence[str]) -> set[str]:
        asked.append(len(chunk_ids))
        return {id_ for id_ in chunk_ids if int(id_[1:]) >= gone}

    return hits, asked, Windows(check)


async def best(hits: Sequence[Hit], windows: Windows) -> list[str]:
    async def ask(window: int) -> list[Hit]:
        return list(hits[:window])

    return list((await windows.best((ask, 3)))[0])


async def test_it_asks_until_there_are_enough() -> None:
    hits, asked, windows = ranking(2000, gone=500)
    assert await best(hits, windows) == ["c500", "c501", "c502"]
    assert not windows.ran_out
    assert sum(asked) <= 4 * 503  # nothing is looked up twice


async def test_a_bound_that_is_hit_is_said_and_what_there_is_is_given() -> None:
    hits, asked, windows = ranking(MOST + 500, gone=MOST - 2)
    assert await best(hits, windows) == [f"c{MOST - 2}", f"c{MOST - 1}"]
    assert windows.ran_out
    assert sum(asked) == MOST


async def test_the_end_of_a_ranking_is_no_bound() -> None:
    hits, _, windows = ranking(200, gone=199)
    assert await best(hits, windows) == ["c199"]
    assert not windows.ran_out


async def test_at_first_nothing_is_looked_up_and_what_is_learnt_of_it_is_not_asked_again() -> None:
    hits, looked_up, windows = ranking(2000, gone=1)
    asked = list[int]()

    async def ask(window: int) -> list[Hit]:
        asked.append(window)
        return list(hits[:window])

    near, none = await windows.at_first((ask, 3), (ask, 0))
    assert (list(near), none, looked_up, windows.ran_dry) == (["c0", "c1", "c2"], {}, [], False)
    windows.learn(near, {"c1", "c2"})
    assert windows.fell_away
    (again,) = await windows.best((ask, 3))
    assert list(again) == ["c1", "c2", "c3"]
    assert (asked, looked_up) == ([11, 11], [11 - 3])


async def test_a_ranking_that_ends_at_first_is_known_to() -> None:
    hits, _, windows = ranking(5, gone=0)

    async def ask(window: int) -> list[Hit]:
        return list(hits[:window])

    await windows.at_first((ask, 3))
    assert windows.ran_dry
