"""Roof, HTTP: whatever is raised while answering, as an answer."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.db.faults import AWAY
from app.errors import (
    FieldIssue,
    InternalFault,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    PlatformError,
    PreconditionFailed,
    Unavailable,
    ValidationFailed,
)
from app.http.errors import answer_error
from app.http.json_body import NotJson
from app.http.visit import Visit

log = structlog.get_logger("http")

FAULT = "Something on our side failed; the request id leads to its cause in the logs."
_PLACES = {"body", "query", "path", "header"}
_MOST_ISSUES = 20  # more help nobody
_LONGEST_NAME = 100  # of a field somebody made up


def install(app: FastAPI) -> None:
    """Answer every kind of failure in our own shapes."""
    app.add_exception_handler(PlatformError, _platform_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _fault)
    app.add_exception_handler(StaleDataError, _stale)
    for away in AWAY:
        app.add_exception_handler(away, _database_away)


async def _platform_error(request: Request, error: Exception) -> Response:
    return _answer(request, cast("PlatformError", error))


async def _fault(request: Request, _error: Exception) -> Response:
    """Whatever nobody foresaw; the door writes it down."""
    return _answer(request, InternalFault(FAULT))


async def _stale(request: Request, _: Exception) -> Response:
    sentence = "This was changed by somebody else at the same moment; read it again."
    return _answer(request, PreconditionFailed(sentence))


async def _database_away(request: Request, error: Exception) -> Response:
    log.error("database_away", exc_info=error)
    return _answer(request, Unavailable("The database does not answer; try again shortly.", retry_after=5))


async def _invalid(request: Request, error: Exception) -> Response:
    unread = error.__cause__
    if isinstance(unread, NotJson):
        return _answer(request, ValidationFailed(unread.reason, details=[FieldIssue("", unread.reason)]))
    invalid = cast("RequestValidationError", error)
    issues: dict[str, FieldIssue] = {}
    for fault in invalid.errors()[:_MOST_ISSUES]:
        issue = _issue(request, fault, invalid.body)
        issues.setdefault(issue.field, issue)  # one says enough of each field
    first = next(iter(issues.values()))
    sentence = f"{first.field}: {first.message}" if first.field else first.message
    return _answer(request, ValidationFailed(sentence, details=[*issues.values()]))


async def _plain(request: Request, error: Exception) -> Response:
    """What Starlette says by itself: unknown paths, wrong methods, bodies it cannot read."""
    status = cast("HTTPException", error).status_code
    if status == 404:
        return _answer(request, NotFound("There is nothing at this path."))
    if status == 405:
        response = _answer(request, MethodNotAllowed(f"{request.method} is not possible on this path."))
        response.headers["Allow"] = ", ".join(_methods_on(request))
        return response
    if status == 413:
        return _answer(request, PayloadTooLarge("The body is larger than this path takes."))
    return _answer(request, ValidationFailed("The body could not be read."))


def _methods_on(request: Request) -> list[str]:
    """Every method of a path; Starlette only knows those of the first route that fits."""
    said, routes = request.scope["path"], request.app.state.routes
    path = next((route.path for route in routes if route.path_regex.match(said)), None)
    found = {method for route in routes if route.path == path for method in route.methods}
    return sorted(found | {"HEAD"} if "GET" in found else found)


def _answer(request: Request, error: PlatformError) -> Response:
    response = answer_error(request, error)
    visit: Visit | None = getattr(request.state, "visit", None)
    if visit is not None:
        response.headers.update({name: value for name, value in visit.headers.items() if name != "ETag"})
    return response


def _issue(request: Request, fault: Mapping[str, Any], sent: object) -> FieldIssue:
    place = _place(fault, sent)
    if fault["type"].startswith("union_tag"):
        place.append(fault["ctx"]["discriminator"].strip("'"))  # it is that field which says which shape is meant
    field = ".".join(str(part)[:_LONGEST_NAME] for part in place)
    if fault["type"] == "extra_forbidden":
        return FieldIssue(field, _unknown(request, place))
    return FieldIssue(field, str(fault["msg"]).removeprefix("Value error, "))


def _place(fault: Mapping[str, Any], sent: object) -> list[Any]:
    """Where a fault is in what was sent; pydantic also names the shapes it tried on the way there."""
    loc: tuple[Any, ...] = fault["loc"]
    first, parts = loc[0], list(loc[1:])
    if first not in _PLACES:
        return [first, *parts]
    if first != "body" or not isinstance(sent, dict | list):
        return parts
    place: list[Any] = []
    at: Any = sent
    held = False
    for part in parts:
        held = _holds(at, part)
        if held:
            place.append(part)
            at = at[part]
    # What is missing stands nowhere; a null that counts as nothing is missing too, and stands there.
    return [*place, *parts[-1:]] if fault["type"] == "missing" and not held else place


def _holds(at: Any, part: Any) -> bool:
    if isinstance(at, list):
        return isinstance(part, int) and part < len(at)
    return isinstance(at, dict) and part in at


def _unknown(request: Request, place: list[Any]) -> str:
    known = _fields_beside(request, place)
    near = difflib.get_close_matches(str(place[-1])[:_LONGEST_NAME], known, n=1, cutoff=0.5)
    return f"unknown field; did you mean {near[0]!r}?" if near else f"unknown field; known are: {', '.join(known)}"


def _fields_beside(request: Request, place: list[Any]) -> list[str]:
    """The fields known where an unknown one was sent."""
    shape: Any = _if_there(getattr(request.state, "body_shape", None) or _declared_shape(request))
    for part in place[:-1]:
        if isinstance(part, int):  # a place in a list: the shape is that of its items
            shape = _if_there(next(iter(get_args(shape)), None))
            continue
        field = shape.model_fields.get(part) if _is_shape(shape) else None
        shape = _if_there(field.annotation) if field is not None else shape
    return sorted(shape.model_fields) if _is_shape(shape) else []


def _declared_shape(request: Request) -> Any:
    route = request.scope.get("route")
    field = route.body_field if isinstance(route, APIRoute) else None
    return None if field is None else field.field_info.annotation


def _if_there(shape: Any) -> Any:
    """What is there where it may be left out."""
    said = [each for each in get_args(shape) if each is not NoneType]
    return said[0] if get_origin(shape) in {Union, UnionType} and len(said) == 1 else shape


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)
