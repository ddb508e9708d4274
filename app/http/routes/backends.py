"""Roof, HTTP: backends, the models at providers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import select

from app.db.tenancy import Reach
from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.providers import BackendCreate, BackendHealthRead, BackendPatch, BackendRead
from app.identity.permissions import Core
from app.inference.backend_models import BackendDraft, add_backend, change_backend, connect_by_own, remove_backend
from app.inference.errors import BackendFailure, BackendNotFound
from app.inference.health import look, note_health
from app.inference.queries import page_of
from app.inference.tables import Backend, BackendHealth

router = APIRouter(prefix="/v1/backends", tags=["routing"], route_class=GatedRoute)
_CONNECTION = "connection"


async def _named(request: Request, visit: Visit) -> Backend:
    backend = await visit.session.get(Backend, request.path_params["backend_id"])
    if backend is None or backend.id in await visit.platform.gateway.catalogue.hidden_backends(visit.caller):
        raise BackendNotFound
    return backend


def _shape(backend: Backend) -> BackendRead:
    names = BackendRead.model_fields.keys() - {"has_own_connection"}
    values: dict[str, Any] = {name: getattr(backend, name) for name in names}
    return BackendRead(**values, has_own_connection=backend.sealed_config is not None)


@router.get("", operation_id="list_backends")
@gate(Core.ROUTING_VIEW)
async def list_backends(
    visit: VisitDep, page: PageDep, provider_id: Annotated[str | None, Query(max_length=64)] = None
) -> Listing[BackendRead]:
    """List the backends, of all providers or of one."""
    hidden = await visit.platform.gateway.catalogue.hidden_backends(visit.caller)
    wanted = select(Backend).where(Backend.id.not_in(hidden))
    if provider_id is not None:
        wanted = wanted.where(Backend.provider_id == provider_id)
    return listing(visit, page, await page_of(visit.session, Backend, wanted, page), _shape)


@router.post("", operation_id="create_backend", status_code=201)
@gate(Core.ROUTING_MANAGE, creates=True)
async def create_backend(visit: VisitDep, body: BackendCreate) -> Success[BackendRead]:
    """Add a backend to a provider."""
    backend = await add_backend(visit.transaction, BackendDraft(**body.model_dump(exclude={_CONNECTION})))
    if body.connection is not None:
        await connect_by_own(visit.transaction, visit.platform.secrets, backend, body.connection.model_dump())
    visit.record("backend.created", ("backend", backend.id), uri=backend.uri)
    visit.etag(backend.version)
    return success(_shape(backend))


@router.get("/{backend_id}", operation_id="get_backend")
@gate(Core.ROUTING_VIEW, guard=_named)
async def get_backend(visit: VisitDep, backend_id: str) -> Success[BackendRead]:
    """Show a backend."""
    visit.etag(visit.subject.version)
    return success(_shape(visit.subject))


@router.patch("/{backend_id}", operation_id="update_backend")
@gate(Core.ROUTING_MANAGE, guard=_named)
async def update_backend(visit: VisitDep, backend_id: str, body: BackendPatch) -> Success[BackendRead]:
    """Change a backend."""
    backend: Backend = visit.subject
    visit.expect(backend.version)
    changes = body.model_dump(exclude_unset=True)
    own = changes.pop(_CONNECTION, backend)
    await change_backend(visit.transaction, backend, changes)
    if own is not backend:
        await connect_by_own(visit.transaction, visit.platform.secrets, backend, own)
    visit.record("backend.updated", ("backend", backend.id), fields=sorted(body.model_fields_set))
    visit.etag(backend.version)
    return success(_shape(backend))


@router.delete("/{backend_id}", operation_id="delete_backend")
@gate(Core.ROUTING_MANAGE, guard=_named)
async def delete_backend(visit: VisitDep, backend_id: str) -> Success[Deleted]:
    """Remove a backend no model is linked to."""
    visit.expect(visit.subject.version)
    await remove_backend(visit.session, visit.subject)
    visit.record("backend.deleted", ("backend", backend_id), uri=visit.subject.uri)
    return success(Deleted())


@router.get("/{backend_id}/health", operation_id="get_backend_health")
@gate(Core.ROUTING_VIEW, transaction=False)
async def get_backend_health(
    visit: VisitDep,
    backend_id: str,
    *,
    check: Annotated[bool, Query()] = False,
) -> Success[BackendHealthRead]:
    """Show how a backend was last seen, or look at it now; no transaction is held while it thinks."""
    catalogue = visit.platform.gateway.catalogue
    snapshot = await catalogue.snapshot()
    if backend_id not in snapshot.providers or backend_id in await catalogue.hidden_backends(visit.caller):
        raise BackendNotFound
    failure: BackendFailure | None = None
    if check and backend_id in snapshot.backends:
        backend = snapshot.backends[backend_id]
        failure = await look(visit.platform.backend_maker, backend.connection, backend.upstream_model)
        await _note(visit, backend_id, visit.platform.clock.now(), failure.code if failure else None)
    async with visit.platform.transactions.open(Reach.one(visit.tenant_id), writes=False) as transaction:
        seen = await transaction.session.get(BackendHealth, backend_id)
    return success(_health(seen, failure))


def _health(seen: BackendHealth | None, failure: BackendFailure | None) -> BackendHealthRead:
    if seen is None:
        return BackendHealthRead(state="unknown", since=None, checked_at=None, failure_code=None, failure=None)
    said: dict[str, Any] = {name: getattr(seen, name) for name in ("state", "since", "checked_at", "failure_code")}
    return BackendHealthRead(**said, failure=failure.message if failure else None)


async def _note(visit: Visit, backend_id: str, at: datetime, failure: str | None) -> None:
    async with visit.platform.transactions.open(Reach.one(visit.tenant_id)) as transaction:
        connection = await transaction.session.connection()
        await connection.run_sync(note_health, backend_id, at=at, failure_code=failure)
