"""Knowing, graphs: what a model says it read out of a text, taken from whatever it wrote around it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from indexing.graphs.facts import Facts
from indexing.stores.graphs import Assertion, Mention, Tie, Value
from indexing.wording.names import MOST_LETTERS, key_of, relation_of

MOST_NODES, MOST_EDGES = 200, 400  # of one text; what comes after them is left out
MOST_PROPERTIES, LONGEST_VALUE = 20, 2_000
_MOST_BEGINNINGS = 200  # braces that an answer is looked through for
_DECODER = json.JSONDecoder()


class Unreadable(Exception):
    """A model did not answer with what was asked for; the message says what was found instead."""


def facts_in(answer: str) -> Facts:
    """The facts of an answer: the first JSON object in it that has nodes or edges."""
    found = next((one for one in objects_in(answer) if "nodes" in one or "edges" in one), None)
    if found is None:
        raise Unreadable("The model gave no JSON object with nodes and edges.")
    nodes, edges = _listed(found, "nodes"), _listed(found, "edges")
    mentions: dict[str, Mention] = {}
    for node in nodes[:MOST_NODES]:
        _add(mentions, _mention(node))
    ties: dict[Tie, Assertion] = {}
    for edge in edges[:MOST_EDGES]:
        assertion = _assertion(edge, mentions)
        ties.setdefault(assertion.tie, assertion)
    return Facts(list(mentions.values()), list(ties.values()))


def objects_in(answer: str) -> Iterator[Mapping[str, Any]]:
    """The JSON objects in what a model wrote, whatever stands around them."""
    at = -1
    for _ in range(_MOST_BEGINNINGS):
        at = answer.find("{", at + 1)
        if at < 0:
            return
        try:
            value, end = _DECODER.raw_decode(answer, at)
        except (ValueError, RecursionError):
            continue
        at = end - 1
        if isinstance(value, dict):
            yield value


def _listed(found: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = found.get(name)
    if listed is None:
        return []
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Unreadable(f"The {name} of the model's answer are no list of objects.")
    return listed


def _mention(node: Mapping[str, Any]) -> Mention:
    name = _name(node, "name")
    label, aliases = node.get("label"), node.get("aliases")
    labels = (_line(label),) if isinstance(label, str) and label.strip() else ()
    others = [key_of(one) for one in aliases if isinstance(one, str)] if isinstance(aliases, list) else []
    also = tuple(sorted({other for other in others if other and other != key_of(name)}))
    return Mention(key_of(name), name, labels, _properties(node), also)


def _assertion(edge: Mapping[str, Any], mentions: dict[str, Mention]) -> Assertion:
    ends = [_name(edge, end) for end in ("source", "target")]
    for name in ends:
        if key_of(name) not in mentions:
            _add(mentions, Mention(key_of(name), name))
    said = edge.get("type")
    type_ = relation_of(said) if isinstance(said, str) else relation_of("")
    return Assertion(Tie(key_of(ends[0]), type_, key_of(ends[1])), _properties(edge))


def _add(mentions: dict[str, Mention], mention: Mention) -> None:
    """Of what is named twice, everything counts; of a property, what was said first."""
    held = mentions.get(mention.key)
    if held is None:
        mentions[mention.key] = mention
        return
    labels = tuple(dict.fromkeys(held.labels + mention.labels))
    aliases = tuple(sorted({*held.aliases, *mention.aliases}))
    mentions[held.key] = Mention(held.key, held.name, labels, {**mention.properties, **held.properties}, aliases)


def _name(said: Mapping[str, Any], field: str) -> str:
    name = said.get(field)
    name = str(name) if isinstance(name, int) and not isinstance(name, bool) else name
    if not isinstance(name, str) or not key_of(name):
        raise Unreadable(f"Something in the model's answer has no {field}.")
    return _line(name)


def _line(text: str) -> str:
    return " ".join(_clean(text).split())[:MOST_LETTERS]


def _clean(text: str) -> str:
    """Without what databases do not take."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _properties(said: Mapping[str, Any]) -> dict[str, Value]:
    given = said.get("properties")
    if not isinstance(given, dict):
        return {}
    kept = [(_line(name), value) for name, value in given.items() if _line(name)]
    values = {name: _value(value) for name, value in kept[:MOST_PROPERTIES]}
    return {name: value for name, value in values.items() if value is not None}


def _value(value: Any) -> Value | None:
    if isinstance(value, str):
        return _clean(value)[:LONGEST_VALUE].strip() or None
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)[:LONGEST_VALUE]
    return value if isinstance(value, float) and math.isfinite(value) else None
