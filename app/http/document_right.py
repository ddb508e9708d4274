"""Roof, HTTP: the right to a document, or to a collection, as it is asked for again while an answer is under way."""

from __future__ import annotations

from acl.permission import Permission
from acl.ref import ResourceRef
from acl.requiring import require_access
from app.db.tenancy import Reach
from app.http.access_path import MODULE
from app.http.open_streams import OpenStreams, Right
from app.http.visit import Visit
from app.identity.credentials import Admitted
from app.identity.permissions import Matrix
from indexing.documents.watching import Watching


def right_to(visit: Visit, *, collection_id: str | None, document_id: str | None = None) -> Right:
    """An answer may go on for as long as it might be asked for anew."""
    platform, tenant_id = visit.platform, visit.tenant_id

    async def recheck(admitted: Admitted) -> None:
        caller = admitted.caller
        caller.require(Matrix.VIEW)
        await platform.switchboard.require(tenant_id, MODULE)
        if collection_id is not None:
            async with platform.transactions.open(Reach.one(tenant_id), writes=False) as transaction:
                resolver, ref = platform.access.resolver(transaction.session), ResourceRef.collection(collection_id)
                await require_access(resolver, caller, ref, Permission.READ)
        if document_id is not None:
            await Watching(platform.chokepoint, platform.transactions, caller, tenant_id).document(document_id)

    return Right(visit.bearer, recheck, visit.place)


def watching(visit: Visit) -> Watching:
    """Look with the eyes of the caller."""
    return Watching(visit.platform.chokepoint, visit.platform.transactions, visit.caller, visit.tenant_id)


def streams_of(visit: Visit) -> OpenStreams:
    """The answers under way in this process."""
    streams: OpenStreams = visit.request.app.state.streams
    return streams
