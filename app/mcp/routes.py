"""Roof, MCP: its one path, and where assistants learn who lets them in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.responses import JSONResponse

from app.http.authentication import MCP, RESOURCE_METADATA, mcp_scope_of
from app.http.base_url import base_of
from app.http.content import expect_json
from app.http.gate import gate_by_hand, public
from app.http.route import GatedRoute
from app.http.visit import VisitDep
from app.mcp.exchange import exchanged
from app.mcp.listening import Listening
from app.mcp.origin import require_own_origin
from app.mcp.turns import Turns


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[None]:
    app.state.mcp_turns = Turns()
    app.state.mcp = listening = Listening()
    try:
        yield
    finally:
        await listening.aclose()


# Not in the OpenAPI description: what is said here is described by MCP's own tools/list.
router = APIRouter(route_class=GatedRoute, include_in_schema=False, lifespan=_serving)


@router.post(MCP)
@gate_by_hand()
async def mcp(visit: VisitDep) -> Response:
    """Answer one JSON-RPC message of the Model Context Protocol."""
    require_own_origin(visit.request)
    expect_json(visit.request)
    state = visit.request.app.state
    with state.mcp_turns.taken(visit.caller):
        return await exchanged(visit, state.mcp)


@router.get(RESOURCE_METADATA)
@router.get(RESOURCE_METADATA + MCP)
@public()
async def resource_metadata(request: Request) -> Response:
    """Say whose tokens are taken here (RFC 9728)."""
    scaikey = request.app.state.platform.settings.scaikey
    said: dict[str, object] = {
        "resource": f"{base_of(request)}{MCP}",
        "resource_name": "ScaiGrid",
        "bearer_methods_supported": ["header"],
    }
    if scaikey.url:
        said["authorization_servers"] = [scaikey.issuer]
    if scope := mcp_scope_of(request):
        said["scopes_supported"] = [scope]
    return JSONResponse(said)
