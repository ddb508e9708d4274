"""Nothing of a request is handed to another thread only because it was not written as a coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import iscoroutinefunction
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.http.routes import ALL


def called_for(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for other in dependant.dependencies:
        yield from called_for(other)


def test_every_endpoint_and_all_it_depends_on_is_a_coroutine() -> None:
    routes = [route for router in ALL for route in router.routes if isinstance(route, APIRoute)]
    every = {call for route in routes for call in called_for(route.dependant)}
    assert len(every) > len({route.endpoint for route in routes}) > 100
    assert [call for call in every if not iscoroutinefunction(call)] == []
