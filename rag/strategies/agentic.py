"""Answering, strategies: an agent of LlamaIndex that decides what is looked for, and reads, within bounds.

Its tools look, and do nothing else; they know the assistant's sources and no others, and only as the caller. So what a
document tells it to do is nothing that it could do.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.tools import AsyncBaseTool, ToolOutput
from llama_index.core.workflow import Context

from app.errors import PlatformError
from indexing.graphs.answers import objects_in
from rag.personas.values import Persona, Strategy
from rag.sources.gathered import Ask, Gathered, Step
from rag.strategies.bounded_mind import BoundedMind, OutOfBounds
from rag.strategies.desk import Desk, RightsChanged
from rag.strategies.desk_tools import tools_of
from rag.strategies.fusing import degraded
from rag.strategies.gateway_llm import GatewayLLM
from rag.strategies.multi_step import MultiStep
from rag.strategies.showing import readable
from rag.strategies.strategy import Means
from rag.strategies.under_way import UnderWay

log = structlog.get_logger("personas")
_MARKER = re.compile(r"\[(\d{1,4})\]")
_ANY = 10**9  # tokens that its memory holds: how much there is, is bounded elsewhere
_LONGEST_QUESTION = 4_000
_TASK = (
    "You look up what a question can be answered from; you do not answer it yourself. Search for what the question "
    "asks for. Where a passage names something that the question depends on and that it does not explain, search for "
    "that next. Read on in a document where a passage breaks off. Stop as soon as you have what is needed. Then name "
    'the numbers of the passages that answer, the best first, as JSON and nothing else: {"passages": [2, 1]}.'
)


class Agentic:
    """Has the assistant's model look for itself."""

    async def retrieve(self, question: str, persona: Persona, ask: Ask, means: Means) -> Gathered:
        """What the agent named and found; in a simpler way where it cannot work, or has found nothing by its end."""
        if not means.mind.calls_tools:
            return await _simpler(question, persona, ask, means, "no_tool_calls")
        desk = Desk(persona, ask, means)
        ended = await _run(desk, readable(question)[:_LONGEST_QUESTION])
        if ended.void or not desk.passes:
            return await _simpler(question, persona, ask, means, ended.reason or "no_tool_calls")
        if question not in desk.searches and (ended.reason or not desk.searches):
            await desk.look(question)
        if ended.reason is None:
            return desk.gathered(_named(ended.said))
        step = Step("fallback", {"to": str(Strategy.SINGLE_STEP), "reason": ended.reason})
        return degraded(desk.gathered(), step)


class Librarian(FunctionAgent):
    """LlamaIndex's agent, without its way of telling a model whatever a tool failed with."""

    _under_way: UnderWay = PrivateAttr(default_factory=UnderWay)

    def knowing(self, under_way: UnderWay) -> Librarian:
        """The same, whose work is known there."""
        self._under_way = under_way
        return self

    def _get_steps(self) -> dict[str, Any]:
        """Its steps are its class's: to look for them in an instance asks pydantic for what it warns of."""
        return {name: getattr(self, name) for name in _STEPS}

    async def _call_tool(self, ctx: Context, tool: AsyncBaseTool, tool_input: dict[str, Any]) -> ToolOutput:
        known = tool.metadata.get_parameters_dict().get("properties", {})
        with self._under_way.going_on():
            return await tool.acall(**{name: said for name, said in tool_input.items() if name in known})


_STEPS = tuple(Librarian._get_steps_from_class())


@dataclass(frozen=True, slots=True)
class _Ended:
    """How an agent came to its end."""

    said: str = ""
    reason: str | None = None  # of one that did not come to it by itself
    void: bool = False  # what it found counts for nothing


async def _run(desk: Desk, question: str) -> _Ended:
    bounds = desk.means.bounds
    under_way = UnderWay()
    mind = BoundedMind(desk.means.mind, bounds, desk.check, under_way, desk.numbered.shortened)
    try:
        async with asyncio.timeout(bounds.agent_seconds) as bound:
            return _Ended(await _talk(desk, GatewayLLM(mind), question, under_way))
    except RightsChanged:
        return _told("rights_changed", void=True)
    except OutOfBounds as error:
        return _told(str(error))
    except PlatformError as error:
        return _told(error.code)
    except TimeoutError:
        if not bound.expired():
            raise
        return _told("seconds")


async def _talk(desk: Desk, llm: GatewayLLM, question: str, under_way: UnderWay) -> str:
    """The agent's last words."""
    agent = Librarian(
        name="librarian",
        llm=llm,
        tools=tools_of(desk),
        system_prompt=f"{_TASK}\n{desk.fence.rule}",
        streaming=False,
        timeout=None,
    ).knowing(under_way)
    memory = ChatMemoryBuffer(token_limit=_ANY, tokenizer_fn=list)
    running = agent.run(user_msg=question, memory=memory, max_iterations=desk.means.bounds.turns + 2)
    try:
        output: Any = await running
        return str(output.response.content or "")
    finally:
        await under_way.stop()
        if not running.is_done():
            await running.cancel_run()


async def _simpler(question: str, persona: Persona, ask: Ask, means: Means, reason: str) -> Gathered:
    """What the next simpler way finds, and why it had to."""
    found = await MultiStep().retrieve(question, persona, ask, means)
    step = Step("fallback", {"to": str(Strategy.MULTI_STEP), "reason": reason})
    return degraded(Gathered(found.pieces, found.sources, [step, *found.steps]))


def _told(reason: str, *, void: bool = False) -> _Ended:
    log.info("persona_agent_stopped", reason=reason)
    return _Ended(reason=reason, void=void)


def _named(said: str) -> list[int]:
    """The numbers of passages in an agent's last words: those of its JSON, or else its markers."""
    found: Mapping[str, Any] | None = next((one for one in objects_in(said) if "passages" in one), None)
    listed = found["passages"] if found is not None else None
    if isinstance(listed, list):
        return [one for one in listed if isinstance(one, int)]
    return [int(number) for number in _MARKER.findall(said)]
