"""Roof, HTTP shapes: what models are asked and what they answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from app.http.envelope import Wire

Slug = Annotated[str, Field(min_length=1, max_length=190)]
Text = Annotated[str, Field(max_length=10 * 2**20)]
Name = Annotated[str, Field(max_length=1000)]
Whole = Annotated[int, Field(ge=-(2**63), lt=2**64, strict=True)]
TokenId = Annotated[int, Field(ge=0, lt=2**31, strict=True)]
Tokens = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]  # the number itself goes on to the backend
Texts = Annotated[list[Name], Field(max_length=100, fail_fast=True)]  # of a long list the first fault is enough
Objects = Annotated[list[dict[str, Any]], Field(max_length=10_000, fail_fast=True)]
TokenIds = Annotated[list[TokenId], Field(min_length=1, fail_fast=True)]


class Message(BaseModel):
    """One message of a conversation; parts and names pass through as they are."""

    model_config = ConfigDict(extra="allow")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | Objects | None = None


class StreamOptions(BaseModel):
    """What a stream should carry besides its text."""

    model_config = ConfigDict(extra="allow")

    include_usage: StrictBool = False


class ChatCreate(Wire):
    """A conversation to be answered."""

    model: Slug
    messages: Annotated[list[Message], Field(min_length=1, max_length=10_000, fail_fast=True)]
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    temperature: Annotated[float, Field(ge=0, le=2, strict=True)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1, strict=True)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2, strict=True)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2, strict=True)] | None = None
    stop: Name | Texts | None = None
    seed: Whole | None = None
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None
    tools: Objects | None = None
    tool_choice: Name | dict[str, Any] | None = None
    parallel_tool_calls: StrictBool | None = None
    response_format: dict[str, Any] | None = None
    user: Name | None = None
    metadata: dict[str, Any] | None = None


class GenerateCreate(Wire):
    """A single prompt to be continued."""

    model: Slug
    prompt: Annotated[Text, Field(min_length=1)]
    system: Text | None = None
    max_tokens: Tokens | None = None
    temperature: Annotated[float, Field(ge=0, le=2, strict=True)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1, strict=True)] | None = None
    stop: Name | Texts | None = None
    seed: Whole | None = None
    stream: StrictBool | None = None


class EmbedCreate(Wire):
    """Texts to be turned into vectors."""

    model: Slug
    input: (
        Annotated[Text, Field(min_length=1)]
        | Annotated[list[Text], Field(min_length=1, max_length=2048, fail_fast=True)]
        | TokenIds
        | Annotated[list[TokenIds], Field(min_length=1, max_length=2048, fail_fast=True)]
    )
    dimensions: Annotated[int, Field(ge=1, le=65536, strict=True)] | None = None
    encoding_format: Literal["float", "base64"] | None = None
    user: Name | None = None


class TokensRead(BaseModel):
    """What a call took."""

    model_config = ConfigDict(extra="allow")

    prompt_tokens: int
    total_tokens: int


class CompletionRead(BaseModel):
    """OpenAI's completion object; what a backend adds passes through."""

    model_config = ConfigDict(extra="allow")

    model: str
    choices: list[dict[str, Any]]


class GenerationRead(Wire):
    """A continued prompt."""

    model: str
    text: str
    finish_reason: str | None
    usage: dict[str, Any] | None
    annotations: list[dict[str, Any]] | None  # as a conversation's: where its text names what it is from
    retrieval: dict[str, Any] | None  # of an assistant: what it looked for, where, and what the numbers name


class EmbeddingRead(Wire):
    """One vector: numbers, or base64 of little-endian float32."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingsRead(Wire):
    """Vectors in the order of their texts."""

    object: Literal["list"]
    model: str
    data: list[EmbeddingRead]
    usage: TokensRead
