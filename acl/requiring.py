"""Allowing: a thing somebody names is theirs to see, or not there; and theirs to use so, or refused."""

from __future__ import annotations

from acl.decision import Decision
from acl.errors import CollectionNotFound, DocumentNotFound
from acl.permission import Permission, ResourceKind, names_of
from acl.ref import ResourceRef
from acl.resolver import Resolver
from app.errors import NotFound, PermissionDenied
from app.identity.caller import Caller

_NOT_THERE: dict[ResourceKind, type[NotFound]] = {
    ResourceKind.COLLECTION: CollectionNotFound,
    ResourceKind.DOCUMENT: DocumentNotFound,
}


async def require_access(resolver: Resolver, user: Caller, ref: ResourceRef, permission: Permission) -> Decision:
    """Return the decision that lets somebody do this; hidden is the same as missing, and only the readable is refused.

    Who holds the permission asked for need not be able to read: rights over a thing are known to those who hold them.
    """
    decision = await resolver.explain(user, ref, permission | Permission.READ)
    if decision.granted & permission == permission:
        return decision
    if not decision.granted & Permission.READ:
        raise not_there(ref)
    missing = ", ".join(names_of(permission & ~decision.granted))
    raise PermissionDenied(f"This needs {missing} on the {ref.kind}.")


def not_there(ref: ResourceRef) -> NotFound:
    """What is said of a thing that is missing or hidden."""
    return _NOT_THERE[ref.kind]()
