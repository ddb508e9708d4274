"""Roof, HTTP: the web console's own files, and where people sign in to it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.console.mount import Console
from app.errors import NotFound
from app.http.gate import public
from app.http.route import GatedRoute

router = APIRouter(tags=["public"], route_class=GatedRoute, include_in_schema=False)


@router.get("/")
@public()
async def front() -> Response:
    """Lead a browser to the console."""
    return RedirectResponse("/console")


@router.get("/console")
@public()
async def console(request: Request) -> Response:
    """Give the console's page."""
    return _answer(request, "index.html")


@router.get("/console/{path:path}")
@public()
async def console_file(request: Request, path: str) -> Response:
    """Give a file of the console; its page for one of its own addresses."""
    return _answer(request, path or "index.html")


def _answer(request: Request, path: str) -> Response:
    served: Console = request.app.state.console
    answer = served.answer(path, request.headers.get("if-none-match"))
    if answer is None:
        raise NotFound("The console has no such file.")
    return answer
