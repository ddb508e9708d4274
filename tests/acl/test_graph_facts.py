"""What of a graph passes the chokepoint."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from acl.chokepoint import Chokepoint
from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import Permission
from app.db.tenancy import Reach
from tests.acl.desk import Desk
from tests.world.people import Organisation
from tests.world.shelves import Shelf, enter, shelf


@dataclass(frozen=True, slots=True)
class Edge:
    """Something a graph says, and who says so."""

    name: str
    collection_id: str
    document_ids: tuple[str, ...] = ()
    is_manual: bool = False

    def supported_by(self, document_ids: frozenset[str], *, by_hand: bool) -> Edge:
        left = tuple(id_ for id_ in self.document_ids if id_ in document_ids)
        return replace(self, document_ids=left, is_manual=by_hand)


@pytest.fixture
async def plans(acme: Organisation) -> Shelf:
    """A shelf open to all, with one document that the user may not read."""
    made = await shelf(acme, "roadmap", "salaries", default_access=DefaultAccess.TENANT)
    await hide(acme, made.documents["salaries"])
    return made


async def hide(acme: Organisation, id_: str, permissions: Permission = Permission.READ) -> None:
    """Deny it to the user."""
    user = (PrincipalType.USER, acme.people["user"].id)
    await enter(acme, id_, Effect.DENY, user, permissions=int(permissions))


async def seen(acme: Organisation, *edges: Edge, by: str = "user") -> list[Edge]:
    """What is left of some edges."""
    platform = acme.running.platform
    caller = (await platform.credentials.admit(acme.people[by].key)).caller
    async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        visible = await platform.chokepoint.filter_graph_results_by_acl(transaction.session, caller, edges)
    return [item.value for item in visible]


async def test_a_fact_is_seen_with_its_readable_documents_alone(acme: Organisation, plans: Shelf) -> None:
    roadmap, salaries = plans.documents.values()
    both = Edge("both", plans.id, (salaries, roadmap))
    hidden, shown = Edge("hidden", plans.id, (salaries,)), Edge("shown", plans.id, (roadmap,))
    assert await seen(acme, both, hidden, shown, both) == [
        replace(both, document_ids=(roadmap,)),
        shown,
        replace(both, document_ids=(roadmap,)),
    ]
    assert await seen(acme, both, hidden, shown, by="admin") == [both, hidden, shown]


async def test_what_nobody_says_nobody_sees(acme: Organisation, plans: Shelf) -> None:
    assert await seen(acme, Edge("none", plans.id), Edge("lost", plans.id, ("nowhere",)), by="admin") == []
    assert await seen(acme) == []


async def test_of_what_nobody_says_nothing_is_asked(acme: Organisation, plans: Shelf, opened: Desk) -> None:
    user = await opened.caller("user")
    async with opened.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        with opened.asked() as asked:
            facts = [Edge("none", plans.id)]
            assert await Chokepoint(opened.access).filter_graph_results_by_acl(transaction.session, user, facts) == []
    assert asked == []


async def test_what_is_written_by_hand_belongs_to_the_collection(acme: Organisation, plans: Shelf) -> None:
    salaries = plans.documents["salaries"]
    by_hand = Edge("by hand", plans.id, is_manual=True)
    besides = Edge("besides", plans.id, (salaries,), is_manual=True)
    assert await seen(acme, by_hand, besides) == [by_hand, replace(besides, document_ids=())]
    await hide(acme, plans.id)
    assert await seen(acme, by_hand, besides) == []
    assert await seen(acme, by_hand, besides, by="viewer") == [by_hand, besides]


async def test_a_collection_one_may_read_does_not_open_what_documents_alone_say(
    acme: Organisation, plans: Shelf
) -> None:
    salaries = plans.documents["salaries"]
    assert await seen(acme, Edge("theirs", plans.id, (salaries,)), Edge("mine", plans.id, is_manual=True)) == [
        Edge("mine", plans.id, is_manual=True)
    ]


async def test_a_document_of_a_hidden_collection_supports_without_its_author(acme: Organisation) -> None:
    closed = await shelf(acme, "memo")
    memo, user = closed.documents["memo"], (PrincipalType.USER, acme.people["user"].id)
    await enter(acme, memo, Effect.ALLOW, user, permissions=int(Permission.READ))
    fact = Edge("fact", closed.id, (memo,), is_manual=True)
    assert await seen(acme, fact) == [replace(fact, is_manual=False)]


async def test_a_collection_is_no_document_and_a_document_no_collection(acme: Organisation, plans: Shelf) -> None:
    roadmap = plans.documents["roadmap"]
    astray = [Edge("shelf as support", plans.id, (plans.id,)), Edge("document as shelf", roadmap, is_manual=True)]
    right = [Edge("by hand", plans.id, is_manual=True), Edge("by a document", plans.id, (roadmap,))]
    assert await seen(acme, *astray, *right, by="admin") == right


async def test_a_graph_takes_reading_and_no_more(acme: Organisation, plans: Shelf) -> None:
    roadmap = plans.documents["roadmap"]
    await hide(acme, roadmap, Permission.LIST)
    assert await seen(acme, Edge("shown", plans.id, (roadmap,))) == [Edge("shown", plans.id, (roadmap,))]
