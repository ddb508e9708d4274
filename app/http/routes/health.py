"""Roof, HTTP: whether this process lives, whether it should get traffic, and how every part is."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from app.errors import Unavailable
from app.http.envelope import Success, Wire, success
from app.http.gate import gate, public
from app.http.route import GatedRoute
from app.http.visit import VisitDep
from app.http.wire.openapi import file_of
from app.identity.permissions import Core
from app.telemetry.health import TIMEOUT_SECONDS, State
from app.telemetry.metrics import REGISTRY

router = APIRouter(tags=["public"], route_class=GatedRoute)


class HealthRead(Wire):
    """That the process answers."""

    state: Literal["up"]


class ReadyRead(Wire):
    """That the process should get traffic."""

    state: Literal["ready"]


class DependencyRead(Wire):
    """How one part is, since when, and what users notice of it."""

    name: str
    state: State
    since: datetime
    notice: str


class DetailedRead(Wire):
    """How the platform is as a whole, and every part of it."""

    state: Literal["up", "degraded", "down"]
    dependencies: list[DependencyRead]


@router.get("/health", operation_id="health")
@router.get("/livez", operation_id="livez")
@public()
async def health() -> Success[HealthRead]:
    """Say that the process is alive; nothing outside it is asked."""
    return success(HealthRead(state="up"))


@router.get("/health/ready", operation_id="ready")
@router.get("/readyz", operation_id="readyz")
@public()
async def ready(request: Request) -> Success[ReadyRead]:
    """Say whether this instance should get traffic: its database must answer."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await request.app.state.platform.database.answers()
    except (SQLAlchemyError, TimeoutError):
        raise Unavailable("The database does not answer.", retry_after=5) from None
    return success(ReadyRead(state="ready"))


@router.get("/health/detailed", operation_id="health_detailed")
@gate(Core.ADMIN_ACCESS, transaction=False, counted=False)
async def detailed(visit: VisitDep) -> Success[DetailedRead]:
    """Show every part: how it is, since when, and what users notice."""
    parts = [DependencyRead.model_validate(part) for part in await visit.platform.health.look()]
    database_down = any(part.name == "database" and part.state is State.DOWN for part in parts)
    whole: Literal["up", "degraded"] = "up" if all(part.state.well for part in parts) else "degraded"
    return success(DetailedRead(state="down" if database_down else whole, dependencies=parts))


@router.get("/metrics", operation_id="metrics", response_class=Response, responses=file_of(CONTENT_TYPE_LATEST))
@public()
async def metrics() -> Response:
    """Give Prometheus what it collects."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
