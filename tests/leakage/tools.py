"""Every tool an assistant may use, and what a stranger may try with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What is tried of each tool an assistant may use; a tool that is not here fails the build.
TOOLS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "search": (
        {"query": "the words of", "collection": "{collection_id}"},
        {"query": "the words of", "collection": "{collection_slug}"},
    ),
    "fetch": ({"id": "{document_id}"},),
    "ask": (
        {"persona": "{persona_slug}", "question": "the words of"},
        {"persona": "{persona_id}", "question": "the words of"},
    ),
    "list_collections": ({},),
}


def using(tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A message that has a tool do something."""
    return {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": dict(arguments)},
    }
