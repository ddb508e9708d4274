"""Roof, HTTP shapes: forks of collections."""

from __future__ import annotations

from typing import Literal

from pydantic import StrictBool

from app.http.envelope import Wire
from app.http.wire.collections import Bytes, Description, Metadata, Most, Overlap, Tokens
from app.http.wire.models import Slug
from app.http.wire.names import NameText, SlugText
from indexing.chunking.strategies import Strategy
from indexing.forking.asking import Differing, ForkState


class ForkCreate(Wire):
    """A fork that is to be; what is left out, or null, is as in the collection that is forked."""

    name: NameText
    slug: SlugText | None = None
    description: Description | None = None
    embedding_model: Slug
    chunking_strategy: Strategy | None = None
    chunk_size: Tokens | None = None
    chunk_overlap: Overlap | None = None
    graph_enabled: StrictBool | None = None
    graph_extraction_model: Slug | None = None
    graph_max_nodes: Most | None = None
    graph_max_edges: Most | None = None
    storage_quota_bytes: Bytes | None = None
    metadata: Metadata | None = None

    def differing(self, embedding_model: str, graph_extraction_model: str | None) -> Differing:
        """What was said, with the models that were chosen by it."""
        said = self.model_dump(exclude={"metadata", "embedding_model", "graph_extraction_model"}, exclude_none=True)
        if self.metadata is not None:
            said["details"] = self.metadata
        if graph_extraction_model is not None:
            said["graph_extraction_model"] = graph_extraction_model
        return Differing(embedding_model, said)


class ForkStateRead(Wire):
    """How far a fork is with copying documents; each then says of itself how far it is with being read."""

    status: Literal["idle", "queued", "running", "completed", "failed"]
    error_code: str | None
    error_message: str | None

    @classmethod
    def of(cls, state: ForkState) -> ForkStateRead:
        """Show how far it is."""
        return cls(status=state.status, error_code=state.error_code, error_message=state.error_message)
