"""What is told about a list is never newer than the yes that lets somebody see it."""

from __future__ import annotations

from acl.facts import Effect, PrincipalType
from acl.inquiry import Inquiry
from acl.permission import EVERY_BIT, Permission
from acl.ref import ResourceRef
from app.db.tenancy import Reach
from tests.world.people import Organisation
from tests.world.shelves import enter, shelf


async def test_who_is_shut_out_while_asking_is_not_told_what_came_after(acme: Organisation) -> None:
    made, platform = await shelf(acme), acme.running.platform
    user, viewer = ((PrincipalType.USER, acme.people[name].id) for name in ("user", "viewer"))
    await enter(acme, made.id, Effect.ALLOW, user)
    caller = (await platform.credentials.admit(acme.people["user"].key)).caller
    async with platform.transactions.open(Reach.one(acme.id), writes=False) as transaction:
        inquiry = Inquiry(platform.access.resolver(transaction.session), caller, ResourceRef.collection(made.id))
        assert await inquiry.admit(viewer[1])
        await enter(acme, made.id, Effect.DENY, user, permissions=EVERY_BIT)
        await enter(acme, made.id, Effect.ALLOW, viewer)  # of which they must not hear
        case = await inquiry.case(viewer[1], int(Permission.READ))
    assert [entry.principal_id for entry in case.resource.entries] == [user[1]]
    assert not case.decision.allowed
