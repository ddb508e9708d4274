"""What lost against another transaction is done again; what is wrong is not."""

from __future__ import annotations

import pytest
from pymysql.err import OperationalError as Refused
from sqlalchemy.exc import OperationalError

from app.db.deadlock import tried_again

DEADLOCK, WRONG = 1213, 1064


class Deed:
    """Is refused some times, always for the same reason."""

    def __init__(self, code: int, refusals: int) -> None:
        self.code, self.refusals, self.tries = code, refusals, 0

    @tried_again
    async def do(self, answer: str) -> str:
        self.tries += 1
        if self.tries <= self.refusals:
            raise OperationalError("UPDATE", None, Refused(self.code, "no"))
        return answer


async def test_who_lost_tries_again_until_it_is_done() -> None:
    deed = Deed(DEADLOCK, 3)
    assert (await deed.do("done"), deed.tries) == ("done", 4)


async def test_nobody_tries_for_ever() -> None:
    deed = Deed(DEADLOCK, 1_000)
    with pytest.raises(OperationalError):
        await deed.do("done")
    assert deed.tries == 8


async def test_what_is_wrong_stays_wrong() -> None:
    deed = Deed(WRONG, 1)
    with pytest.raises(OperationalError):
        await deed.do("done")
    assert deed.tries == 1
