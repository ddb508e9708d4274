"""Roof, HTTP: the API's own description, open to everybody."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from app.http.description import describe
from app.http.gate import public
from app.http.pages import CSP, errors_page, known_errors, operations_page
from app.http.route import GatedRoute

router = APIRouter(tags=["public"], route_class=GatedRoute, include_in_schema=False)
_HEADERS = {"Content-Security-Policy": CSP}


@router.get("/openapi.json")
@public()
async def openapi(request: Request) -> Response:
    """Give the OpenAPI description."""
    return JSONResponse(describe(request.app))


@router.get("/docs")
@public()
async def docs(request: Request) -> Response:
    """Show every operation."""
    return HTMLResponse(operations_page(describe(request.app)), headers=_HEADERS)


@router.get("/docs/errors")
@public()
async def errors() -> Response:
    """Show every error code."""
    return HTMLResponse(errors_page(known_errors()), headers=_HEADERS)
