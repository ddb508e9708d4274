"""Ground floor, inference: what the platform asks of any language or embedding model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens a call took; `estimated` where the backend did not say."""

    input_tokens: int
    output_tokens: int
    estimated: bool = False

    def with_more(self, other: Usage) -> Usage:
        """This and what another call took."""
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            estimated=self.estimated or other.estimated,
        )


@dataclass(frozen=True, slots=True)
class ChatCall:
    """One chat request in OpenAI's terms, whatever protocol its backend speaks."""

    upstream_model: str
    shown_model: str  # the slug the caller asked for; answers and frames carry it instead of the backend's own name
    fields: Mapping[str, object]  # `messages` and every other field except model, stream and stream_options
    include_usage: bool = False  # whether the caller asked for a usage frame at the end of a stream


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer: OpenAI's completion object and what it took."""

    body: dict[str, object]
    usage: Usage


class ChatStream(Protocol):
    """An open answer: whole SSE frames (`data: {chunk}` and a blank line) as they come, without the final [DONE]."""

    @property
    def usage(self) -> Usage | None:
        """What the backend says the call took; None until it has said so."""

    @property
    def frames(self) -> int:
        """How many frames have been passed on: the measure of what was spent if the caller goes away."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield bytes that hold one or more complete frames."""

    async def aclose(self) -> None:
        """Stop the backend's work at once; harmless when it has already ended."""


class ChatModel(Protocol):
    """Answers conversations. Failures are the errors of `app.inference.errors`, nothing else."""

    async def complete(self, call: ChatCall) -> Completion:
        """Answer in one piece."""

    async def open(self, call: ChatCall) -> ChatStream:
        """Start a streamed answer; returns once the backend has accepted the call."""


@dataclass(frozen=True, slots=True)
class EmbedCall:
    """Texts (or token lists) to be turned into vectors, in order."""

    upstream_model: str
    inputs: Sequence[str] | Sequence[Sequence[int]]
    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One float32 row per input, in the order of the inputs."""

    vectors: NDArray[np.float32]
    usage: Usage


class Embedder(Protocol):
    """Turns texts into vectors. Failures are the errors of `app.inference.errors`, nothing else."""

    async def embed(self, call: EmbedCall) -> Embeddings:
        """Embed every input; the whole call fails if one cannot be embedded."""


class ModelBackend(ChatModel, Embedder, Protocol):
    """One configured place where models run."""

    async def discover(self) -> Sequence[str]:
        """The names of the models it offers."""

    async def probe(self, upstream_model: str) -> None:
        """Return if that model would answer now; raise why not."""

    async def aclose(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class BackendConnection:
    """How to reach one backend; secrets are not in its repr."""

    provider_type: str  # openai | anthropic | azure | mistral | google | custom | local
    base_url: str | None = None  # None for what runs in this process
    api_key: str | None = field(default=None, repr=False)
    api_version: str | None = None  # Azure asks for one
    timeout_s: float = 120.0


class BackendMaker(Protocol):
    """Makes the backend a connection leads to; whoever asks for it closes it."""

    def __call__(self, connection: BackendConnection) -> ModelBackend:
        """Make it; nothing is connected yet."""
