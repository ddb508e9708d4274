"""Measuring: the hash of what was measured, the same in every process for the same content; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

# Of a persona: what its answers depend on. Its name, its picture and what it says while it looks change no answer.
ANSWERING = (
    "model_slug", "system_prompt", "rag_enabled", "rag_strategy", "rag_top_k", "rag_min_score",
    "rag_context_template", "rag_search_type", "grounding", "default_params",
)  # fmt: skip


def canonical(said: Any) -> bytes:
    """JSON with its keys in order and nothing between its parts."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def hash_of(said: Any) -> str:
    """The SHA-256 of something JSON can say."""
    return hashlib.sha256(canonical(said)).hexdigest()


def hash_of_set(digests: Mapping[str, str]) -> str:
    """The SHA-256 of what a set asks, from the hashes of its cases by their ids; in which order is all the same."""
    return hash_of(digests)


def configuration(said: Mapping[str, Any], sources: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What answers depend on: a persona's fields, and the places it reads, each `source_type, source_id, weight`.

    A changed draft and the persona that is later changed in the same way are one and the same configuration.
    """
    plain = {name: _plain(said[name]) for name in ANSWERING}
    if plain["rag_min_score"] is not None:
        plain["rag_min_score"] = float(plain["rag_min_score"])
    places = [(str(one["source_type"]), one["source_id"], float(one["weight"])) for one in sources]
    return {**plain, "sources": [list(place) for place in sorted(places)]}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value
