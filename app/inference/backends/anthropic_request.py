"""Ground floor, inference: a chat request in OpenAI's terms said in Anthropic's; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from app.inference.errors import BackendRefused
from app.inference.ports import ChatCall

DEFAULT_MAX_TOKENS = 4096
_Block = dict[str, object]
_DATA_URL = re.compile(r"data:(?P<type>[\w.+/-]+)(?:;[^,;]*)*;base64,(?P<data>.*)", re.DOTALL)
_AS_THEY_ARE = ("temperature", "top_p", "top_k")


def messages_request(call: ChatCall, *, stream: bool) -> dict[str, object]:
    """Return the body of POST /v1/messages."""
    fields = call.fields
    system, messages = _conversation(fields.get("messages"))
    body: dict[str, object] = {
        "model": call.upstream_model,
        "max_tokens": fields.get("max_completion_tokens") or fields.get("max_tokens") or DEFAULT_MAX_TOKENS,
        "messages": messages,
        "stream": stream,
    }
    if system:
        body["system"] = system
    body.update({name: fields[name] for name in _AS_THEY_ARE if fields.get(name) is not None})
    _limit_temperature(body)
    stop = fields.get("stop")
    if stop:
        body["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    if isinstance(fields.get("user"), str):
        body["metadata"] = {"user_id": fields["user"]}
    body.update(_tools(fields))
    return body


def _limit_temperature(body: _Block) -> None:
    """OpenAI's scale ends at 2, Anthropic's at 1; above it the request would be refused."""
    temperature = body.get("temperature")
    if isinstance(temperature, int | float) and temperature > 1:
        body["temperature"] = 1.0


def _conversation(messages: object) -> tuple[str, list[_Block]]:
    """Take the system's words out, and put neighbours of one role together: roles must take turns."""
    if not isinstance(messages, list):
        raise _unreadable("messages")
    system: list[str] = []
    turns: list[tuple[str, list[_Block]]] = []
    for message in messages:
        if not isinstance(message, Mapping):
            raise _unreadable("messages")
        if message.get("role") in ("system", "developer"):
            system.append(_text(message.get("content")))
            continue
        role, blocks = _turn(message)
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(blocks)
        elif blocks:
            turns.append((role, blocks))
    return "\n\n".join(filter(None, system)), [{"role": role, "content": blocks} for role, blocks in turns]


def _turn(message: Mapping[str, object]) -> tuple[str, list[_Block]]:
    role = message.get("role")
    if role in ("tool", "function"):
        result = _blocks(message.get("content"))
        return "user", [{"type": "tool_result", "tool_use_id": message.get("tool_call_id"), "content": result}]
    if role == "user":
        return "user", _blocks(message.get("content"))
    if role != "assistant":
        raise _unreadable("a message's role")
    calls = message.get("tool_calls") or []
    if not isinstance(calls, list):
        raise _unreadable("tool_calls")
    return "assistant", [*_blocks(message.get("content")), *map(_tool_use, calls)]


def _blocks(content: object) -> list[_Block]:
    if content is None:
        return []
    if isinstance(content, str):
        # An empty text block is refused.
        return [{"type": "text", "text": content}] if content.strip() else []
    if not isinstance(content, list):
        raise _unreadable("a message's content")
    return [block for part in content for block in _part(part)]


def _part(part: object) -> Iterable[_Block]:
    if isinstance(part, str):
        return _blocks(part)
    if not isinstance(part, Mapping):
        raise _unreadable("a message's content")
    if part.get("type") in ("text", "refusal"):
        text = part.get(str(part["type"]))
        return _blocks(text if isinstance(text, str) else None)
    if part.get("type") == "image_url":
        return [_image(part.get("image_url"))]
    raise _unreadable("a content part of this type")


def _image(said: object) -> _Block:
    url = said.get("url") if isinstance(said, Mapping) else said
    if not isinstance(url, str):
        raise _unreadable("image_url")
    if not url.startswith("data:"):
        return {"type": "image", "source": {"type": "url", "url": url}}
    match = _DATA_URL.fullmatch(url)
    if match is None:
        raise _unreadable("image_url")
    return {"type": "image", "source": {"type": "base64", "media_type": match["type"], "data": match["data"]}}


def _tool_use(call: object) -> _Block:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(call, Mapping) or not isinstance(function, Mapping):
        raise _unreadable("tool_calls")
    try:
        given = json.loads(str(function.get("arguments") or "{}"))
    except (ValueError, RecursionError):
        raise _unreadable("a tool call's arguments") from None
    if not isinstance(given, dict):
        raise _unreadable("a tool call's arguments")
    return {"type": "tool_use", "id": call.get("id"), "name": function.get("name"), "input": given}


def _tools(fields: Mapping[str, object]) -> _Block:
    tools, choice = fields.get("tools"), fields.get("tool_choice")
    if not isinstance(tools, list) or not tools:
        return {}
    said: _Block = {"tools": [_tool(tool) for tool in tools]}
    chosen = _choice(choice)
    if fields.get("parallel_tool_calls") is False and chosen.get("type") != "none":
        chosen = {"type": "auto", **chosen, "disable_parallel_tool_use": True}
    return {**said, "tool_choice": chosen} if chosen else said


def _tool(tool: object) -> _Block:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    if not isinstance(function, Mapping):
        raise _unreadable("tools")
    said: _Block = {
        "name": function.get("name"),
        "input_schema": function.get("parameters") or {"type": "object", "properties": {}},
    }
    return {**said, "description": function["description"]} if function.get("description") else said


def _choice(choice: object) -> _Block:
    if isinstance(choice, Mapping):
        function = choice.get("function")
        return {"type": "tool", "name": function.get("name") if isinstance(function, Mapping) else None}
    known = {"auto": "auto", "required": "any", "none": "none"}
    return {"type": known[choice]} if isinstance(choice, str) and choice in known else {}


def _text(content: object) -> str:
    return "\n".join(str(block["text"]) for block in _blocks(content) if block["type"] == "text")


def _unreadable(what: str) -> BackendRefused:
    return BackendRefused(f"This model's protocol cannot carry {what} as given.")
