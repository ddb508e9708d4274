"""Allowing: a thing goes over to somebody else."""

from __future__ import annotations

from acl.changes import SetOwner, apply
from acl.weighing import Weighing
from app.errors import PermissionDenied, ValidationFailed
from app.identity.queries import exists
from app.identity.tables import ACTIVE, User


async def set_owner(weighing: Weighing, owner_id: str) -> bool:
    """Give a thing to somebody, or take it for oneself; returns whether it was not theirs already.

    Who may take ownership takes it openly, for themselves, and may then give: nobody owns a thing unawares.
    """
    taking = owner_id == weighing.maker.user_id
    if not taking and not weighing.is_owned:
        raise PermissionDenied("Only its owner or an administrator gives this away; you can take it for yourself.")
    theirs = (User.id == owner_id, User.tenant_id == weighing.before.tenant_id, User.status == ACTIVE)
    if not await exists(weighing.session, User, *theirs):
        raise ValidationFailed.of("owner_id", "there is no such active user in this tenant")
    if owner_id == weighing.access.owner_id:
        return False
    await weighing.settle(apply(weighing.before, SetOwner(owner_id)), taking=taking)
    weighing.access.owner_id = owner_id
    await weighing.session.flush()
    return True
