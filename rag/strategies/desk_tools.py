"""Answering, strategies: what may be done at a desk, as tools of LlamaIndex."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from llama_index.core.tools import FunctionTool, ToolMetadata

from rag.strategies.desk import Desk


@dataclass
class Described(ToolMetadata):
    """What a model is told of a tool; written down once, where LlamaIndex would reckon it out at every turn."""

    parameters: dict[str, Any] = field(default_factory=dict)

    def get_parameters_dict(self) -> dict[str, Any]:
        """The JSON schema of what the tool is called with."""
        return self.parameters


def tools_of(desk: Desk) -> list[FunctionTool]:
    """The three tools of an agent."""
    deeds: dict[str, Callable[..., Awaitable[str]]] = {
        "search": desk.search,
        "read_document": desk.read_document,
        "graph_search": desk.graph_search,
    }
    return [FunctionTool(async_fn=deeds[described.get_name()], metadata=described) for described in _DESCRIBED]


def _described(name: str, about: str, **given: dict[str, Any]) -> Described:
    needed = [one for one, said in given.items() if "default" not in said]
    return Described(about, name, parameters={"type": "object", "properties": given, "required": needed})


_DESCRIBED = (
    _described(
        "search",
        "Finds passages in all sources. Each comes with a number and a document_id.",
        query={"type": "string", "description": "What to find, in words of its own."},
    ),
    _described(
        "read_document",
        "Reads on in a document that was found, a few passages at a time.",
        document_id={"type": "string", "description": "The document_id that a passage was shown with."},
        start={
            "type": "integer",
            "description": "Where to begin; from what was found of it if left out.",
            "default": -1,
        },
    ),
    _described(
        "graph_search",
        "Says how things that are named are related to others, with the passages that say so.",
        query={"type": "string", "description": "The names of things to look up."},
    ),
)
