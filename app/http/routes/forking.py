"""Roof, HTTP: another collection of the same documents, for the same people, embedded by another model."""

from __future__ import annotations

from fastapi import APIRouter

from acl.permission import MANAGER, Permission
from app.http.access_path import MODULE, CollectionPath
from app.http.collection_path import choice, collection_to, overview
from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import VisitDep
from app.http.wire.collections import CollectionRead
from app.http.wire.forking import ForkCreate, ForkStateRead
from app.identity.permissions import Matrix
from indexing.collections.access import OpenCollection
from indexing.forking.asking import ask_for_fork, fork_state

_FORK = "/collections/{collection_id}/fork"
router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)


@router.post(_FORK, operation_id="fork_collection", status_code=202)
@gate(Matrix.MANAGE, guard=collection_to(Permission(MANAGER)), creates=True, module=MODULE)
async def fork_collection(visit: VisitDep, _: CollectionPath, said: ForkCreate) -> Success[CollectionRead]:
    """Make a collection of the same documents with the same access lists and owners; they are copied by a job.

    Needs all of MANAGER on the collection. What its maker could not read they cannot read in the fork either.
    """
    source: OpenCollection = visit.subject
    chosen = choice(visit)
    embedding = await chosen.embedding(said.embedding_model)
    named = said.graph_extraction_model
    extraction = None if named is None else await chosen.extraction(named)
    differing = said.differing(embedding, extraction)
    fork = await ask_for_fork(visit.transaction, visit.platform.jobs, source, differing, user_id=visit.caller.user_id)
    visit.record("collection.forked", ("collection", source.id), fork_id=fork.id, embedding_model=embedding)
    visit.record("collection.created", ("collection", fork.id), slug=fork.row.slug, forked_from=source.id)
    return success(CollectionRead.of(await overview(visit).one(fork.row)))


@router.get(_FORK, operation_id="get_fork")
@gate(Matrix.VIEW, guard=collection_to(Permission.READ), module=MODULE)
async def get_fork(visit: VisitDep, _: CollectionPath) -> Success[ForkStateRead]:
    """Show how far a collection is with copying what it was forked from; idle if it is no fork."""
    return success(ForkStateRead.of(await fork_state(visit.session, visit.subject.row)))
