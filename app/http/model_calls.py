"""Roof, HTTP: a model call as a request: read, checked, asked, answered in one piece or as a stream."""

from __future__ import annotations

import base64
import json
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from app.db.base import CATALOGUE
from app.http.json_body import NotJson
from app.http.open_streams import OpenStreams, Right
from app.http.streaming import FrameResponse, unless_gone
from app.http.visit import Visit
from app.identity.credentials import Admitted
from app.inference.callable import Modality
from app.inference.gateway import CHAT, EMBEDDING, ChatRequest
from app.inference.ports import Completion, EmbedCall, Embeddings

Shape = TypeVar("Shape", bound=BaseModel)
T = TypeVar("T")
_GONE = 499


async def read_body(visit: Visit, shape: type[Shape]) -> tuple[Shape, dict[str, Any]]:
    """Check a body against its shape, but keep what was sent: fields we do not know may mean something upstream."""
    try:
        await visit.body()
        sent = await visit.request.json()
    except NotJson as error:
        fault = {"type": "json_invalid", "loc": ("body",), "msg": error.reason, "input": None}
        raise RequestValidationError([fault]) from error
    visit.request.state.body_shape = shape
    try:
        return shape.model_validate(sent), sent
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults, body=sent) from None


def chat_request(sent: Mapping[str, Any]) -> ChatRequest:
    """Make a request for the gateway of what was sent."""
    options = sent.get("stream_options") or {}
    return ChatRequest(sent["model"], sent, include_usage=bool(options.get("include_usage")))


async def whole(visit: Visit, wanted: ChatRequest) -> Completion | Response:
    """Answer in one piece; a client that goes away meanwhile cancels the call."""
    work = visit.platform.gateway.chat(visit.caller, replace(wanted, bearer=visit.bearer), visit.epochs)
    return await _unless_gone(visit, wanted.slug, CHAT, work)


async def streamed(visit: Visit, wanted: ChatRequest, *, events: bool = False) -> Response:
    """Answer as a stream of frames, with events of ours between them where the client understands those."""
    wanted = replace(wanted, bearer=visit.bearer, events=events)
    opening = visit.platform.gateway.stream(visit.caller, wanted, visit.epochs)
    frames = await _unless_gone(visit, wanted.slug, CHAT, opening)
    if isinstance(frames, Response):
        return frames
    return FrameResponse(frames, _streams(visit), _right(visit, wanted.slug, CHAT), visit.headers)


async def embed(visit: Visit, slug: str, wanted: EmbedCall) -> Embeddings | Response:
    """Turn texts into vectors; a client that goes away meanwhile cancels the call."""
    work = visit.platform.gateway.embed(visit.caller, slug, wanted, visit.epochs)
    return await _unless_gone(visit, slug, EMBEDDING, work)


async def _unless_gone(visit: Visit, slug: str, modality: Modality, work: Coroutine[Any, Any, T]) -> T | Response:
    done = await unless_gone(visit.request, work, _streams(visit), _right(visit, slug, modality))
    return Response(status_code=_GONE) if done is None else done


def _right(visit: Visit, slug: str, modality: Modality) -> Right:
    """A call may go on for as long as it might be made anew."""
    catalogue = visit.platform.gateway.catalogue

    async def recheck(admitted: Admitted) -> object:
        return await catalogue.resolve(admitted.caller, slug, modality, epoch=admitted.epochs.get(CATALOGUE))

    return Right(visit.bearer, recheck, visit.place)


def _streams(visit: Visit) -> OpenStreams:
    streams: OpenStreams = visit.request.app.state.streams
    return streams


def embeddings_object(slug: str, embeddings: Embeddings, encoding: str | None) -> dict[str, Any]:
    """OpenAI's list of embeddings."""
    vectors: list[Any]
    if encoding == "base64":
        rows = embeddings.vectors.astype("<f4")
        vectors = [base64.b64encode(row.tobytes()).decode() for row in rows]
    else:
        vectors = embeddings.vectors.tolist()
    tokens = embeddings.usage.input_tokens
    return {
        "object": "list",
        "model": slug,
        "data": [{"object": "embedding", "index": place, "embedding": row} for place, row in enumerate(vectors)],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def listed(wanted: str | list[Any]) -> list[Any]:
    """The inputs as a list: one text, or one list of tokens, counts as one."""
    if isinstance(wanted, str) or (wanted and isinstance(wanted[0], int)):
        return [wanted]
    return wanted


def json_answer(body: object) -> Response:
    """Answer JSON as compactly as it goes."""
    return Response(json.dumps(body, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
