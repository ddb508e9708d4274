"""A crawl runs when the clocks of its place say so, also in the nights in which they are put forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ValidationFailed
from indexing.crawls.schedule import Day, Rhythm, Schedule

AMSTERDAM, NEW_YORK = "Europe/Amsterdam", "America/New_York"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ZONES = [AMSTERDAM, NEW_YORK, "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia"]


def at(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


def times(schedule: Schedule, after: str, number: int) -> list[str]:
    """The next times after a moment, in UTC."""
    found, moment = [], at(after)
    for _ in range(number):
        coming = schedule.next_after(moment)
        assert coming is not None
        moment = coming
        found.append(moment.strftime("%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        (Schedule(Rhythm.HOURLY, "00:15"), "2026-11-21 12:15", ["11-21 13:15", "11-21 14:15"]),
        (Schedule(Rhythm.HOURLY, "17:15"), "2026-11-21 12:14", ["11-21 12:15", "11-21 13:15"]),
        (Schedule(Rhythm.DAILY, "03:30", "Asia/Kolkata"), "2026-11-21 12:00", ["11-21 22:00", "11-22 22:00"]),
        (Schedule(Rhythm.WEEKLY, "09:00", NEW_YORK, Day.SUNDAY), "2026-10-30 00:00", ["11-01 14:00", "11-08 14:00"]),
        (Schedule(Rhythm.CRON, cron="0 6 1 * *"), "2026-11-21 12:00", ["12-01 06:00", "01-01 06:00"]),
        (Schedule(Rhythm.CRON, cron="0 0 29 2 *"), "2026-11-21 12:00", ["02-29 00:00", "02-29 00:00"]),
        # Forward over it: right after the gap, and at its own time the day after.
        (Schedule(Rhythm.DAILY, "02:30", AMSTERDAM), "2026-03-28 12:00", ["03-29 01:00", "03-30 00:30"]),
        (Schedule(Rhythm.WEEKLY, "02:30", NEW_YORK, Day.SUNDAY), "2026-03-02 00:00", ["03-08 07:00", "03-15 06:30"]),
        # Two times in one gap are one run after it.
        (
            Schedule(Rhythm.CRON, timezone=AMSTERDAM, cron="15,45 2 * * *"),
            "2026-03-29 00:00",
            ["03-29 01:00", "03-30 00:15"],
        ),
        # Back over it: once, at the first of the two.
        (Schedule(Rhythm.DAILY, "02:30", AMSTERDAM), "2026-10-24 12:00", ["10-25 00:30", "10-26 01:30"]),
        (Schedule(Rhythm.DAILY, "02:45", AMSTERDAM), "2026-10-25 01:30", ["10-26 01:45"]),
        # What runs every hour does so whatever clocks show: every hour, and the hour that is there twice twice.
        (
            Schedule(Rhythm.HOURLY, "00:15", AMSTERDAM),
            "2026-10-24 23:30",
            ["10-25 00:15", "10-25 01:15", "10-25 02:15"],
        ),
        (Schedule(Rhythm.HOURLY, "00:15", AMSTERDAM), "2026-03-29 00:30", ["03-29 01:15", "03-29 02:15"]),
        (
            Schedule(Rhythm.CRON, timezone=AMSTERDAM, cron="*/30 * * * *"),
            "2026-03-29 00:30",
            ["03-29 01:00", "03-29 01:30"],
        ),
        # A midnight that is not there.
        (Schedule(Rhythm.DAILY, "00:30", "Africa/Cairo"), "2026-04-22 23:00", ["04-23 22:00", "04-24 21:30"]),
    ],
)
def test_the_next_times_are_those_the_clocks_show(schedule: Schedule, after: str, expected: list[str]) -> None:
    assert times(schedule.checked(NOW), after, len(expected)) == expected


@given(
    st.integers(1_577_836_800, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from([Rhythm.HOURLY, Rhythm.DAILY, Rhythm.WEEKLY]),
    st.sampled_from(Day),
)
def test_the_next_time_is_later_and_soon_and_what_the_clock_shows(
    moment: datetime, zone: str, hour: int, minute: int, rhythm: Rhythm, day: Day
) -> None:
    schedule = Schedule(rhythm, f"{hour:02}:{minute:02}", zone, day)
    coming = schedule.next_after(moment)
    assert coming is not None
    longest = {Rhythm.HOURLY: timedelta(hours=2), Rhythm.DAILY: timedelta(hours=50), Rhythm.WEEKLY: timedelta(days=15)}
    assert moment < coming <= moment + longest[rhythm]
    shown = coming.astimezone(ZoneInfo(zone))
    was_skipped = (coming - timedelta(hours=3)).astimezone(ZoneInfo(zone)).utcoffset() != shown.utcoffset()
    if not was_skipped:
        assert shown.minute == minute
        assert rhythm is Rhythm.HOURLY or shown.hour == hour
        assert rhythm is not Rhythm.WEEKLY or list(Day)[shown.weekday()] is day


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Schedule(Rhythm.DAILY, "25:00"), "schedule.time"),
        (Schedule(Rhythm.DAILY, "3:00"), "schedule.time"),
        (Schedule(Rhythm.DAILY, "\u0660\u0663:\u0660\u0660"), "schedule.time"),
        (Schedule(Rhythm.DAILY, timezone="Mars/Olympus"), "schedule.timezone"),
        (Schedule(Rhythm.DAILY, timezone="../../etc/passwd"), "schedule.timezone"),
        (Schedule(Rhythm.DAILY, timezone=""), "schedule.timezone"),
        (Schedule(Rhythm.CRON, cron=""), "schedule.cron"),
        (Schedule(Rhythm.CRON, cron="@daily"), "schedule.cron"),
        (Schedule(Rhythm.CRON, cron="* * * * * *"), "schedule.cron"),  # no crawl runs every second
        (Schedule(Rhythm.CRON, cron="61 * * * *"), "schedule.cron"),
        (Schedule(Rhythm.CRON, cron="a b c d e"), "schedule.cron"),
        (Schedule(Rhythm.CRON, cron="0 0 30 2 *"), "schedule.cron"),  # never
    ],
)
def test_what_never_comes_or_says_nothing_is_refused(wrong: Schedule, field: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        wrong.checked(NOW)
    assert refused.value.details[0].field == field


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(Rhythm.HOURLY, "00:10", AMSTERDAM),
        Schedule(Rhythm.DAILY, "23:59"),
        Schedule(Rhythm.WEEKLY, "01:00", NEW_YORK, Day.FRIDAY),
        Schedule(Rhythm.CRON, timezone=AMSTERDAM, cron="0 0 L * *"),
    ],
)
def test_what_is_kept_is_read_again(schedule: Schedule) -> None:
    assert Schedule.read(schedule.written()) == schedule
