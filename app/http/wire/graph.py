"""Roof, HTTP shapes: graphs of collections as their callers see them, and what is asked of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, FiniteFloat, StrictBool, StrictInt, StrictStr, StringConstraints

from app.http.envelope import PageMeta, Wire
from app.http.wire.revealing import Revealing
from app.http.wire.search import QueryText, SearchHitRead
from indexing.wording.names import MOST_LETTERS
from rag.graphs.answers import ContextAnswer, GraphAnswer, GraphStats, PathsAnswer
from rag.graphs.asked import DEEPEST, Direction, NodesAsked, Walk
from rag.graphs.facts import EdgeSeen, NodeSeen

MOST_ANSWERED = 1_000
Text = Annotated[StrictStr, Field(max_length=10_000)]
PropertyValue = StrictBool | Annotated[StrictInt, Field(ge=-(2**53), le=2**53)] | FiniteFloat | Text
PropertyName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
FactId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Most = Annotated[int, Field(ge=1, le=MOST_ANSWERED, strict=True)]
Depth = Annotated[int, Field(ge=1, le=DEEPEST, strict=True)]
Labels = Annotated[list[Label], Field(max_length=50)]
Types = Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=MOST_LETTERS)]], Field(max_length=50)]
_DIRECTIONS = {"outgoing": "out", "outbound": "out", "incoming": "in", "inbound": "in", "any": "both"}
Wanted = Annotated[dict[PropertyName, PropertyValue], Field(max_length=20)]


class GraphSearchCreate(Wire):
    """A text that names what is looked for."""

    query: QueryText
    limit: Most = 20


class GraphQueryCreate(Wire):
    """What is looked for: all that is said must hold."""

    labels: Labels = Field(default_factory=list, description="Any of these, in any case of letters.")
    name: Annotated[str, StringConstraints(max_length=1_000)] = Field(
        "", description="Each word of it begins a word of a name."
    )
    properties: Wanted = Field(default_factory=dict)
    limit: Most = 100

    def asked(self) -> NodesAsked:
        """What was said."""
        return NodesAsked(frozenset(self.labels), self.name, self.properties)


def _direction(said: object) -> object:
    return _DIRECTIONS.get(said, said) if isinstance(said, str) else said


class TraverseCreate(Wire):
    """Where a walk begins, over what it goes, and how far."""

    start_node_id: FactId
    depth: Depth = 1
    direction: Annotated[Direction, BeforeValidator(_direction)] = Direction.BOTH
    relation_types: Types = Field(default_factory=list)
    limit: Most = 100

    def walk(self) -> Walk:
        """What was said."""
        return Walk(self.depth, self.direction, frozenset(self.relation_types), self.limit)


class PathsCreate(Wire):
    """What ways are looked for between."""

    source_id: FactId
    target_id: FactId
    max_depth: Depth = 4
    limit: Annotated[int, Field(ge=1, le=100, strict=True)] = 10


class ContextCreate(Wire):
    """A question whose surroundings are asked for."""

    query: QueryText
    top_k: Annotated[int, Field(ge=1, le=100, strict=True)] = 10
    depth: Depth = 1


class NodeRead(Revealing[NodeSeen]):
    """A thing, with what readable documents, and people who wrote it by hand, say of it."""

    id: str
    name: str
    labels: list[str]
    properties: dict[str, bool | int | float | str]
    degree: int = Field(description="How many relations of it the caller sees.")
    documents: list[str] = Field(description="Ids of readable documents that speak of it, the first of them.")
    chunks: list[str]
    manual: bool = Field(description="Whether somebody wrote it by hand.")

    @classmethod
    def _shown(cls, seen: NodeSeen) -> Self:
        return cls(**_node(seen))


class EdgeRead(Revealing[EdgeSeen]):
    """A relation between two things."""

    id: str
    source_id: str
    target_id: str
    type: str
    properties: dict[str, bool | int | float | str]
    documents: list[str] = Field(description="Ids of readable documents that speak of it, the first of them.")
    chunks: list[str]
    manual: bool = Field(description="Whether somebody wrote it by hand.")

    @classmethod
    def _shown(cls, seen: EdgeSeen) -> Self:
        return cls(**_edge(seen))


class OneNodeRead(NodeRead):
    """A thing by itself."""

    graph_available: Literal[True]

    @classmethod
    def _shown(cls, seen: NodeSeen) -> Self:
        return cls(**_node(seen), graph_available=True)


class OneEdgeRead(EdgeRead):
    """A relation by itself."""

    graph_available: Literal[True]

    @classmethod
    def _shown(cls, seen: EdgeSeen) -> Self:
        return cls(**_edge(seen), graph_available=True)


class GraphRead(Wire):
    """Part of a graph; with its store away it is empty and says so."""

    nodes: list[NodeRead]
    edges: list[EdgeRead]
    graph_available: bool
    truncated: bool = Field(description="There is more than is shown.")

    @classmethod
    def of(cls, found: GraphAnswer) -> GraphRead:
        """Show what was found."""
        return cls.model_construct(
            nodes=[NodeRead.of(seen) for seen in found.nodes],
            edges=[EdgeRead.of(seen) for seen in found.edges],
            graph_available=found.available,
            truncated=found.truncated,
        )


class GraphPage(Wire):
    """A page of the things, or relations, of a graph."""

    status: Literal["ok"]
    data: GraphRead
    meta: PageMeta


class PathRead(Wire):
    """One way: the relation at each place joins the things before and after it."""

    nodes: list[NodeRead]
    edges: list[EdgeRead]


class PathsRead(Wire):
    """Ways between two things, the shortest first."""

    paths: list[PathRead]
    graph_available: bool
    truncated: bool

    @classmethod
    def of(cls, found: PathsAnswer) -> PathsRead:
        """Show what was found."""
        paths = [
            PathRead.model_construct(
                nodes=[NodeRead.of(seen) for seen in path.nodes], edges=[EdgeRead.of(seen) for seen in path.edges]
            )
            for path in found.paths
        ]
        return cls.model_construct(paths=paths, graph_available=found.available, truncated=found.truncated)


class ContextRead(Wire):
    """What a graph knows around a question, and the passages that answer it."""

    nodes: list[NodeRead]
    edges: list[EdgeRead]
    passages: list[SearchHitRead]
    graph_available: bool

    @classmethod
    def of(cls, found: ContextAnswer) -> ContextRead:
        """Show what was found."""
        return cls.model_construct(
            nodes=[NodeRead.of(seen) for seen in found.nodes],
            edges=[EdgeRead.of(seen) for seen in found.edges],
            passages=[SearchHitRead.of(seen) for seen in found.passages],
            graph_available=found.available,
        )


class GraphStatsRead(Revealing[GraphStats]):
    """How much of a graph the caller sees."""

    node_count: int
    edge_count: int
    labels: dict[str, int] = Field(description="How many things are called so, the most frequent first.")
    relation_types: dict[str, int]
    graph_available: bool

    @classmethod
    def _shown(cls, seen: GraphStats) -> Self:
        return cls(
            node_count=seen.nodes,
            edge_count=seen.edges,
            labels=dict(seen.labels),
            relation_types=dict(seen.relation_types),
            graph_available=seen.available,
        )


def _node(seen: NodeSeen) -> dict[str, Any]:
    plain = {name: getattr(seen, name) for name in ("id", "name", "degree")}
    return plain | {"labels": list(seen.labels)} | _told(seen)


def _edge(seen: EdgeSeen) -> dict[str, Any]:
    return {name: getattr(seen, name) for name in ("id", "source_id", "target_id", "type")} | _told(seen)


def _told(seen: NodeSeen | EdgeSeen) -> dict[str, Any]:
    return {
        "properties": dict(seen.properties),
        "documents": list(seen.documents),
        "chunks": list(seen.chunks),
        "manual": seen.is_manual,
    }
