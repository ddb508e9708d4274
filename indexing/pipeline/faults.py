"""Knowing, pipeline: the points at which a proof may end this process as a power cut would; inert otherwise.

A point is armed by whoever starts the process and by nobody else; see app/wiring/faults.py.
"""

from __future__ import annotations

import os
import signal
from enum import StrEnum


class Point(StrEnum):
    """Where a document may be left for dead."""

    TAKEN = "taken"
    TEXT_READ = "processing.read"
    TEXT_KEPT = "processing.kept"
    CUT = "chunking.cut"
    CUT_NOTED = "chunking.noted"
    EMBEDDED = "embedding.answered"
    STORED = "embedding.stored"
    STORED_NOTED = "embedding.noted"
    BUILT = "switching.built"
    SWITCHED = "switching.switched"
    SUPERSEDED_VECTORS = "superseded.vectors"
    SUPERSEDED_ROWS = "superseded.rows"


class CollectionPoint(StrEnum):
    """Where work on a whole collection may be left for dead, beside the points of each of its documents."""

    COUNTED = "rechunk.counted"
    SWITCHED = "rechunk.switched"
    TIDIED = "rechunk.tidied"
    FILES_COPIED = "fork.files"
    COPIED = "fork.copied"


class GraphPoint(StrEnum):
    """Where somebody may be left for dead who keeps a graph in step with what answers."""

    ANSWERED = "graph.answered"  # a model has read a chunk, and nobody knows
    NOTED = "graph.noted"
    PUT = "graph.put"  # what some chunks say is in the store, and not yet linked
    KEPT = "graph.kept"  # all that an edition says is in the store, and nobody knows
    COUNTED = "reextract.counted"
    SWITCHED = "reextract.switched"
    LAYERS_GONE = "reextract.layers"
    DROPPED = "reextract.dropped"
    SUPERSEDED = "superseded.graph"


class ErasingPoint(StrEnum):
    """Where somebody may be left for dead who erases what was deleted."""

    WRITTEN_DOWN = "erasing.written"
    VECTORS_GONE = "erasing.vectors"
    VECTORS_NOTED = "erasing.vectors_noted"
    BLOB_GONE = "erasing.blob"
    BLOBS_NOTED = "erasing.blobs_noted"
    GRAPH_GONE = "erasing.graph"
    GRAPH_NOTED = "erasing.graph_noted"
    CHUNKS_GONE = "erasing.chunks"
    ROWS_GONE = "erasing.rows"
    DROPPED = "erasing.dropped"
    SLICE_GONE = "erasing.slice"
    ENDED = "erasing.ended"


AnyPoint = Point | CollectionPoint | GraphPoint | ErasingPoint


_left: dict[str, int] = {}


def arm(point: AnyPoint, passing: int = 1) -> None:
    """End this process, without any farewell, when it comes by a point for the so-many-th time."""
    _left[point] = passing


def reached(point: AnyPoint) -> None:
    """Say that a point has been reached; does nothing unless it is armed."""
    if not _left or point not in _left:
        return
    _left[point] -= 1
    if _left[point] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
