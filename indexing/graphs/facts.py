"""Knowing, graphs: what one text says of things and their relations, as it is kept and as stores take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexing.stores.graphs import Assertion, Mention, Source, Statement, Tie


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read out of one text; both ends of every relation are mentioned."""

    mentions: Sequence[Mention] = ()
    assertions: Sequence[Assertion] = ()

    @property
    def said(self) -> int:
        """How many things it says."""
        return len(self.mentions) + len(self.assertions)

    def by(self, source: Source) -> Statement:
        """The same, said by somebody."""
        return Statement(source, self.mentions, self.assertions)

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "nodes": [
                {
                    "key": mention.key,
                    "name": mention.name,
                    "labels": list(mention.labels),
                    "properties": dict(mention.properties),
                    "aliases": list(mention.aliases),
                }
                for mention in self.mentions
            ],
            "edges": [
                {**_ends(assertion.tie), "properties": dict(assertion.properties)} for assertion in self.assertions
            ],
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Facts:
        """What was kept."""
        return cls(
            [
                Mention(one["key"], one["name"], tuple(one["labels"]), one["properties"], tuple(one["aliases"]))
                for one in kept["nodes"]
            ],
            [Assertion(Tie(one["source"], one["type"], one["target"]), one["properties"]) for one in kept["edges"]],
        )


def _ends(tie: Tie) -> dict[str, str]:
    return {"source": tie.source, "type": tie.type, "target": tie.target}
