"""Allowing: which documents of a collection somebody may read, said so that stores can ask for those first.

A plan makes retrieval faster and never wider: what it lets through passes the chokepoint all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from acl.evaluate import evaluate
from acl.facts import Resource
from acl.loading import read_document_ids, read_exceptions
from acl.permission import Permission, ResourceKind
from acl.resolver import AclResolver, deciding
from acl.subjects import Asking, read_asking, tenant_of
from app.identity.caller import Caller


@dataclass(frozen=True, slots=True)
class AccessPlan:
    """Either all documents of a collection but some, or only some."""

    collection_id: str
    all_except: bool
    document_ids: frozenset[str]

    def admits(self, document_id: str) -> bool:
        """Whether the plan lets a document of the collection through."""
        return (document_id in self.document_ids) is not self.all_except

    @property
    def admits_nothing(self) -> bool:
        """Whether no document can come through."""
        return not self.all_except and not self.document_ids


async def plan_access(
    resolver: AclResolver, user: Caller, collection_id: str, permission: Permission = Permission.READ
) -> AccessPlan:
    """Work out the plan of somebody for a collection, from the documents that differ from its rest alone."""
    with deciding():
        tenant_id, at = tenant_of(resolver.session), resolver.clock.now()
        connection = await resolver.session.connection()

        def plan(connection: Connection) -> AccessPlan:
            asking = read_asking(connection, user, tenant_id, at)
            return _plan(connection, asking, collection_id, int(permission))

        return await connection.run_sync(plan)


async def readable_documents(
    resolver: AclResolver, user: Caller, collection_id: str, permission: Permission = Permission.READ
) -> frozenset[str]:
    """Every document of a collection that somebody may read."""
    plan = await plan_access(resolver, user, collection_id, permission)
    if not plan.all_except:
        return plan.document_ids
    with deciding():
        tenant_id = tenant_of(resolver.session)
        connection = await resolver.session.connection()
        every = await connection.run_sync(read_document_ids, tenant_id, collection_id)
    return frozenset(every) - plan.document_ids


def _plan(connection: Connection, asking: Asking, collection_id: str, wanted: int) -> AccessPlan:
    collection, exceptions = read_exceptions(
        connection, asking.tenant_id, collection_id, user_id=asking.subject.user_id
    )
    if collection is None or collection.kind is not ResourceKind.COLLECTION:
        return AccessPlan(collection_id, all_except=False, document_ids=frozenset())

    def may(document: Resource) -> bool:
        return evaluate(asking.subject, document, wanted, asking.at).allowed

    rest = Resource(
        ResourceKind.DOCUMENT, "", collection.tenant_id, owner_id=None, inherits=True, collection=collection
    )
    rest_may = may(rest)
    differing = frozenset(document.id for document in exceptions if may(document) is not rest_may)
    return AccessPlan(collection_id, all_except=rest_may, document_ids=differing)
