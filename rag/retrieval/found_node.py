"""Answering: a node of LlamaIndex as the chokepoint sees it: something that comes out of one document, or of none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # it takes more than a second to load
    from llama_index.core.schema import BaseNode, NodeWithScore

# Under these names LlamaIndex's stores write down where a node comes from.
_KEYS = ("document_id", "doc_id", "ref_doc_id")


@dataclass(frozen=True, slots=True)
class FoundNode:
    """A node with its score, as a candidate."""

    found: NodeWithScore

    @property
    def document_id(self) -> str | None:
        """The one document of which everything the node says agrees that it comes from there; or none."""
        if getattr(self.found.node, "obj", None) is not None:
            return None  # it holds something else, of which nobody has asked where that comes from
        named = _named_by(self.found.node)
        return named.pop() if len(named) == 1 else None


def _named_by(node: BaseNode) -> set[str]:
    try:
        source = node.source_node
    except ValueError:  # it says to have several
        return set()
    said: list[Any] = [] if source is None else [source.node_id]
    said += [node.metadata[key] for key in _KEYS if key in node.metadata]
    return {name if isinstance(name, str) else "" for name in said}  # what is no id disagrees with every id
