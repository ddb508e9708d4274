"""Ground floor, inference: what may be added to a call on its way to a model, and to the answer on its way back.

Whoever adds something lives in a storey above: the wiring gives it to the gateway, which knows it by this port alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.accounting.stages import Stages
from app.identity.caller import Caller
from app.inference.callable import CallableModel
from app.inference.errors import ModelUnavailable
from app.inference.frontend_models import PERSONA_ID
from app.inference.ports import ChatStream, Completion

Tell = Callable[[bytes], None]
_TO_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Occasion:
    """A call that something may be added to."""

    caller: Caller
    fields: Mapping[str, Any]  # of the request, as its caller sent them
    epochs: Mapping[str, int]
    bearer: str = field(default="", repr=False)  # of the caller, for what is asked elsewhere in their name
    tell: Tell | None = None  # takes events for whoever waits for a stream; None: nobody would understand them


class Enrichment(Protocol):
    """What one assistant adds to one call."""

    @property
    def reply(self) -> str | None:
        """What is to be answered without asking any model; None in most cases."""

    @property
    def tokens(self) -> int:
        """About how many tokens are added: they are set aside before the call."""

    async def context(self) -> str:
        """What is appended to the system message, of what its caller may read at this moment."""

    async def finish(self, completion: Completion) -> Completion | None:
        """The answer as its caller gets it; None if it was made of what they may read no more, and is to be anew."""

    def noted(self) -> Stages:
        """What the call went through so far, without a word of it."""

    def frames(self, opened: ChatStream) -> ChatStream:
        """The same for an answer that comes piece by piece; it ends with `reading_changed` where that becomes true."""


class Enricher(Protocol):
    """Adds to the calls of models what they promise."""

    async def enrich(self, occasion: Occasion, model: CallableModel) -> Enrichment | None:
        """What is added to a call of this model, or None; failures are errors of ours, never of a backend."""


def may_be_enriched(model: CallableModel) -> bool:
    """Whether a model is an assistant's: all others are asked without any of this."""
    return PERSONA_ID in model.metadata


def reading_changed() -> ModelUnavailable:
    """What is said of an answer that was made of something its caller may read no more, and is therefore none."""
    return ModelUnavailable("What you may read changed while you were answered; ask again.", retry_after=1)


def event(name: str, said: Mapping[str, Any]) -> bytes:
    """An event of ours between the frames of a stream."""
    told = _TO_JSON(said).encode(errors="replace")
    return b"event: " + name.encode() + b"\ndata: " + told + b"\n\n"
