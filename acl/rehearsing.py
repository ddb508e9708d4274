"""Allowing: who gains and who loses by a change of a list, before it is made; pure once the people are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from acl.evaluate import evaluate
from acl.facts import Resource
from acl.people import People
from acl.permission import EVERY_BIT

MOST_TOLD = 1_000  # people who gain, and as many who lose


@dataclass(frozen=True, slots=True)
class Shift:
    """The deeds that somebody gains or loses."""

    user_id: str
    permissions: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a change would do to everybody who may come in; who both gains and loses is in both."""

    gains: tuple[Shift, ...]
    loses: tuple[Shift, ...]
    is_cut: bool  # whether there are more than are told


def rehearse(people: People, before: Resource, after: Resource, at: datetime) -> Rehearsal:
    """Compare what everybody may do by two lists; decided once for each crowd that neither list tells apart."""
    gains, loses = list[Shift](), list[Shift]()
    for crowd in people.crowds([before, after]):
        was = evaluate(crowd.subject, before, EVERY_BIT, at).granted
        will = evaluate(crowd.subject, after, EVERY_BIT, at).granted
        gains += _shifts(crowd.user_ids, will & ~was)
        loses += _shifts(crowd.user_ids, was & ~will)
    return Rehearsal(_told(gains), _told(loses), is_cut=max(len(gains), len(loses)) > MOST_TOLD)


def _shifts(user_ids: Iterable[str], permissions: int) -> Iterable[Shift]:
    return (Shift(user_id, permissions) for user_id in user_ids if permissions)


def _told(shifts: list[Shift]) -> tuple[Shift, ...]:
    return tuple(sorted(shifts, key=lambda shift: shift.user_id)[:MOST_TOLD])
