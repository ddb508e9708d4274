"""What is hidden is not there, and what is there may still be refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from acl.errors import CollectionNotFound, DocumentNotFound
from acl.facts import DefaultAccess, Effect, PrincipalType
from acl.permission import VIEWER, Permission
from acl.ref import ResourceRef
from acl.requiring import require_access, require_access_to_all
from app.db.tenancy import Reach
from app.errors import NotFound, PermissionDenied
from tests.world.people import Organisation
from tests.world.shelves import enter, shelf

Ask = Callable[[ResourceRef, Permission], Awaitable[int]]
READ, WRITE, DELETE = Permission.READ, Permission.WRITE, Permission.DELETE


@pytest.fixture
def ask(acme: Organisation) -> Ask:
    """Let the user require something; returns what the decision grants."""

    async def asking(ref: ResourceRef, permission: Permission) -> int:
        platform = acme.running.platform
        caller = (await platform.credentials.admit(acme.people["user"].key)).caller
        async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
            resolver = platform.access.resolver(transaction.session)
            return (await require_access(resolver, caller, ref, permission)).granted

    return asking


async def all_of(acme: Organisation, permission: Permission, *refs: ResourceRef) -> int:
    """Let the user require the same of several things; returns how many decisions there are."""
    platform = acme.running.platform
    caller = (await platform.credentials.admit(acme.people["user"].key)).caller
    async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        resolver = platform.access.resolver(transaction.session)
        return len(await require_access_to_all(resolver, caller, refs, permission))


async def refusal(asking: Awaitable[int]) -> tuple[type[Exception], str]:
    """How it was refused."""
    with pytest.raises((NotFound, PermissionDenied)) as refused:
        await asking
    return type(refused.value), str(refused.value)


async def test_who_may_gets_the_decision(acme: Organisation, ask: Ask) -> None:
    plans = await shelf(acme, "roadmap", default_access=DefaultAccess.TENANT)
    for ref in (ResourceRef.collection(plans.id), ResourceRef.document(plans.documents["roadmap"])):
        assert await ask(ref, READ) == READ
        assert await ask(ref, Permission.LIST) == READ | Permission.LIST
        assert await ask(ref, Permission(VIEWER)) == VIEWER


async def test_hidden_and_missing_are_the_same(acme: Organisation, ask: Ask) -> None:
    plans = await shelf(acme, "roadmap")
    for permission in (READ, WRITE, READ | WRITE):
        hidden = await refusal(ask(ResourceRef.document(plans.documents["roadmap"]), permission))
        assert hidden == await refusal(ask(ResourceRef.document("nowhere"), permission))
        assert hidden[0] is DocumentNotFound
        hidden = await refusal(ask(ResourceRef.collection(plans.id), permission))
        assert hidden == await refusal(ask(ResourceRef.collection("nowhere"), permission))
        assert hidden[0] is CollectionNotFound


async def test_a_thing_of_another_kind_is_missing(acme: Organisation, ask: Ask) -> None:
    plans = await shelf(acme, "roadmap", default_access=DefaultAccess.TENANT)
    assert (await refusal(ask(ResourceRef.document(plans.id), READ)))[0] is DocumentNotFound
    document = ResourceRef.collection(plans.documents["roadmap"])
    assert (await refusal(ask(document, READ)))[0] is CollectionNotFound


async def test_who_may_read_is_told_what_else_it_takes(acme: Organisation, ask: Ask) -> None:
    plans = await shelf(acme, "roadmap", default_access=DefaultAccess.TENANT)
    refused = await refusal(ask(ResourceRef.collection(plans.id), READ | WRITE | DELETE))
    assert refused == (PermissionDenied, "This needs WRITE, DELETE on the collection.")
    refused = await refusal(ask(ResourceRef.document(plans.documents["roadmap"]), WRITE))
    assert refused == (PermissionDenied, "This needs WRITE on the document.")


async def test_a_right_is_known_to_who_holds_it_though_they_cannot_read(acme: Organisation, ask: Ask) -> None:
    plans = await shelf(acme, "roadmap")
    roadmap, user = plans.documents["roadmap"], (PrincipalType.USER, acme.people["user"].id)
    await enter(acme, roadmap, Effect.ALLOW, user, permissions=int(WRITE))
    assert await ask(ResourceRef.document(roadmap), WRITE) == WRITE
    assert (await refusal(ask(ResourceRef.document(roadmap), WRITE | DELETE)))[0] is DocumentNotFound
    assert (await refusal(ask(ResourceRef.document(roadmap), READ)))[0] is DocumentNotFound


async def test_of_several_things_one_that_is_not_there_is_said_before_one_that_is_refused(acme: Organisation) -> None:
    readable, other, hidden = [
        ResourceRef.collection((await shelf(acme, default_access=access)).id)
        for access in (DefaultAccess.TENANT, DefaultAccess.TENANT, DefaultAccess.RESTRICTED)
    ]
    user = (PrincipalType.USER, acme.people["user"].id)
    await enter(acme, other.id, Effect.ALLOW, user, permissions=int(READ | WRITE))
    assert await all_of(acme, READ, readable, other) == 2
    assert await all_of(acme, WRITE, other) == 1
    refused = PermissionDenied, "This needs WRITE on the collection."
    assert await refusal(all_of(acme, WRITE, readable, other)) == refused
    assert await refusal(all_of(acme, WRITE, other, readable)) == refused
    for absent in (hidden, ResourceRef.collection("nowhere")):
        for refs in ((readable, absent), (absent, readable), (other, absent)):
            assert (await refusal(all_of(acme, WRITE, *refs)))[0] is CollectionNotFound
