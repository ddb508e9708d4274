"""Knowing, crawls: when a saved crawl is to run next, by the clocks of a place on earth; pure.

Times are local, so that three in the morning stays three in the morning. Where the clocks go forward over a time, the
crawl runs right after the gap; where they go back, it runs at the first of the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

from app.errors import ValidationFailed

LONGEST_CRON = 100
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MOST_PASSED = 100  # times that come out before the moment asked about: those of an hour that comes twice


class Rhythm(StrEnum):
    """How often."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    CRON = "cron"


class Day(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a crawl runs; of `time`, what runs every hour takes the minute alone."""

    type: Rhythm
    time: str = "00:00"
    timezone: str = "UTC"
    day: Day = Day.MONDAY
    cron: str = ""

    def checked(self, now: datetime) -> Schedule:
        """The same, or refuse what would never come or says nothing we know."""
        if _TIME.fullmatch(self.time) is None:
            raise ValidationFailed.of("schedule.time", "must be a time like 03:30")
        if self.timezone not in _zones():
            raise ValidationFailed.of("schedule.timezone", "must be the name of a time zone, like Europe/Amsterdam")
        if self.type is Rhythm.CRON and len(self.cron.split()) != 5:
            raise ValidationFailed.of("schedule.cron", "must have five fields: minute, hour, day, month, day of week")
        if self.next_after(now) is None:
            raise ValidationFailed.of(
                "schedule.cron", "is not read as a cron expression, or names a day there never is"
            )
        return self

    def next_after(self, moment: datetime) -> datetime | None:
        """The first time after a moment, in UTC; None where there is none."""
        try:
            zone = ZoneInfo(self.timezone)
            coming = islice(CronSim(self._expression(), moment.astimezone(zone)), _MOST_PASSED)
            # Of times in one zone Python compares what the clock shows, which an hour that comes twice shows twice.
            utc = (found.astimezone(UTC) for found in coming)
            return next((found for found in utc if found > moment), None)
        except (CronSimError, ZoneInfoNotFoundError):  # a zone may be given up by those who keep them
            return None

    def written(self) -> dict[str, str]:
        """As it is kept: what its type makes use of."""
        said = {"type": str(self.type), "timezone": self.timezone}
        if self.type is Rhythm.CRON:
            return said | {"cron": self.cron}
        return said | {"time": self.time} | ({"day": str(self.day)} if self.type is Rhythm.WEEKLY else {})

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Schedule:
        """What was kept."""
        day = Day(kept.get("day", Day.MONDAY))
        return cls(Rhythm(kept["type"]), kept.get("time", "00:00"), kept["timezone"], day, kept.get("cron", ""))

    def _expression(self) -> str:
        if self.type is Rhythm.CRON:
            return self.cron
        hour, minute = self.time.split(":")
        if self.type is Rhythm.HOURLY:
            return f"{int(minute)} * * * *"
        week = f"{list(Day).index(self.day) + 1}" if self.type is Rhythm.WEEKLY else "*"
        return f"{int(minute)} {int(hour)} * * {week}"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
