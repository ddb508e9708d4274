"""The second door, worker: which lanes may begin another job, so that long work of one never keeps out another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from app.jobs.kinds import Lane


class Slots:
    """Shares out a number of places: one for each lane as far as they go, the rest for whoever comes."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._order = list(Lane)  # whoever began a job longest ago first

    def open_to(self, busy: Sequence[Lane]) -> Mapping[Lane, int]:
        """How many jobs each lane alone may begin beside those that run; whose turn it is comes first."""
        running = Counter(busy)
        left = self._number - len(busy)
        idle = sum(1 for lane in Lane if not running[lane])
        free = {lane: left - idle if running[lane] else min(left, max(1, left - idle + 1)) for lane in self._order}
        return {lane: number for lane, number in free.items() if number > 0}

    def began(self, lane: Lane) -> None:
        """The lane has had its turn."""
        self._order.remove(lane)
        self._order.append(lane)
