"""Roof, HTTP shapes: collections."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, model_validator

from acl.coarse import Coarse
from acl.facts import DefaultAccess
from app.http.envelope import Wire
from app.http.wire.models import Slug, unsaid
from app.http.wire.names import NameText, SlugText
from indexing.chunking.strategies import Strategy
from indexing.collections.chunking import LARGEST_CHUNK, Cut
from indexing.collections.lifecycle import MOST_EDGES, MOST_NODES, CollectionDraft
from indexing.overview.collections import SeenCollection

_LONGEST_METADATA = 65_536  # bytes


def _short(said: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(said)) > _LONGEST_METADATA:
        raise ValueError(f"must be {_LONGEST_METADATA} bytes at most")
    return said


Description = Annotated[str, Field(max_length=10_000)]
Metadata = Annotated[dict[str, Any], AfterValidator(_short)]
Tokens = Annotated[int, Field(ge=1, le=LARGEST_CHUNK, strict=True)]
Overlap = Annotated[int, Field(ge=0, le=LARGEST_CHUNK // 2, strict=True)]
Most = Annotated[int, Field(ge=1, le=100_000_000, strict=True)]
Bytes = Annotated[int, Field(ge=0, le=2**53 - 1, strict=True)]
Status = Literal["idle", "queued", "running", "completed", "failed"]


def nullable(schema: dict[str, Any]) -> None:
    """Describe a shape in which null is as if nothing had been said."""
    for name, said in schema["properties"].items():
        if name not in schema.get("required", ()) and {"type": "null"} not in said.get("anyOf", ()):
            schema["properties"][name] = {"anyOf": [said, {"type": "null"}]}


def without_nulls(said: Any) -> Any:
    """What was said, without what was said to be null."""
    return {name: value for name, value in said.items() if value is not None} if isinstance(said, dict) else said


class CollectionCreate(Wire):
    """A collection that is to be; a null is as if nothing had been said."""

    model_config = ConfigDict(json_schema_extra=nullable)
    _nothing_said = model_validator(mode="before")(without_nulls)

    name: NameText
    slug: SlugText | None = None
    description: Description = ""
    embedding_model: Slug
    chunking_strategy: Strategy = Strategy.PARAGRAPH
    chunk_size: Tokens = 512
    chunk_overlap: Overlap = 50
    graph_enabled: StrictBool = False
    graph_extraction_model: Slug | None = None
    graph_max_nodes: Most = MOST_NODES
    graph_max_edges: Most = MOST_EDGES
    storage_quota_bytes: Bytes | None = None
    default_access: DefaultAccess = DefaultAccess.TENANT
    metadata: Metadata = Field(default_factory=dict)

    def draft(self, embedding_model: str, graph_extraction_model: str | None) -> CollectionDraft:
        """What was said, with the models that were chosen by it."""
        cut = Cut(self.chunking_strategy, self.chunk_size, self.chunk_overlap)
        return CollectionDraft(
            name=self.name,
            slug=self.slug,
            description=self.description,
            embedding_model=embedding_model,
            cut=cut if "chunk_overlap" in self.model_fields_set else cut.giving_way(),
            graph_enabled=self.graph_enabled,
            graph_extraction_model=graph_extraction_model,
            graph_max_nodes=self.graph_max_nodes,
            graph_max_edges=self.graph_max_edges,
            storage_quota_bytes=self.storage_quota_bytes,
            details=self.metadata,
            default_access=self.default_access,
        )


class CollectionPatch(Wire):
    """What is to change of a collection; null empties what may be empty."""

    name: NameText = Field(default_factory=unsaid)
    slug: SlugText = Field(default_factory=unsaid)
    description: Description = Field(default_factory=unsaid)
    embedding_model: Slug = Field(default_factory=unsaid)
    chunking_strategy: Strategy = Field(default_factory=unsaid)
    chunk_size: Tokens = Field(default_factory=unsaid)
    chunk_overlap: Overlap = Field(default_factory=unsaid)
    graph_enabled: StrictBool = Field(default_factory=unsaid)
    graph_extraction_model: Slug | None = None
    graph_max_nodes: Most = Field(default_factory=unsaid)
    graph_max_edges: Most = Field(default_factory=unsaid)
    storage_quota_bytes: Bytes | None = None
    default_access: DefaultAccess = Field(default_factory=unsaid)
    metadata: Metadata = Field(default_factory=unsaid)

    def meant(self) -> dict[str, Any]:
        """What was said of the collection itself, by the names its room has for it."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        said = {{"metadata": "details"}.get(name, name): value for name, value in said.items()}
        return {name: value for name, value in said.items() if name not in {"default_access", "embedding_model"}}


class CollectionPut(CollectionPatch):
    """The same for PUT, which ignores nulls as every PUT here does."""

    model_config = ConfigDict(json_schema_extra=nullable)
    _nothing_said = model_validator(mode="before")(without_nulls)


class CollectionRead(Wire):
    """A collection; its counts are of what the caller may read of it."""

    id: str
    slug: str
    name: str
    description: str
    embedding_model: str
    chunking_strategy: Strategy
    chunk_size: int
    chunk_overlap: int
    graph_enabled: bool
    graph_extraction_model: str | None
    graph_max_nodes: int
    graph_max_edges: int
    storage_quota_bytes: int | None
    metadata: dict[str, Any]
    owner_id: str | None
    default_access: DefaultAccess
    user_permission: Coarse | None
    document_count: int
    chunk_count: int
    total_size_bytes: int
    node_count: int
    edge_count: int
    rechunk_status: Status
    rechunk_total: int
    rechunk_processed: int
    rechunk_failed: int
    graph_reextract_status: Status
    graph_reextract_total: int
    graph_reextract_processed: int
    graph_reextract_failed: int
    forked_from: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, seen: SeenCollection) -> CollectionRead:
        """Show a collection as its caller sees it."""
        return cls.model_validate(shown(seen))


class FollowUpsRead(Wire):
    """What a change asks for: `graph_reextract` is on its way, `rechunk_recommended` is left to whoever changed it."""

    graph_reextract: Literal["queued"] | None
    rechunk_recommended: bool


class CollectionChangedRead(CollectionRead):
    """A collection after a change, and what follows from it."""

    follow_ups: FollowUpsRead


def shown(seen: SeenCollection) -> dict[str, Any]:
    """The fields of a collection as its caller sees it."""
    row, counts = seen.row, seen.counts
    own = {name: getattr(row, name) for name in CollectionRead.model_fields if hasattr(row, name)}
    return own | {
        "metadata": row.details,
        "owner_id": seen.owner_id,
        "default_access": seen.default_access,
        "user_permission": seen.may,
        "document_count": counts.documents,
        "chunk_count": counts.chunks,
        "total_size_bytes": counts.size_bytes,
        "node_count": counts.nodes,
        "edge_count": counts.edges,
        "forked_from": seen.forked_from,
        **{f"rechunk_{name}": number for name, number in seen.rechunk._asdict().items()},
        **{f"graph_reextract_{name}": number for name, number in seen.graph_reextract._asdict().items()},
    }
