"""Roof, HTTP shapes: what people write in graphs, and the views of them that they save."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from app.http.envelope import Wire
from app.http.wire.collections import Metadata
from app.http.wire.graph import FactId, Label, PropertyName, PropertyValue
from app.http.wire.models import unsaid
from app.http.wire.names import NameText
from indexing.wording.names import MOST_LETTERS
from rag.graphs.editing import EdgeDraft, NodeDraft
from rag.graphs.importing import EdgeLine, NodeLine

_LONGEST = 65_536  # bytes of the properties of one fact
_LINE = r"^[^\x00-\x1f\x7f]*$"


def _short(said: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(said)) > _LONGEST:
        raise ValueError(f"must be {_LONGEST} bytes at most")
    return said


FactName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_LETTERS, pattern=_LINE)
]
RelationType = FactName
Labels = Annotated[list[Label], Field(max_length=50)]
Properties = Annotated[dict[PropertyName, PropertyValue], Field(max_length=100), AfterValidator(_short)]


class NodeCreate(Wire):
    """A thing that is to be there for all who may read the collection."""

    name: FactName
    labels: Labels = Field(default_factory=list)
    properties: Properties = Field(default_factory=dict)

    def draft(self) -> NodeDraft:
        """What was said of it."""
        return NodeDraft(self.name, self.labels, self.properties)


class NodePut(NodeCreate):
    """All that is to be written of a thing."""


class NodePatch(Wire):
    """What is to be written anew of a thing; what is left out stays."""

    name: FactName = Field(default_factory=unsaid)
    labels: Labels = Field(default_factory=unsaid)
    properties: Properties = Field(default_factory=unsaid)

    def draft(self) -> NodeDraft:
        """What was said of it."""
        return NodeDraft(self.name, self.labels, self.properties)


class EdgeCreate(Wire):
    """A relation that is to be there for all who see both its ends."""

    source_id: FactId
    target_id: FactId
    type: RelationType
    properties: Properties = Field(default_factory=dict)

    def draft(self) -> EdgeDraft:
        """What was said of it."""
        return EdgeDraft(self.source_id, self.target_id, self.type, self.properties)


class EdgePut(EdgeCreate):
    """All that is to be written of a relation; with another type or end it is another one."""


class EdgePatch(Wire):
    """What is to be written anew of a relation; what is left out stays. Another type or end makes it another one."""

    source_id: FactId = Field(default_factory=unsaid)
    target_id: FactId = Field(default_factory=unsaid)
    type: RelationType = Field(default_factory=unsaid)
    properties: Properties = Field(default_factory=unsaid)

    def draft(self) -> EdgeDraft:
        """What was said of it."""
        return EdgeDraft(self.source_id, self.target_id, self.type, self.properties)


class NodeImport(NodeCreate):
    """A line of a file that is a thing."""

    kind: Literal["node"]

    def taken(self, line: int) -> NodeLine:
        """The same with where it stands."""
        return NodeLine(line, self.name, self.labels, self.properties)


class EdgeImport(Wire):
    """A line of a file that is a relation; its ends are ids of things, or names of things of the same file."""

    kind: Literal["edge"]
    source_id: FactName | None = None
    target_id: FactName | None = None
    source: FactName | None = Field(None, description="The same as source_id.")
    target: FactName | None = Field(None, description="The same as target_id.")
    type: RelationType
    properties: Properties = Field(default_factory=dict)

    def taken(self, line: int) -> EdgeLine:
        """The same with where it stands."""
        source, target = self.source_id or self.source, self.target_id or self.target
        if source is None or target is None:
            raise ValueError("an edge needs source_id and target_id, or source and target")
        return EdgeLine(line, source, self.type, target, self.properties)


class GraphImportRead(Wire):
    """How much was imported."""

    node_count: int
    edge_count: int
    graph_available: bool


class GraphDeleted(Wire):
    """What is answered to a deletion in a graph."""

    deleted: Literal[True]
    graph_available: Literal[True]


class GraphViewCreate(Wire):
    """A view that is to be saved: whatever its reader asks of the graph with it."""

    name: NameText
    query: Metadata


class GraphViewPatch(Wire):
    """What is to change of a view; what is left out stays."""

    name: NameText = Field(default_factory=unsaid)
    query: Metadata = Field(default_factory=unsaid)


class GraphViewRead(Wire):
    """A saved view."""

    id: str
    collection_id: str
    name: str
    query: dict[str, Any]
    owner_id: str
    created_at: datetime
    updated_at: datetime
