"""Allowing: a collection is opened to everyone of its tenant, or closed to all whom it does not name."""

from __future__ import annotations

from acl.changes import SetDefaultAccess, apply
from acl.facts import DefaultAccess
from acl.permission import VIEWER, ResourceKind
from acl.weighing import Weighing
from app.errors import ValidationFailed


async def set_default_access(weighing: Weighing, default_access: DefaultAccess) -> bool:
    """Say what a collection gives to those no entry speaks of; returns whether that is new."""
    if weighing.before.kind is not ResourceKind.COLLECTION:
        raise ValidationFailed.of("default_access", "a document has none; its collection has")
    if default_access is weighing.before.default_access:
        return False
    if default_access is DefaultAccess.TENANT:
        weighing.require_given(VIEWER)
    await weighing.settle(apply(weighing.before, SetDefaultAccess(default_access)))
    weighing.access.default_access = default_access
    await weighing.session.flush()
    return True
