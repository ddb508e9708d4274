"""What a change gives to somebody is found whenever it comes into force."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from acl.evaluate import evaluate
from acl.facts import Effect, Entry, PrincipalType, Resource, Subject
from acl.gaining import gained
from acl.permission import APPLICABLE, ResourceKind
from tests.acl.lists import MOMENTS, NOW, PEOPLE, TENANT, crowds, documents

_ALL = APPLICABLE[ResourceKind.DOCUMENT]
_HALVES = [moment + timedelta(minutes=minutes) for moment in MOMENTS for minutes in (0, 30)]


@settings(max_examples=150, deadline=None)
@given(before=documents(), after=documents(), people=crowds())
def test_it_is_what_looking_at_every_moment_finds(before: Resource, after: Resource, people: list[Subject]) -> None:
    for subject in people:
        found = 0
        for moment in _HALVES:
            will, was = (evaluate(subject, each, _ALL, moment).granted for each in (after, before))
            found |= will & ~was
        assert gained(subject, before, after, NOW) == found


@pytest.mark.parametrize("effect", Effect)
def test_a_list_as_long_as_can_be_is_looked_through_quickly(effect: Effect) -> None:
    entries = tuple(
        Entry(f"ace{n:04}", effect, PrincipalType.USER, PEOPLE[0], n % 255 + 1, NOW + timedelta(hours=n))
        for n in range(1_000)
    )
    above = Resource(ResourceKind.COLLECTION, "col", TENANT, None, entries)
    document = Resource(ResourceKind.DOCUMENT, "doc", TENANT, None, entries, inherits=True, collection=above)
    alone = replace(document, inherits=False)
    assert gained(Subject(PEOPLE[0], TENANT), document, alone, NOW) == 0


def test_a_list_that_says_everything_in_every_way_is_looked_through_quickly() -> None:
    """Whoever may change a list can write one that would keep the event loop for seconds."""
    entries = tuple(
        Entry(f"ace{effect}{mask:03}", effect, PrincipalType.EVERYONE, None, mask, NOW + timedelta(hours=mask))
        for mask in range(1, 256)
        for effect in Effect
    )
    above = Resource(ResourceKind.COLLECTION, "col", TENANT, None, entries)
    document = Resource(ResourceKind.DOCUMENT, "doc", TENANT, None, entries, inherits=True, collection=above)
    took = list[float]()
    for _ in range(3):  # the least of them: what others have left behind may be tidied up during one
        begun = time.thread_time()
        assert gained(Subject(PEOPLE[0], TENANT), document, document, NOW) == 0
        took.append(time.thread_time() - begun)
    assert min(took) < 0.25
