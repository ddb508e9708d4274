"""Answering, strategies: the way an assistant looks; what is built on LlamaIndex is loaded when it is first needed."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import cast

from app.loading import loading
from rag.personas.values import Persona, Strategy
from rag.strategies.single_step import SingleStep
from rag.strategies.strategy import RetrievalStrategy

_LOADED_LATE = {
    Strategy.MULTI_STEP: ("rag.strategies.multi_step", "MultiStep"),
    Strategy.AGENTIC: ("rag.strategies.agentic", "Agentic"),
}
_LOADER = ThreadPoolExecutor(1, "llamaindex")  # of its own: who waits for it takes no thread from others
_loaded: dict[Strategy, RetrievalStrategy] = {Strategy.SINGLE_STEP: SingleStep()}


async def strategy_of(persona: Persona) -> RetrievalStrategy:
    """What looks for it; LlamaIndex takes more than a second to load, and the event loop does not wait for it."""
    if persona.strategy not in _loaded:
        loop = asyncio.get_running_loop()
        _loaded[persona.strategy] = await loop.run_in_executor(_LOADER, _load, *_LOADED_LATE[persona.strategy])
    return _loaded[persona.strategy]


def _load(module: str, name: str) -> RetrievalStrategy:
    with loading():
        return cast("RetrievalStrategy", getattr(import_module(module), name)())
