"""Answering, strategies: the model of an assistant behind the gateway: metered and budgeted like any call of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.identity.caller import Caller
from app.inference.callable import CallableModel
from app.inference.errors import BackendRefused
from app.inference.gateway import ChatRequest, Gateway
from app.inference.ports import Completion
from rag.retrieval.stages import SearchStage, stage
from rag.room import UNSAID

_BUILT_IN = "local"  # the type of provider whose models write nothing of their own
_LIMITS = ("temperature", "max_tokens")  # which some models refuse to be told


@dataclass(frozen=True, slots=True)
class PersonaMind:
    """Asks the model an assistant is published as, or the one behind it while it is not published."""

    gateway: Gateway
    caller: Caller
    epochs: Mapping[str, int]
    model: CallableModel

    @property
    def writes(self) -> bool:
        """Whether something other than a built-in model may answer."""
        return any(link.provider_type != _BUILT_IN for link in self.model.backends)

    @property
    def calls_tools(self) -> bool:
        """Whether it is said to call tools, and writes at all: a model nothing is said of is tried."""
        return self.writes and self.model.capabilities.get("tools", True)

    @property
    def window(self) -> int:
        """As it is said to be; where nothing is said, what most models have at least."""
        return self.model.context_window or UNSAID

    async def answer(self, fields: Mapping[str, Any]) -> Completion:
        """Ask it; a model that refuses how it is to write is asked to write as it likes."""
        try:
            return await self._ask(fields)
        except BackendRefused:
            plain = {name: value for name, value in fields.items() if name not in _LIMITS}
            if len(plain) == len(fields):
                raise
            return await self._ask(plain)

    async def _ask(self, fields: Mapping[str, Any]) -> Completion:
        request = ChatRequest(self.model.slug, fields, invoked=False, bare=True)
        with stage(SearchStage.MODEL):
            return await self.gateway.chat(self.caller, request, self.epochs)
