"""Roof, HTTP: the application, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import cast

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from app.console.built import read_built
from app.console.mount import Console
from app.http import failures
from app.http.body_limit import BodyLimit
from app.http.description import responses_of
from app.http.door import Door
from app.http.gate import gate_of
from app.http.open_streams import OpenStreams, on_stop_signal
from app.http.route import GatedRoute
from app.http.routes import ALL
from app.wiring import Platform

Opening = Callable[[], AbstractAsyncContextManager[Platform]]


def create_app(
    opening: Opening, *, max_json_bytes: int, max_upload_bytes: int, routers: Sequence[APIRouter] = ALL
) -> ASGIApp:
    """Make the application; the platform is opened when it starts and closed when it ends."""
    return Door(BodyLimit(assemble(opening, routers), max_json_bytes, max_upload_bytes))


def assemble(opening: Opening, routers: Sequence[APIRouter]) -> FastAPI:
    """Put the routes together, still without the rooms every request passes first."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opening() as platform:
            app.state.platform = platform
            app.state.persona_enricher = platform.gateway.enricher
            app.state.console = Console(await asyncio.to_thread(read_built), platform.settings.scaikey.browser_issuer)
            app.state.streams = streams = OpenStreams(platform.credentials)
            undo = on_stop_signal(streams.stop_all)
            watching = asyncio.create_task(streams.watch())
            try:
                async with AsyncExitStack() as stack:
                    for router in routers:
                        await stack.enter_async_context(router.lifespan_context(app))
                    yield
            finally:
                undo()
                watching.cancel()
                await asyncio.wait({watching})

    app = FastAPI(
        title="ScaiGrid",
        version="1",
        summary="Permission-aware retrieval and assistants over your own documents.",
        lifespan=lifespan,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        openapi_url=None,
    )
    failures.install(app)
    app.state.routes = [route for router in routers for route in router.routes]
    for router in routers:
        _add(app, router)
    return app


def _add(app: FastAPI, router: APIRouter) -> None:
    """Take the routes themselves: to include a router is to look for every path twice, and through wrappers."""
    _check_gates(router)
    for route in cast("list[GatedRoute]", router.routes):
        route.responses = {**responses_of(router.prefix), **route.responses}
        app.router.routes.append(route)


def _check_gates(router: APIRouter) -> None:
    """A route without a gate stops the start: nothing is open by oversight."""
    for route in router.routes:
        endpoint = getattr(route, "endpoint", None)
        if not isinstance(route, GatedRoute) or endpoint is None:
            raise TypeError(f"{route} is not a gated route")
        gate_of(endpoint)
