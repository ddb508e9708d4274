"""However many documents are worked on, their texts together stay within a bound, and none is kept out for ever."""

from __future__ import annotations

import asyncio

import pytest

from indexing.pipeline.room import TextRoom


async def quiet() -> None:
    """Let everybody go as far as they can."""
    for _ in range(5):
        await asyncio.sleep(0)


class Guest:
    """Somebody with a text."""

    def __init__(self, room: TextRoom, size: int) -> None:
        self.leave = asyncio.Event()
        self.inside = False
        self.task = asyncio.create_task(self._stay(room, size))

    async def _stay(self, room: TextRoom, size: int) -> None:
        async with room.share(size):
            self.inside = True
            await self.leave.wait()
        self.inside = False


async def test_texts_wait_for_room_in_the_order_they_came() -> None:
    room = TextRoom(10)
    guests = [Guest(room, size) for size in (6, 6, 3)]
    await quiet()
    assert [guest.inside for guest in guests] == [True, False, False]
    guests[0].leave.set()
    await quiet()
    assert [guest.inside for guest in guests] == [False, True, True]
    for guest in guests:
        guest.leave.set()
        await guest.task


async def test_one_that_is_larger_than_all_of_it_has_it_alone() -> None:
    room = TextRoom(10)
    giant, small = Guest(room, 50), Guest(room, 1)
    await quiet()
    assert (giant.inside, small.inside) == (True, False)
    giant.leave.set()
    await quiet()
    assert small.inside
    small.leave.set()
    await asyncio.gather(giant.task, small.task)


async def test_what_turns_out_smaller_or_is_done_with_early_makes_room_at_once() -> None:
    room = TextRoom(10)
    async with room.share(10) as share:
        other = Guest(room, 4)
        await quiet()
        before = other.inside
        share.becomes(6)
        await quiet()
        assert (before, other.inside) == (False, True)
        share.leave()
        share.leave()
        third = Guest(room, 6)
        await quiet()
        assert third.inside
    for guest in (other, third):
        guest.leave.set()
        await guest.task


@pytest.mark.parametrize("let_in", [False, True])
async def test_who_is_called_off_while_waiting_takes_nothing_with_them(*, let_in: bool) -> None:
    room = TextRoom(10)
    first, second, third = (Guest(room, 10) for _ in range(3))
    await quiet()
    if let_in:  # and called off in the same moment
        first.leave.set()
        await asyncio.sleep(0)
    second.task.cancel()
    first.leave.set()
    await quiet()
    await quiet()
    assert third.inside
    third.leave.set()
    await asyncio.gather(first.task, third.task)
    assert second.task.cancelled()
