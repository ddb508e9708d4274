"""Roof, MCP: how many messages are dealt with at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.errors import Unavailable
from app.identity.caller import Caller
from app.limits.errors import RateLimited


@dataclass(slots=True)
class Turns:
    """Counts what is under way in this process: of everybody, and of each caller."""

    most: int = 256
    most_of_one: int = 16
    _under_way: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def taken(self, caller: Caller) -> Iterator[None]:
        """Be one of them, or be refused."""
        if self._under_way.total() >= self.most:
            raise Unavailable("Too much is asked at the same moment; try again shortly.", retry_after=1)
        if self._under_way[caller.identity] >= self.most_of_one:
            raise RateLimited(f"More than {self.most_of_one} messages at the same time.", retry_after=1)
        self._under_way[caller.identity] += 1
        try:
            yield
        finally:
            self._under_way[caller.identity] -= 1
            if not self._under_way[caller.identity]:
                del self._under_way[caller.identity]
