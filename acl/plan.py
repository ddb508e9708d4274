"""Allowing: which documents of a collection somebody may read, said so that stores can ask for those first.

A plan makes retrieval faster and never wider: what it lets through passes the chokepoint all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection

from acl.evaluate import is_timeless
from acl.facts import Resource
from acl.listed import Listed, Lists
from acl.loading import read_document_ids, read_exceptions
from acl.permission import Permission, ResourceKind
from acl.planned import AccessPlan
from acl.reading import Reading
from acl.ref import ResourceRef
from acl.requiring import not_there
from acl.resolver import AclResolver, Resolver
from app.identity.caller import Caller

Found = TypeVar("Found")
_MANY = 1_000  # documents that are left out: ten times as many take a store a tenth of a second


async def plan_access(
    resolver: AclResolver, user: Caller, collection_id: str, permission: Permission = Permission.READ
) -> AccessPlan:
    """Work out the plan of somebody for a collection, from the documents that differ from its rest alone."""
    return (await plan_many(resolver, user, [collection_id], permission))[collection_id]


async def plan_required(resolver: Resolver, user: Caller, collection_id: str) -> AccessPlan:
    """The plan for a collection that somebody may read, of the same moment; to others it is not there."""
    return await found_by_plan(resolver, user, collection_id, lambda _, plan: plan)


async def found_by_plan(
    resolver: Resolver,
    user: Caller,
    collection_id: str,
    find: Callable[[Connection, AccessPlan], Found | None],
    *,
    needs: Permission = Permission.READ,
) -> Found:
    """What is found by that plan, of the same moment too; where nothing is, the collection is not there either.

    To find it may happen on another thread, and names its tenant.
    """
    ref, wanted = ResourceRef.collection(collection_id), int(needs)

    def found(reading: Reading) -> Found | None:
        lists = reading.lists({ref.id})
        if not reading.cases(wanted).decide(ref.kind, lists.get(ref.id)).allowed:
            return None
        return find(reading.connection, _plans(reading, [collection_id], wanted)[collection_id])

    made = await resolver.answer(user, found)
    if made is None:
        raise not_there(ref)
    return made


async def plan_many(
    resolver: AclResolver, user: Caller, collection_ids: Collection[str], permission: Permission = Permission.READ
) -> dict[str, AccessPlan]:
    """Work out the plans of somebody for some collections: five statements at most, however many they are."""
    return await resolver.answer(user, lambda reading: _plans(reading, collection_ids, int(permission)))


async def readable_documents(
    resolver: AclResolver, user: Caller, collection_id: str, permission: Permission = Permission.READ
) -> frozenset[str]:
    """Every document of a collection that somebody may read."""
    return await readable_among(resolver, user, [collection_id], permission)


async def readable_among(
    resolver: AclResolver, user: Caller, collection_ids: Collection[str], permission: Permission = Permission.READ
) -> frozenset[str]:
    """Every document of some collections that somebody may read."""

    def readable(reading: Reading) -> frozenset[str]:
        plans = _plans(reading, collection_ids, int(permission))
        chosen = {id_ for plan in plans.values() if not plan.all_except for id_ in plan.document_ids}
        open_ = {id_: plan.document_ids for id_, plan in plans.items() if plan.all_except}
        every = read_document_ids(reading.connection, reading.asking.tenant_id, open_) if open_ else ()
        return frozenset(chosen).union(id_ for id_, collection_id in every if id_ not in open_[collection_id])

    return await resolver.answer(user, readable)


def _plans(reading: Reading, collection_ids: Collection[str], wanted: int) -> dict[str, AccessPlan]:
    """The plans for some collections: those that are remembered, and those that are made now."""
    if reading.memory is None:
        return _made(reading, collection_ids, wanted)[0]
    grown = reading.grown(collection_ids)
    known = {id_: plan for id_ in collection_ids if (plan := reading.recalled(wanted, id_, grown[id_])) is not None}
    unknown = [id_ for id_ in collection_ids if id_ not in known]
    if not unknown:
        return known
    made, lasting = _made(reading, unknown, wanted)
    for id_ in lasting:
        reading.remember(wanted, made[id_], grown[id_])
    return known | made


def _made(
    reading: Reading, collection_ids: Collection[str], wanted: int
) -> tuple[dict[str, AccessPlan], Collection[str]]:
    """Decide about an ordinary document of each collection, and about each that may differ from it.

    Says also which of the plans no lapse of time changes, of collections that are there.
    """
    asking, cases = reading.asking, reading.cases(wanted)
    lists = read_exceptions(reading.connection, asking.tenant_id, collection_ids, asking.subject.user_id)
    ordinary = Resource(ResourceKind.DOCUMENT, "", asking.tenant_id, owner_id=None, inherits=True)

    def may(document: Listed) -> bool:
        return cases.decide(ResourceKind.DOCUMENT, document).allowed

    rest = {
        id_: may(Listed(None, replace(ordinary, collection=one.shared)))
        for id_, one in lists.items()
        if one.shared.kind is ResourceKind.COLLECTION
    }
    differing = defaultdict[str, list[str]](list)
    for id_, one in lists.items():
        above = one.shared.collection
        if above is not None and may(one) is not rest[above.id]:
            differing[above.id].append(id_)
    plans = {id_: AccessPlan(id_, rest.get(id_, False), frozenset(differing[id_])) for id_ in collection_ids}
    return {id_: _shorter(reading, plan) for id_, plan in plans.items()}, rest.keys() - _passing(lists)


def _shorter(reading: Reading, plan: AccessPlan) -> AccessPlan:
    """The same, said by what may be read where that is less than what may not, and there is much of it."""
    if not plan.all_except or len(plan.document_ids) <= _MANY:
        return plan
    every = read_document_ids(reading.connection, reading.asking.tenant_id, [plan.collection_id])
    others = frozenset(id_ for id_, _ in every) - plan.document_ids
    return AccessPlan(plan.collection_id, False, others) if len(others) < len(plan.document_ids) else plan


def _passing(lists: Lists) -> set[str]:
    """The collections of which some list says another thing after a while."""
    shared = {id(one): one for one in lists.shared.values()}.values()
    timed = [one for one in shared if not is_timeless(one)]
    return {one.id if one.collection is None else one.collection.id for one in timed}
