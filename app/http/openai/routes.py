"""Roof, OpenAI dialect: stock clients work by changing their base address."""

from __future__ import annotations

from fastapi import APIRouter, Response

from app.http.gate import gate, gate_by_hand
from app.http.model_calls import chat_request, embed, embeddings_object, json_answer, listed, read_body, streamed, whole
from app.http.openai.wire import OpenAIChatCreate, OpenAIEmbedCreate, OpenAIModel, OpenAIModels
from app.http.route import GatedRoute
from app.http.visit import VisitDep
from app.http.wire.inference import CompletionRead, EmbeddingsRead
from app.http.wire.openapi import body_of, or_stream
from app.identity.permissions import Core
from app.inference.callable import CallableModel
from app.inference.ports import EmbedCall

router = APIRouter(prefix="/oai/v1", tags=["openai"], route_class=GatedRoute)


@router.post(
    "/chat/completions",
    operation_id="openai_chat",
    response_model=CompletionRead,
    responses=or_stream(),
    openapi_extra=body_of(OpenAIChatCreate),
)
@gate_by_hand()
async def chat_completions(visit: VisitDep) -> Response:
    """Answer a conversation, in one piece or as a stream."""
    asked, sent = await read_body(visit, OpenAIChatCreate)
    wanted = chat_request(sent)
    if asked.stream:
        return await streamed(visit, wanted)
    answer = await whole(visit, wanted)
    return answer if isinstance(answer, Response) else json_answer(answer.body)


@router.post(
    "/embeddings",
    operation_id="openai_embeddings",
    response_model=EmbeddingsRead,
    openapi_extra=body_of(OpenAIEmbedCreate),
)
@gate_by_hand()
async def embeddings(visit: VisitDep) -> Response:
    """Turn texts into vectors."""
    asked, _ = await read_body(visit, OpenAIEmbedCreate)
    done = await embed(visit, asked.model, EmbedCall("", listed(asked.input), asked.dimensions))
    if isinstance(done, Response):
        return done
    return json_answer(embeddings_object(asked.model, done, asked.encoding_format))


@router.get("/models", operation_id="openai_models")
@gate(Core.MODELS_LIST, transaction=False)
async def models(visit: VisitDep) -> OpenAIModels:
    """List the models the caller sees."""
    seen = await visit.platform.gateway.catalogue.visible(visit.caller)
    return OpenAIModels(object="list", data=[_shown(model) for model in seen])


@router.get("/models/{slug:path}", operation_id="openai_model")
@gate(Core.MODELS_LIST, transaction=False)
async def model(slug: str, visit: VisitDep) -> OpenAIModel:
    """Show one model; the slug may hold slashes, encoded or not."""
    return _shown(await visit.platform.gateway.catalogue.find(visit.caller, slug))


def _shown(model: CallableModel) -> OpenAIModel:
    owner = model.slug.split("/", 1)[0] if "/" in model.slug else "scaigrid"
    return OpenAIModel(id=model.slug, object="model", created=int(model.created_at.timestamp()), owned_by=owner)
