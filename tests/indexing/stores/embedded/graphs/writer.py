"""A process that writes to a graph of its parent until it is told to end, or killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from indexing.stores.embedded.graphs.store import EmbeddedGraphs
from indexing.stores.graphs import Statement
from indexing.stores.vectors import Index
from tests.contract.graphs.statements import LAYER, named, says, source

GRAPH = Index("tnt_1", "col_1", "Shared")
BATCH = 40


def batch(document: str) -> list[Statement]:
    """All that one document says: of a thing of its own, and of one that all of them speak of."""
    own = f"own {document.replace('_', ' ')}"
    return [
        says(source(document, f"chk_{number}"), named(own, "Own", note=number), named("hub", aliases=[own]))
        for number in range(BATCH)
    ]


def tied_batch(document: str) -> list[Statement]:
    """The same with a relation between the two."""
    return [
        says(source(document, f"chk_{number}"), f"hub HAS {document}", named("hub", "Hub")) for number in range(BATCH)
    ]


async def _fill(folder: Path, name: str, first: int, many: int) -> None:
    store = EmbeddedGraphs(folder)
    for number in range(first, first + many):
        await store.put(GRAPH, LAYER, [*batch(f"doc_{name}_{number}"), *tied_batch(f"doc_{name}_{number}_t")])
        await store.link(GRAPH, [("hub", f"own doc {name} {number}")])
        if number % 3 == 2:
            await store.remove_documents(GRAPH, [f"doc_{name}_{number - 2}", f"doc_{name}_{number - 2}_t"])
        print(number, flush=True)  # noqa: T201 - its parent waits for it
    await store.aclose()


if __name__ == "__main__":
    asyncio.run(_fill(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
