"""Roof, HTTP: whether this process lives, whether it should get traffic, and how every part is."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from app.errors import Unavailable
from app.http.envelope import Success, Wire, success
from app.http.gate import public
from app.http.route import GatedRoute
from app.telemetry.metrics import REGISTRY

router = APIRouter(tags=["public"], route_class=GatedRoute)


class HealthRead(Wire):
    """That the process answers."""

    state: Literal["up"]


class ReadyRead(Wire):
    """That the process should get traffic."""

    state: Literal["ready"]


@router.get("/health", operation_id="health")
@public()
async def health() -> Success[HealthRead]:
    """Say that the process is alive; nothing outside it is asked."""
    return success(HealthRead(state="up"))


@router.get("/health/ready", operation_id="ready")
@public()
async def ready(request: Request) -> Success[ReadyRead]:
    """Say whether this instance should get traffic: its database must answer."""
    try:
        await request.app.state.platform.database.answers()
    except SQLAlchemyError:
        raise Unavailable("The database does not answer.", retry_after=5) from None
    return success(ReadyRead(state="ready"))


@router.get("/metrics", operation_id="metrics", response_class=Response)
@public()
async def metrics() -> Response:
    """Give Prometheus what it collects."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
