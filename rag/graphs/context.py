"""Answering, graphs: what is known around a question and the passages that answer it."""

from __future__ import annotations

from collections.abc import Mapping

from rag.graphs.asked import Walk
from rag.graphs.naming import named
from rag.graphs.view import Drawn, View
from rag.graphs.walking import reached

_BESIDE = 3  # times as many things as are asked for may come with what is beside them


async def around(view: View, question: str, passages: Mapping[str, float], walk: Walk) -> Drawn:
    """The things a question names, then those that passages with these scores speak of, then what is beside them.

    At most `walk.limit` of them are named or spoken of.
    """
    weights = {one.thing: 1.0 + one.weight for one in await named(view, question)}
    for thing, score in (await _spoken_of(view, passages)).items():
        weights.setdefault(thing, score)
    starts = sorted(weights, key=lambda thing: (-weights[thing], thing))[: walk.limit]
    found = await reached(view, starts, Walk(walk.depth, limit=_BESIDE * walk.limit))
    truncated = found.truncated or len(starts) < len(weights)
    return await view.drawn(found.things, truncated=truncated)


async def _spoken_of(view: View, passages: Mapping[str, float]) -> dict[str, float]:
    """What passages speak of, by the best score and by how many speak of it."""
    graph = view.graph
    spoken_of = await graph.store.spoken_of(graph.index, sorted(passages), graph.scope) if passages else {}
    await view.names.join({key for keys in spoken_of.values() for key in keys})
    scores: dict[str, float] = {}
    for chunk_id, keys in sorted(spoken_of.items()):
        for thing in {view.names.thing(key) for key in keys}:
            scores[thing] = 1 - (1 - scores.get(thing, 0.0)) * (1 - min(passages[chunk_id], 1.0) / 2)
    return scores
