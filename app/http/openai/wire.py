"""Roof, OpenAI dialect: requests as its clients send them; what we do not know passes through to the backend."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire.inference import ChatCreate, EmbedCreate


class OpenAIChatCreate(ChatCreate):
    """A conversation, with whatever else the client sends."""

    model_config = ConfigDict(extra="allow")

    n: Annotated[int, Field(ge=1, le=128, strict=True)] | None = None


class OpenAIEmbedCreate(EmbedCreate):
    """Texts, with whatever else the client sends."""

    model_config = ConfigDict(extra="allow")


class OpenAIModel(BaseModel):
    """A model as OpenAI lists it."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class OpenAIModels(BaseModel):
    """The models a caller sees."""

    object: Literal["list"]
    data: list[OpenAIModel]


class OpenAIError(BaseModel):
    """A failure as OpenAI says it."""

    error: dict[str, Any]
