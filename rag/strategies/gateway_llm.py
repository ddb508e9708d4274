"""Answering, strategies: the model of an assistant as a language model of LlamaIndex that calls tools."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata, MessageRole
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools import BaseTool

from app.inference.errors import UpstreamShapeMismatch
from rag.retrieval.access_postprocessor import BlockingCallRefused
from rag.strategies.showing import readable
from rag.strategies.strategy import Mind

_MOST_CALLS = 4  # of tools in one turn; what is called beyond them has not been called
_SAID_BY = {MessageRole.SYSTEM: "system", MessageRole.ASSISTANT: "assistant", MessageRole.TOOL: "tool"}


class GatewayLLM(FunctionCallingLLM):
    """Asks through the gateway, whole answers only; what fails there is raised as it is."""

    _mind: Mind = PrivateAttr()

    def __init__(self, mind: Mind) -> None:
        super().__init__()
        self._mind = mind

    @classmethod
    def class_name(cls) -> str:
        """Say to LlamaIndex what this is."""
        return "GatewayLLM"

    @property
    def metadata(self) -> LLMMetadata:
        """What of it LlamaIndex asks about."""
        return LLMMetadata(is_chat_model=True, is_function_calling_model=self._mind.calls_tools, model_name="persona")

    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Have a conversation answered; other arguments are fields of the request."""
        completion = await self._mind.answer({"messages": [_wire(message) for message in messages], **kwargs})
        said = _said(completion.body)
        calls = _calls(said)
        kept: dict[str, Any] = {"tool_calls": calls} if calls else {}
        text = said.get("content")
        text = readable(text) if isinstance(text, str) else ""
        message = ChatMessage(role=MessageRole.ASSISTANT, content=text, additional_kwargs=kept)
        return ChatResponse(message=message)

    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: FBT001, FBT002 - LlamaIndex's
        """Have a text answered."""
        answer = await self.achat([ChatMessage(role=MessageRole.USER, content=prompt)], **kwargs)
        return CompletionResponse(text=answer.message.content or "")

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        *_: object,
        **__: object,
    ) -> dict[str, Any]:
        return {"messages": chat_history or [], "tools": [tool.metadata.to_openai_tool() for tool in tools]}

    def get_tool_calls_from_response(
        self,
        response: ChatResponse,
        error_on_no_tool_call: bool = True,  # noqa: FBT001, FBT002 - LlamaIndex's
        **kwargs: Any,
    ) -> list[ToolSelection]:
        """What tools the model called."""
        return [
            ToolSelection(tool_id=call["id"], tool_name=call["function"]["name"], tool_kwargs=_arguments(call))
            for call in response.message.additional_kwargs.get("tool_calls", ())
        ]

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        """Refuse: a model is never waited for while nothing else goes on."""
        raise _REFUSED

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        """Refuse."""
        raise _REFUSED

    async def astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        """Refuse: nobody reads along."""
        raise _REFUSED

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - LlamaIndex's
        """Refuse."""
        raise _REFUSED

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - LlamaIndex's
        """Refuse."""
        raise _REFUSED

    async def astream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - LlamaIndex's
        """Refuse."""
        raise _REFUSED


_REFUSED = BlockingCallRefused("GatewayLLM answers whole and on the event loop; await achat().")


def _wire(message: ChatMessage) -> dict[str, Any]:
    """A message as OpenAI has it."""
    made: dict[str, Any] = {"role": _SAID_BY.get(message.role, "user"), "content": message.content or ""}
    return made | {
        name: message.additional_kwargs[name]
        for name in ("tool_calls", "tool_call_id")
        if name in message.additional_kwargs
    }


def _said(body: Any) -> Mapping[str, Any]:
    try:
        said = body["choices"][0]["message"]
    except (LookupError, TypeError):
        said = None
    if not isinstance(said, dict):
        raise UpstreamShapeMismatch("The model gave no answer.")
    return said


def _calls(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls of tools in an answer that can be read, each with an id of its own."""
    listed = said.get("tool_calls")
    found: dict[str, dict[str, Any]] = {}
    for call in listed if isinstance(listed, list) else ():
        made = call.get("function") if isinstance(call, dict) else None
        if not isinstance(made, dict) or not isinstance(made.get("name"), str):
            continue
        id_ = call.get("id") if isinstance(call.get("id"), str) and call["id"] not in found else f"call_{len(found)}"
        arguments = made.get("arguments")
        arguments = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
        found[id_] = {"id": id_, "type": "function", "function": {"name": made["name"], "arguments": arguments}}
    return list(found.values())[:_MOST_CALLS]


def _arguments(call: Mapping[str, Any]) -> dict[str, Any]:
    try:
        read = json.loads(call["function"]["arguments"])
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
