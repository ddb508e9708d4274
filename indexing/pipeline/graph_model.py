"""Knowing, pipeline: what reads a graph out of chunks: the model of a collection, metered to who brought the document.

A collection whose model is a built-in one, which generates nothing, is read by the look of its words, without a model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.identity.on_behalf import admitted_for
from app.inference.errors import BackendFailure, BackendRefused, ModelNotFound, ModelUnavailable
from app.inference.gateway import ChatRequest
from app.loading import loading
from indexing.errors import GraphModelAway
from indexing.graphs import prompt, terms
from indexing.graphs.answers import Unreadable
from indexing.graphs.facts import Facts
from indexing.pipeline.content import Content
from indexing.pipeline.workshop import Workshop

BUILT_IN = "local"  # the type of provider that runs in this process
_LONGEST_RECIPE = 200


class Reads(Protocol):
    """Reads a graph out of texts. Raises `Unreadable` for an answer that is none, and what models raise."""

    @property
    def recipe(self) -> str | None:
        """By what it is known again what was paid for; None if nothing is."""

    async def read(self, text: str) -> Facts:
        """The facts of one text."""


@dataclass(frozen=True, slots=True)
class ByTheLook:
    """Needs no model."""

    recipe: str | None = None

    async def read(self, text: str) -> Facts:
        """The names and terms of one text."""
        return await asyncio.to_thread(terms.facts_of, text)


@dataclass(frozen=True, slots=True)
class ByModel:
    """Asks a chat model through the gateway, for one document."""

    workshop: Workshop
    content: Content
    model: str

    @property
    def recipe(self) -> str:
        """The model, and the version of what it is asked."""
        return f"{prompt.VERSION}/{self.model}"[:_LONGEST_RECIPE]

    async def read(self, text: str) -> Facts:
        """Have the model read one text, by LlamaIndex's extractor."""
        extractor = await asyncio.to_thread(_extractor)
        facts: Facts = await extractor(self._ask).read(text)
        return facts

    async def _ask(self, messages: Sequence[dict[str, str]]) -> str:
        credentials, gateway = self.workshop.calls.credentials, self.workshop.gateway
        payer = await admitted_for(credentials, self.content.uploaded_by, self.content.tenant_id)
        request = ChatRequest(self.model, {"messages": list(messages)}, invoked=False)
        try:
            completion = await gateway.chat(payer.caller, request, payer.epochs)
        except BackendRefused as error:
            raise Unreadable(error.message) from error  # this very passage; others are none the worse for it
        except (BackendFailure, ModelUnavailable, ModelNotFound) as error:
            raise GraphModelAway(error.message, retry_after=error.retry_after) from error
        return _content(completion.body)


async def reads(workshop: Workshop, content: Content, model: str) -> Reads:
    """What reads for a collection of this model."""
    return ByTheLook() if await is_built_in(workshop, model) else ByModel(workshop, content, model)


async def is_built_in(workshop: Workshop, model: str) -> bool:
    """Whether a model runs in this process and so generates nothing; one that is gone might have."""
    try:
        provider_type, _ = await workshop.gateway.catalogue.counted_as(model)
    except ModelNotFound:
        return False
    return provider_type == BUILT_IN


def _extractor() -> Any:
    with loading():
        from indexing.graphs.extractor import FactExtractor  # noqa: PLC0415 - LlamaIndex takes a second to load

    return FactExtractor


def _content(body: Any) -> str:
    try:
        said = body["choices"][0]["message"]["content"]
    except (LookupError, TypeError):
        said = None
    if not isinstance(said, str):
        raise Unreadable("The model answered without a text.")
    return said
