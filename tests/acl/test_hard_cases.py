"""What broke other engines: very many groups, very deep and circular nesting, big batches, and ids that look alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from acl.facts import DefaultAccess
from acl.permission import Permission
from acl.plan import plan_access, plan_many, readable_documents
from acl.ref import ResourceRef
from app.db.tenancy import Reach
from app.identity.caller import Caller
from tests.acl.worlds import Line, Person, Thing, World
from tests.acl.written import write
from tests.world.people import organisation
from tests.world.platform import Running, unique
from tests.world.shelves import shelf


class Place:
    """A tenant with ada, a collection that is ben's, and whatever else a case needs."""

    def __init__(self, running: Running) -> None:
        mark = unique("hard") + "-"
        self.running, self.mark, self.tenant = running, mark, mark + "acme"
        self.ada, self.shelf = mark + "ada", mark + "shelf"
        people = {self.ada: Person(self.ada, self.tenant)}
        self.world = World({self.tenant: False}, people, things={self.shelf: Thing(self.shelf, self.tenant)})

    def groups(self, number: int) -> list[str]:
        made = [f"{self.mark}g{place:05}" for place in range(number)]
        self.world.groups.update(dict.fromkeys(made, self.tenant))
        return made

    def documents(self, *names: str) -> list[str]:
        made = [self.mark + name for name in names]
        for id_ in made:
            self.world.things[id_] = Thing(id_, self.tenant, None, self.shelf, inherits=True)
        return made

    def allow(self, on: str, whom: str, named: str, permissions: int = 1) -> None:
        id_ = f"{self.mark}line{len(self.world.lines)}"
        self.world.lines.append(Line(id_, on, "allow", whom, named, permissions))

    async def caller(self) -> Caller:
        keys = await write(self.world, self.running)
        return (await self.running.platform.credentials.admit(keys[self.ada])).caller

    async def readable(self, caller: Caller, ids: Sequence[str]) -> list[str]:
        async with self.running.platform.transactions.open(Reach.one(self.tenant), writes=False) as transaction:
            resolver = self.running.platform.access.resolver(transaction.session)
            refs = [ResourceRef.document(id_) for id_ in ids]
            decisions = await resolver.explain_many(caller, refs, Permission.READ)
        return [id_ for id_, decision in zip(ids, decisions, strict=True) if decision.allowed]


@pytest.fixture
def place(at_noon: Running) -> Place:
    return Place(at_noon)


async def known_and_unknown(caller: Caller) -> list[Caller]:
    """The caller as they came in, and as one whose groups must be read anew."""
    return [caller, replace(caller, as_of=-1, groups=frozenset())]


async def test_somebody_in_10_000_groups_is_in_the_last_of_them(place: Place) -> None:
    groups, (plan, other) = place.groups(10_000), place.documents("plan", "other")
    place.world.members = [(group, place.ada) for group in groups]
    place.allow(plan, "group", groups[-1])
    for asker in await known_and_unknown(await place.caller()):
        assert await place.readable(asker, [plan, other]) == [plan]


async def test_a_thousand_groups_inside_each_other_are_walked_to_the_end(place: Place) -> None:
    groups, (plan, other) = place.groups(1_200), place.documents("plan", "other")
    place.world.members = [(groups[0], place.ada)]
    place.world.nestings = list(zip(groups[1:], groups, strict=False))
    place.allow(plan, "group", groups[-1])
    for asker in await known_and_unknown(await place.caller()):
        assert await place.readable(asker, [plan, other]) == [plan]


async def test_groups_in_a_circle_are_all_entered_and_none_beside_it(place: Place) -> None:
    (first, second, third, beside), ids = place.groups(4), place.documents("one", "two", "three", "four")
    place.world.members = [(second, place.ada)]
    place.world.nestings = [(first, second), (second, third), (third, first), (first, first), (second, beside)]
    for id_, group in zip(ids, (first, second, third, beside), strict=True):
        place.allow(id_, "group", group)
    for asker in await known_and_unknown(await place.caller()):
        assert await place.readable(asker, ids) == ids[:3]


async def test_ids_that_look_alike_are_not_the_same(place: Place) -> None:
    names = ["plan", "PLAN", "plan ", " plan", "plàn", "plan:x", "plan,x", "plan|x", "pl_n", "pl%", "plan\t", "plan'--"]
    ids = place.documents(*names)
    caller_is = place.ada
    for number, id_ in enumerate(ids[::2]):
        place.allow(id_, "user", caller_is if number % 2 else caller_is.upper())
    asker = await place.caller()
    expected = ids[2::4]
    assert await place.readable(asker, ids) == expected
    for id_ in ids:
        assert await place.readable(asker, [id_]) == ([id_] if id_ in expected else [])


async def test_a_batch_larger_than_one_statement_is_decided_to_its_ends(place: Place) -> None:
    first, last = place.documents("first", "last")
    place.allow(place.shelf, "user", place.ada)
    asker = await place.caller()
    strangers = [f"{place.mark}nothing-{number}" for number in range(16_400)]
    for _ in ("cold", "warm"):
        assert await place.readable(asker, [first, *strangers, last, first]) == [first, last, first]


async def test_a_document_in_another_tenants_collection_is_not_there(place: Place) -> None:
    theirs, (plan, astray) = place.mark + "globex", place.documents("plan", "astray")
    place.world.tenants[theirs] = False
    place.world.things[theirs + "-shelf"] = Thing(theirs + "-shelf", theirs)
    place.world.things[astray] = replace(place.world.things[astray], collection=theirs + "-shelf")
    for id_ in (plan, astray):
        place.allow(id_, "user", place.ada)
    for asker in await known_and_unknown(await place.caller()):
        assert await place.readable(asker, [plan, astray]) == [plan]


async def test_what_cannot_be_read_in_another_tenants_lists_hinders_nobody(place: Place) -> None:
    theirs, (plan,) = place.mark + "globex", place.documents("plan")
    shelf_of_theirs = theirs + "-shelf"
    place.world.tenants[theirs] = False
    place.world.things[shelf_of_theirs] = Thing(shelf_of_theirs, theirs)
    place.allow(place.shelf, "user", place.ada)
    place.world.lines.append(Line(theirs + "-line", shelf_of_theirs, "perhaps", "user", place.ada, 1))
    asker = await place.caller()
    async with place.running.platform.transactions.open(Reach.one(place.tenant), writes=False) as transaction:
        resolver = place.running.platform.access.resolver(transaction.session)
        plans = await plan_many(resolver, asker, [place.shelf, shelf_of_theirs])
    assert (plans[place.shelf].admits(plan), plans[shelf_of_theirs].admits_nothing) == (True, True)


async def test_documents_of_two_collections_and_two_tenants_in_one_batch(running: Running) -> None:
    acme, globex = await organisation(running), await organisation(running)
    open_shelf = await shelf(acme, "open", default_access=DefaultAccess.TENANT)
    closed, theirs = await shelf(acme, "closed"), await shelf(globex, "theirs", default_access=DefaultAccess.TENANT)
    refs = [
        ResourceRef.document(id_)
        for place in (open_shelf, theirs, closed, open_shelf)
        for id_ in place.documents.values()
    ]
    platform = running.platform
    people = [(acme, "user", [True, False, False, True]), (acme, "admin", [True, False, True, True])]
    for whose, name, expected in [*people, (globex, "admin", [False] * 4)]:
        caller = (await platform.credentials.admit(whose.people[name].key)).caller
        async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
            resolver = platform.access.resolver(transaction.session)
            decisions = await resolver.explain_many(caller, refs, Permission.READ)
            elsewhere = await plan_access(resolver, caller, theirs.id)
            assert (elsewhere.admits_nothing, await readable_documents(resolver, caller, theirs.id)) == (
                True,
                frozenset(),
            )
        assert [decision.allowed for decision in decisions] == expected
