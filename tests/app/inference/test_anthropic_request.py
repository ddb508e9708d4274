"""OpenAI's requests said in Anthropic's words."""

from __future__ import annotations

from typing import Any

import pytest

from app.inference.backends.anthropic_request import messages_request
from app.inference.errors import BackendRefused
from app.inference.ports import ChatCall

USER = {"role": "user", "content": "hi"}


def said(**fields: Any) -> dict[str, Any]:
    return messages_request(ChatCall("claude", "acme/chat", {"messages": [USER], **fields}), stream=False)


def conversation(*messages: dict[str, Any]) -> dict[str, Any]:
    return said(messages=list(messages))


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def test_a_plain_request() -> None:
    assert said() == {
        "model": "claude",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": [text("hi")]}],
        "stream": False,
    }


def test_settings_are_renamed() -> None:
    body = said(max_tokens=9, stop="END", temperature=1.7, top_p=0.5, user="u", seed=4, top_k=None, n=1)
    assert (body["max_tokens"], body["stop_sequences"], body["temperature"], body["top_p"]) == (9, ["END"], 1.0, 0.5)
    assert body["metadata"] == {"user_id": "u"}
    assert not {"seed", "stop", "n", "top_k", "user"} & set(body)
    assert said(max_completion_tokens=3, max_tokens=9)["max_tokens"] == 3
    assert said(stop=["a", "b"])["stop_sequences"] == ["a", "b"]


def test_system_messages_are_taken_out_wherever_they_are() -> None:
    late = {"role": "developer", "content": [text("c"), text("d")]}
    body = conversation({"role": "system", "content": "a"}, USER, {"role": "system", "content": "b"}, late)
    assert body["system"] == "a\n\nb\n\nc\nd"
    assert [one["role"] for one in body["messages"]] == ["user"]


def test_neighbours_of_one_role_are_one_turn() -> None:
    answer = {"role": "assistant", "content": "yes"}
    body = conversation(USER, USER, answer, answer, USER)
    assert [(one["role"], len(one["content"])) for one in body["messages"]] == [
        ("user", 2),
        ("assistant", 2),
        ("user", 1),
    ]


def test_tool_calls_and_their_results() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}
    second = {"id": "c2", "type": "function", "function": {"name": "now", "arguments": ""}}
    body = conversation(
        USER,
        {"role": "assistant", "content": None, "tool_calls": [call, second]},
        {"role": "tool", "tool_call_id": "c1", "content": "found"},
        {"role": "tool", "tool_call_id": "c2", "content": [text("noon")]},
        USER,
    )
    assert body["messages"][1]["content"] == [
        {"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 1}},
        {"type": "tool_use", "id": "c2", "name": "now", "input": {}},
    ]
    assert body["messages"][2] == {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "c1", "content": [text("found")]},
            {"type": "tool_result", "tool_use_id": "c2", "content": [text("noon")]},
            text("hi"),
        ],
    }


TOOL = {"type": "function", "function": {"name": "find", "description": "Finds.", "parameters": {"type": "object"}}}
BARE = {"type": "function", "function": {"name": "now"}}


def test_tools_are_described() -> None:
    assert said(tools=[TOOL, BARE])["tools"] == [
        {"name": "find", "description": "Finds.", "input_schema": {"type": "object"}},
        {"name": "now", "input_schema": {"type": "object", "properties": {}}},
    ]
    assert "tool_choice" not in said(tools=[TOOL])
    assert "tool_choice" not in said(tool_choice="auto")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"type": "auto"}),
        ("required", {"type": "any"}),
        ("none", {"type": "none"}),
        ({"type": "function", "function": {"name": "find"}}, {"type": "tool", "name": "find"}),
    ],
)
def test_the_choice_of_tools(choice: Any, expected: dict[str, str]) -> None:
    assert said(tools=[TOOL], tool_choice=choice)["tool_choice"] == expected


def test_one_tool_at_a_time() -> None:
    body = said(tools=[TOOL], parallel_tool_calls=False)
    assert body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}


def test_images() -> None:
    parts = [
        text("what is it"),
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]
    assert conversation({"role": "user", "content": parts})["messages"][0]["content"][1:] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
    ]


@pytest.mark.parametrize(
    "messages",
    [
        None,
        "hi",
        ["hi"],
        [{"role": ["user"], "content": "x"}],
        [{"role": "robot", "content": "x"}],
        [{"role": "user", "content": 5}],
        [{"role": "user", "content": [5]}],
        [{"role": "user", "content": [{"type": "input_audio"}]}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": 7}]}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png,x"}}]}],
        [{"role": "assistant", "tool_calls": {"a": 1}}],
        [{"role": "assistant", "tool_calls": [1]}],
        [{"role": "assistant", "tool_calls": [{"id": "x", "function": {"name": "f", "arguments": "{"}}]}],
        [{"role": "assistant", "tool_calls": [{"id": "x", "function": {"name": "f", "arguments": "[]"}}]}],
    ],
)
def test_what_the_protocol_cannot_carry_is_refused(messages: Any) -> None:
    with pytest.raises(BackendRefused):
        said(messages=messages)
