"""Allowing: everybody who may do something to a thing, by what lets them; pure once the people are read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from acl.decision import Rule
from acl.evaluate import evaluate
from acl.facts import Entry, Resource
from acl.people import People


@dataclass(frozen=True, slots=True)
class Way:
    """One rule, and perhaps one entry, that lets some people do what was asked."""

    rule: Rule
    entry: Entry | None
    user_ids: tuple[str, ...]


def ways_to(people: People, resource: Resource, wanted: int, at: datetime) -> list[Way]:
    """Everybody who may, each under what decided for them; in the order of the rules, the widest way first."""
    found = defaultdict[tuple[Rule, Entry | None], list[str]](list)
    for crowd in people.crowds([resource]):
        decision = evaluate(crowd.subject, resource, wanted, at)
        if decision.allowed:
            found[decision.ground.rule, decision.ground.entry] += crowd.user_ids
    ways = [Way(rule, entry, tuple(sorted(user_ids))) for (rule, entry), user_ids in found.items()]
    order = list(Rule)
    return sorted(ways, key=lambda way: (order.index(way.rule), -len(way.user_ids), way.entry.id if way.entry else ""))
