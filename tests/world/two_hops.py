"""Questions whose answers stand in two documents, the second found only by what the first one names; and a model.

A third of the questions can be answered at once: the second document names what is asked for as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.world.openai_answers import DONE, chunk, completion_body, frame, stream
from tests.world.upstream import Answer, Asked, Upstream

_PROJECTS = (
    "Atlas",
    "Borealis",
    "Cosmos",
    "Dione",
    "Europa",
    "Fornax",
    "Ganymede",
    "Hydra",
    "Icarus",
    "Juno",
    "Kepler",
    "Lyra",
)
_TEAMS = (
    "Falcon",
    "Otter",
    "Badger",
    "Heron",
    "Lynx",
    "Marten",
    "Osprey",
    "Puffin",
    "Raven",
    "Stoat",
    "Tern",
    "Wombat",
)
_PEOPLE = (
    "Grace",
    "Ada",
    "Edsger",
    "Barbara",
    "Donald",
    "Radia",
    "Niklaus",
    "Frances",
    "Alan",
    "Margaret",
    "Kurt",
    "Hedy",
)
_RUN_BY = re.compile(r"Project (\w+) is run by the (\w+) group")
_ASKED = re.compile(r"project (\w+)")
_NUMBERED = re.compile(r"\[(\d+)\] [^\n]*\n([^\n]*)")


@dataclass(frozen=True, slots=True)
class TwoHops:
    """A question, and the names of the two documents that answer it."""

    question: str
    documents: frozenset[str]


def library() -> dict[str, list[str]]:
    """All documents by name, each of one passage."""
    made: dict[str, list[str]] = {}
    for place, (project, team, person) in enumerate(zip(_PROJECTS, _TEAMS, _PEOPLE, strict=True)):
        known = f", known for project {project}" if place % 3 == 0 else ""
        made[f"project {project}"] = [f"Project {project} is run by the {team} group, which reports on it each month."]
        made[f"group {team}"] = [f"The {team} group has {person} at its head{known}; its rooms are on the third floor."]
        made[f"rules {place}"] = [
            f"Rule {place}: who is at the head of a group signs what the group that runs a project spends."
        ]
    return made


def questions() -> list[TwoHops]:
    """Who is at the head of what runs something."""
    return [
        TwoHops(
            f"Who is at the head of the group that runs project {project}?",
            frozenset({f"project {project}", f"group {team}"}),
        )
        for project, team in zip(_PROJECTS, _TEAMS, strict=True)
    ]


class Follower(Upstream):
    """Follows what a passage names: by rewriting, by calling tools, or at last by naming what it was given."""

    async def _answer(self, answer: Answer, asked: Asked, reader: Any, writer: Any) -> bool:
        body = asked.json
        message = follow(body["messages"], with_tools=bool(body.get("tools")))
        if body.get("stream"):
            said = [frame(chunk({"content": message["content"]})), frame(chunk({}, finish="stop")), DONE]
            return await super()._answer(stream(said), asked, reader, writer)
        made = completion_body("") | {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        return await super()._answer(Answer(pieces=[json.dumps(made).encode()]), asked, reader, writer)


def follow(messages: Sequence[Mapping[str, Any]], *, with_tools: bool) -> dict[str, Any]:
    """What it says in a conversation."""
    said = "\n".join(str(message["content"]) for message in messages)
    asked = next(match[1] for message in messages if (match := _ASKED.search(_asked_in(message))))
    team = next((found[1] for found in _RUN_BY.findall(said) if found[0] == asked), None)
    query = f"{team} group head" if team else f"project {asked} run by"
    if with_tools:
        searched = sum(message["role"] == "tool" for message in messages)
        if searched == 0:
            return _call(f"project {asked} run by")
        return _call(query) if searched == 1 else _say(json.dumps({"passages": _naming(said, asked, team)}))
    if '"queries"' in said:
        return _say(json.dumps({"queries": [query]}))
    return _say("Here it is [1][2].")


def _asked_in(message: Mapping[str, Any]) -> str:
    return str(message["content"]).split("\n")[0] if message["role"] == "user" else ""


def _naming(said: str, project: str, team: str | None) -> list[int]:
    wanted = (f"Project {project} is run", f"The {team} group has")
    return [int(number) for number, text in _NUMBERED.findall(said) if text.startswith(wanted)]


def _say(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def _call(query: str) -> dict[str, Any]:
    call = {"id": "call_1", "type": "function"}
    function = {"name": "search", "arguments": json.dumps({"query": query})}
    return {"role": "assistant", "content": None, "tool_calls": [{**call, "function": function}]}
