"""Roof, HTTP: models asked in our own dialect."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from app.http.envelope import Success, success
from app.http.gate import gate_by_hand
from app.http.model_calls import (
    chat_request,
    embed,
    embeddings_object,
    json_answer,
    listed,
    read_body,
    streamed,
    whole,
)
from app.http.route import GatedRoute
from app.http.visit import Visit, VisitDep
from app.http.wire.inference import (
    ChatCreate,
    CompletionRead,
    EmbedCreate,
    EmbeddingsRead,
    GenerateCreate,
    GenerationRead,
)
from app.http.wire.openapi import body_of, or_stream
from app.inference.gateway import ChatRequest
from app.inference.ports import EmbedCall

router = APIRouter(prefix="/v1/inference", tags=["inference"], route_class=GatedRoute)


@router.post(
    "/chat",
    operation_id="chat",
    response_model=Success[CompletionRead],
    responses=or_stream(),
    openapi_extra=body_of(ChatCreate),
)
@gate_by_hand()
async def chat(visit: VisitDep) -> Response:
    """Answer a conversation, in one piece or as a stream."""
    asked, sent = await read_body(visit, ChatCreate)
    wanted = chat_request({name: value for name, value in sent.items() if name != "metadata"})
    if asked.stream:
        return await streamed(visit, wanted, events=True)
    return _enveloped(await whole(visit, wanted))


@router.post(
    "/generate",
    operation_id="generate",
    response_model=Success[GenerationRead],
    responses=or_stream(),
    openapi_extra=body_of(GenerateCreate),
)
@gate_by_hand()
async def generate(visit: VisitDep) -> Response:
    """Continue one prompt; a conversation of one message."""
    asked, sent = await read_body(visit, GenerateCreate)
    messages = [{"role": "user", "content": asked.prompt}]
    if asked.system:
        messages.insert(0, {"role": "system", "content": asked.system})
    fields = {name: value for name, value in sent.items() if name not in {"prompt", "system"}}
    wanted = ChatRequest(asked.model, {**fields, "messages": messages})
    if asked.stream:
        return await streamed(visit, wanted, events=True)
    answer = await whole(visit, wanted)
    if isinstance(answer, Response):
        return answer
    return _dumped(success(_generation(answer.body)))


@router.post(
    "/embed",
    operation_id="embed",
    response_model=Success[EmbeddingsRead],
    openapi_extra=body_of(EmbedCreate),
)
@gate_by_hand()
async def embed_texts(visit: VisitDep) -> Response:
    """Turn texts into vectors."""
    return await _embed(visit)


@router.post(
    "/embeddings",
    operation_id="embeddings",
    response_model=Success[EmbeddingsRead],
    openapi_extra=body_of(EmbedCreate),
)
@gate_by_hand()
async def embeddings(visit: VisitDep) -> Response:
    """Turn texts into vectors (the same as embed)."""
    return await _embed(visit)


async def _embed(visit: Visit) -> Response:
    asked, _ = await read_body(visit, EmbedCreate)
    done = await embed(visit, asked.model, EmbedCall("", listed(asked.input), asked.dimensions))
    if isinstance(done, Response):
        return done
    return _dumped(success(embeddings_object(asked.model, done, asked.encoding_format)))


def _enveloped(answer: Any) -> Response:
    return answer if isinstance(answer, Response) else _dumped(success(answer.body))


def _dumped(enveloped: Success[Any]) -> Response:
    meta = enveloped.meta.model_dump()
    return json_answer({"status": enveloped.status, "data": enveloped.data, "meta": meta})


def _generation(completion: dict[str, Any]) -> dict[str, Any]:
    choices: Any = completion.get("choices") or [{}]
    message = choices[0].get("message") or {}
    return {
        "model": completion.get("model"),
        "text": message.get("content") or "",
        "finish_reason": choices[0].get("finish_reason"),
        "usage": completion.get("usage"),
        "annotations": message.get("annotations"),
        "retrieval": completion.get("retrieval"),
    }
