"""Answering, graphs: how much of a graph one caller sees."""

from __future__ import annotations

import structlog

from acl.errors import CollectionNotFound
from acl.visible import Visible
from indexing.errors import StoreUnavailable
from rag.graphs.answers import GraphStats
from rag.graphs.counting import Counting
from rag.graphs.looking import Looking
from rag.graphs.scope import in_scope

log = structlog.get_logger("graph")
_ATTEMPTS = 4


async def seen_stats(looking: Looking, collection_id: str) -> Visible[GraphStats]:
    """Count what a caller sees; counted again where rights or contents moved underneath, and empty if they go on so."""
    try:
        found = await _counted(looking, collection_id)
    except StoreUnavailable as error:
        log.warning("graph_away", collection_id=collection_id, error=error.code, reason=str(error))
        found = GraphStats(collection_id, available=False)
    seen = await looking.onlooker.sees_facts([found])
    if not seen:
        raise CollectionNotFound
    return seen[0]


async def _counted(looking: Looking, collection_id: str) -> GraphStats:
    ground = await looking.ground(collection_id)
    for _ in range(_ATTEMPTS):
        count = await Counting(in_scope(looking.graphs, ground)).run(labels=True)
        now = await looking.ground(collection_id)
        if now.scope.documents == ground.scope.documents and not ground.is_moved(now, ()):
            labels, types = dict(count.labels.most_common()), dict(count.types.most_common())
            return GraphStats(collection_id, count.nodes, count.edges, labels, types)
        ground = now
    return GraphStats(collection_id, available=False)
