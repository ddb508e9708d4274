"""Allowing: a thing somebody names is theirs to see, or not there; and theirs to use so, or refused."""

from __future__ import annotations

from collections.abc import Sequence

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
    (decision,) = await require_access_to_all(resolver, user, [ref], permission)
    return decision


async def require_access_to_all(
    resolver: Resolver, user: Caller, refs: Sequence[ResourceRef], permission: Permission
) -> list[Decision]:
    """The same of several things, decided together; that one of them is not there is said before one is refused."""
    decisions = await resolver.explain_many(user, refs, permission | Permission.READ)
    asked = zip(refs, decisions, strict=True)
    lacking = [(ref, found.granted) for ref, found in asked if found.granted & permission != permission]
    for ref, granted in lacking:
        if not granted & Permission.READ:
            raise not_there(ref)
    if lacking:
        ref, granted = lacking[0]
        missing = ", ".join(names_of(permission & ~granted))
        raise PermissionDenied(f"This needs {missing} on the {ref.kind}.")
    return decisions


def not_there(ref: ResourceRef) -> NotFound:
    """What is said of a thing that is missing or hidden."""
    return _NOT_THERE[ref.kind]()
