"""What is alike is decided once, and what is not the same for everybody, or for ever, is kept apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from acl.cases import Cases
from acl.decision import Decision, Ground, Rule
from acl.facts import Effect, Entry, PrincipalType, Resource, Subject
from acl.listed import Listed, Lists
from acl.permission import Permission, ResourceKind
from acl.subjects import Asking

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
READ, DOCUMENT, COLLECTION = int(Permission.READ), ResourceKind.DOCUMENT, ResourceKind.COLLECTION
SHELF = Resource(COLLECTION, "shelf", "acme", "ben")
PLAN = Resource(DOCUMENT, "", "acme", None, inherits=True, collection=SHELF)
FOR_ALL = Entry("one", Effect.ALLOW, PrincipalType.EVERYONE, None, READ)


def open_until(end: datetime | None) -> Resource:
    """What documents share that everybody may read until then."""
    return replace(PLAN, entries=(replace(FOR_ALL, expires_at=end),))


PASSING = open_until(NOW + timedelta(hours=1))


def cases(wanted: int = READ) -> Cases:
    """What ada asks."""
    return Cases(Asking(Subject("ada", "acme"), "acme", 1, NOW), wanted)


def test_what_is_alike_is_decided_once() -> None:
    made = cases()
    for shared in (PLAN, PASSING):
        others = made.decide(DOCUMENT, Listed("ben", shared))
        own = made.decide(DOCUMENT, Listed("ada", shared))
        assert made.decide(DOCUMENT, Listed(None, shared)) is others
        assert made.decide(DOCUMENT, Listed("ada", shared)) is own
        assert own.ground.rule is Rule.OWNER
        assert others.ground.rule is not Rule.OWNER


def test_what_is_decided_about_ones_own_says_nothing_of_others_things() -> None:
    for shared in (PLAN, replace(PASSING, entries=(replace(PASSING.entries[0], effect=Effect.DENY),))):
        made = cases()
        assert made.decide(DOCUMENT, Listed("ada", shared)).allowed
        assert not made.decide(DOCUMENT, Listed("ben", shared)).allowed
        assert made.decide(DOCUMENT, Listed("ada", shared)).allowed


def test_only_what_is_decided_about_others_things_for_good_is_handed_on() -> None:
    made = cases()
    for owner in ("ada", "ben"):
        made.decide(DOCUMENT, Listed(owner, PASSING))
    made.decide(DOCUMENT, Listed("ada", PLAN))
    assert made.lasting == {}
    refused = made.decide(DOCUMENT, Listed("ben", PLAN))
    assert made.lasting == {id(PLAN): (refused, False, PLAN)}


def test_there_is_room_for_so_many() -> None:
    made, shared = cases(), [open_until(None) for _ in range(1_030)]
    assert all(made.decide(DOCUMENT, Listed("ben", one)).allowed for one in shared)
    assert made.lasting.keys() == {id(one) for one in shared[:1_024]}
    beyond = made.decide(DOCUMENT, Listed("ben", shared[-1]))
    assert made.decide(DOCUMENT, Listed(None, shared[-1])) is beyond


def test_a_list_is_whole_with_its_thing_and_its_owner_who_may_be_nobody() -> None:
    lists = Lists()
    for id_, owner in (("mine", "ada"), ("nobodys", None)):
        lists.add(id_, owner, PLAN)
        assert lists[id_].resource(id_) == replace(PLAN, id=id_, owner_id=owner)
    assert lists.owned == {"ada": {"mine"}}


def test_what_is_not_there_or_of_another_kind_is_refused_by_no_rule() -> None:
    nothing = Decision((Ground(READ, allowed=False, rule=Rule.NONE),))
    made, shared = cases(), open_until(None)
    for kind, one in ((DOCUMENT, None), (COLLECTION, Listed("ben", shared)), (DOCUMENT, Listed("ada", SHELF))):
        assert made.decide(kind, one) == nothing


def test_of_many_things_those_are_chosen_that_are_allowed_one_by_one() -> None:
    lists, shared = Lists(), open_until(None)
    for id_, owner, one in (
        ("open", "ben", shared),
        ("passing", None, PASSING),
        ("closed", "ben", PLAN),
        ("mine", "ada", PLAN),
        ("open and mine", "ada", shared),
        ("shelf", "ada", SHELF),
        ("not asked about", "ada", PLAN),
    ):
        lists.add(id_, owner, one)
    ids = ["open", "passing", "closed", "mine", "open and mine", "shelf", "missing"]
    made = cases()
    for kind, chosen in ((DOCUMENT, {"open", "passing", "mine", "open and mine"}), (COLLECTION, {"shelf"})) * 2:
        assert made.permitted(kind, ids, lists) == chosen
        assert {id_ for id_ in ids if made.decide(kind, lists.get(id_)).allowed} == chosen
    assert cases().permitted(DOCUMENT, ["open", "missing"], lists) == {"open"}
    assert cases(READ | Permission.WRITE).permitted(DOCUMENT, ids, lists) == {"mine", "open and mine"}
