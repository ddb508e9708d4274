"""Whatever an answer holds of a document is of a shape that only the chokepoint fills."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app.http.gate import gate_of
from app.http.wire.revealing import Revealing
from app.mcp.tools import TOOLS
from app.serving import ROUTERS
from tests.leakage.matrix import MATRIX

# A field with one of these words in its name holds what a document says, or what was made of that.
CONTENT = {
    "abstract", "answer", "body", "bytes", "caption", "chunk", "chunks", "citation", "citations", "content", "contents",
    "context", "description", "edges", "excerpt", "excerpts", "fact", "facts", "highlight", "highlights", "html",
    "label", "labels", "markdown", "nodes", "page_text", "passage", "passages", "preview", "properties", "quote",
    "quotes", "raw", "section", "sections", "sentence", "sentences", "snippet", "snippets", "source", "sources",
    "summary", "text", "texts", "title", "titles", "transcript",
}  # fmt: skip
# What these are called is content too, wherever it stands: document_name, or the name of a DocumentRead.
THINGS = {"chunk", "citation", "document", "edge", "file", "hit", "node", "page", "passage", "source"}
NAMING = {"name", "names", "filename", "url", "path", "metadata", "query"}

# Why these hold nothing of any document. (A chat with a persona does: what it was given to read has been let through.)
NOTHING_OF_A_DOCUMENT = {
    "AskAnswered.answer": "a model's, made of pieces that the chokepoint, or ScaiDrive, has let through just before",
    "AuditRead.details": "what was done, in the words of our own code",
    "BreakRead.sentence": "what is wrong with the trail",
    "ChatCreate": "what is asked, by a route that reads its body itself",
    "CollectionTold.description": "a collection's, from its manager",
    "CompletionRead": "a model's answer to what its caller sent",
    "CitationTold": "told out of pieces that the chokepoint, or ScaiDrive, has let through just before",
    "CollectionChangedRead": "what a collection is to be, and counts of what its caller may read",
    "CollectionRead": "what a collection is to be, and counts of what its caller may read",
    "CrawlBounds": "what is asked, by the shapes that are made of it",
    "CrawlChangedRead": "what is to be crawled, in the words of who saved it",
    "CrawlJobRead": "what was to be crawled, and numbers of the run",
    "CrawlJobListedRead": "the same",
    "CrawlRead": "what is to be crawled, in the words of who saved it",
    "CrawlListedRead.max_total_bytes": "the same",
    "CustomRoleRead.description": "a role's",
    "EdgeImport": "what somebody writes, on a line of a file that a route reads itself",
    "EvalAnswerRead.answer": "told where the chokepoint has just let through every document it was made of",
    "EvalExpectedRead": "what the author of a case says should be found",
    "EvalForbiddenRead": "what the author of a case says must not be found",
    "EvalPassageRead": "told where the chokepoint has just let through every document its answer was made of",
    "EvalRunRead.changes": "what an assistant is to be for a run, from who began it",
    "EvalSetRead.description": "a set's, from its author",
    "EvalTurnRead.content": "what the author of a case says was said before",
    "EvalVersionRead.content_hash": "a hash of what a set asks",
    "FetchAnswered": "an AboutRead and its PieceReads, put together",
    "GenerationRead": "a model's answer to what its caller sent",
    "GraphViewRead.query": "what an editor of the collection saved to be asked",
    "LinkedResult": "a ResultRead with its address",
    "Message": "what is asked, by a route that reads its body itself",
    "ModelRead": "a model's, from its administrator",
    "ModuleRead.description": "a module's",
    "NoAnswerRead.answer": "nothing: the graph store is away",
    "NodeImport": "what somebody writes, on a line of a file that a route reads itself",
    "OpenAIChatCreate": "what is asked, by a route that reads its body itself",
    "OpenAIEmbedCreate": "what is asked, by a route that reads its body itself",
    "OpenAIError.error": "a failure, in the words of our own code",
    "PreviewedPassageRead": "told out of pieces that the chokepoint, or ScaiDrive, has let through just before",
    "PreviewedSourceRead": "which places an assistant reads, in the words of its author",
    "Problem.title": "a failure, in the words of our own code",
    "PersonaPreviewRead": "told out of pieces that the chokepoint, or ScaiDrive, has let through just before",
    "PersonaTold.description": "an assistant's, from its author",
    "PersonaPublishedRead": "an assistant's, from its author",
    "PersonaRead": "an assistant's, from its author",
    "PersonaSourceRead": "which places an assistant reads, in the words of its author",
    "RemedyRead": "what would change access, in our own words and the names of people and groups",
    "ShareRead.description": "a share's, as ScaiDrive tells it to whoever asks",
    "StepRead": "what would change access, in our own words and the names of people and groups",
    "SettingRead": "a setting's, from our own code or an administrator",
    "StreamOptions": "what is asked, by a route that reads its body itself",
    "TenantRead.settings": "a tenant's, from its administrator",
    "TokensRead": "numbers that a model's provider adds",
}

# Routes whose answers have no shape (files, streams, pages), and why they give away nothing of a document.
UNSHAPED = {
    "GET /.well-known/oauth-protected-resource": "says who gives tokens out",
    "GET /.well-known/oauth-protected-resource/mcp": "says who gives tokens out",
    "GET /docs": "is about the API",
    "GET /docs/errors": "is about the API",
    "GET /": "leads to the console",
    "GET /console": "is the console's page, the same for everybody",
    "GET /console/{path:path}": "is a file of the console, the same for everybody",
    "GET /metrics": "numbers of the process",
    "GET /openapi.json": "is about the API",
    "GET /v1/accounting/export": "calls of models, without what was said",
    "GET /v1/audit-log/export": "what was done, in the words of our own code",
    "GET /v1/audit/events/export": "what was done, in the words of our own code",
    "GET /v1/evals/runs/{run_id}/events": "numbers of a run",
    "GET /v1/evals/sets/{set_id}/export": "a set's, from its author",
    "GET /v1/models/{ref:path}/avatar": "a picture that everybody sees",
    "GET /v1/modules/scaipersona/personas/{persona_id}/avatar": "a picture that everybody sees",
    "GET /v1/modules/scaimatrix/collections/{collection_id}/crawl/{job_id}/stream": "numbers of a run",
    "POST /mcp": "what tools answer; their shapes are looked at here, and they are walked as CONTENT",
    "POST /oai/v1/chat/completions": "a model's answer to what its caller sent",
    "POST /oai/v1/embeddings": "vectors of what its caller sent",
    "POST /v1/inference/chat": "a model's answer to what its caller sent",
    "POST /v1/inference/embed": "vectors of what its caller sent",
    "POST /v1/inference/embeddings": "vectors of what its caller sent",
    "POST /v1/inference/generate": "a model's answer to what its caller sent",
}


def annotations_in(annotation: Any) -> Iterator[Any]:
    """A type and every type within its brackets."""
    yield annotation
    for inner in typing.get_args(annotation):
        yield from annotations_in(inner)


def shapes_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The shapes a type is made of, without those inside them."""
    for part in annotations_in(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part


def reachable(annotations: Iterable[Any]) -> set[type[BaseModel]]:
    """Every shape that can occur in values of these types."""
    found: set[type[BaseModel]] = set()
    waiting = [shape for annotation in annotations for shape in shapes_in(annotation)]
    while waiting:
        shape = waiting.pop()
        if shape not in found:
            found.add(shape)
            waiting += [inner for field in shape.model_fields.values() for inner in shapes_in(field.annotation)]
    return found


def routes() -> list[APIRoute]:
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def answered() -> set[type[BaseModel]]:
    """Every shape in an answer, and every one that no route takes and so may be in an answer made by hand."""
    said = [route.response_model for route in routes()]
    said += [more.get("model") for route in routes() for more in route.responses.values()]
    asked = reachable(route.body_field.field_info.annotation for route in routes() if route.body_field is not None)
    answers = reachable(said)
    answers |= reachable(tool.answers for tool in TOOLS.values())
    asked |= reachable(tool.asks for tool in TOOLS.values())
    return {shape for shape in answers | ours() if shape in answers or shape not in asked}


def ours() -> set[type[BaseModel]]:
    """Every shape written down in the rooms of HTTP and MCP."""
    found: set[type[BaseModel]] = set()
    waiting: list[type[BaseModel]] = [BaseModel]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found |= {shape for shape in below if shape.__module__.startswith(("app.http", "app.mcp"))}
    return {shape for shape in found if "[" not in shape.__name__}


def words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)}


def holds_content(shape: str, field: str) -> bool:
    """Whether a field, by what it is called, holds anything of a document."""
    named = words(field)
    return bool(named & CONTENT) or (bool(named & NAMING) and bool((named | words(shape)) & THINGS))


def is_open(annotation: Any) -> bool:
    """Whether a type says of what is in it no more than that it may be anything."""
    return any(part is Any or part is object for part in annotations_in(annotation))


def bare_content(shape: type[BaseModel]) -> set[str]:
    """The fields that hold, or may hold, content themselves, and not in a shape of its own that is looked at too."""
    found = {
        f"{shape.__name__}.{name}"
        for name, field in shape.model_fields.items()
        if is_open(field.annotation) or (holds_content(shape.__name__, name) and not list(shapes_in(field.annotation)))
    }
    return found | ({f"{shape.__name__}.*"} if shape.model_config.get("extra") == "allow" else set())


def test_every_shape_with_content_is_filled_by_the_chokepoint() -> None:
    bare = {field for shape in answered() if not issubclass(shape, Revealing) for field in bare_content(shape)}
    excused = {field for field in bare if {field, field.partition(".")[0]} & set(NOTHING_OF_A_DOCUMENT)}
    assert sorted(bare - excused) == [], "derive the shape from Revealing, or say here why it holds nothing"
    needed = {name for field in excused for name in (field, field.partition(".")[0])}
    assert sorted(set(NOTHING_OF_A_DOCUMENT) - needed) == [], "these exceptions are not needed any more"


def test_every_answer_without_a_shape_is_accounted_for() -> None:
    unshaped = [route for route in routes() if route.response_model is None or gate_of(route.endpoint).by_hand]
    names = {f"{method} {route.path}" for route in unshaped for method in route.methods or ()}
    walked = {route for route, tried in MATRIX.items() if tried.content}
    assert sorted(names - walked) == sorted(UNSHAPED), "mark it in the leakage matrix, or say here why it shows nothing"


@pytest.mark.parametrize(
    ("shape", "field"),
    [
        ("SearchHitRead", "content"),
        ("SearchHitRead", "document_name"),
        ("DocumentRead", "name"),
        ("DocumentRead", "metadata"),
        ("ChunkRead", "text"),
        ("CitationRead", "quote"),
        ("NodeRead", "name"),
        ("EdgeRead", "properties"),
        ("GraphAnswerRead", "answer"),
        ("CrawlPageRead", "url"),
    ],
)
def test_content_is_known_by_its_name(shape: str, field: str) -> None:
    assert holds_content(shape, field)


@pytest.mark.parametrize(("shape", "field"), [("GroupRead", "name"), ("DocumentRead", "id"), ("UserRead", "email")])
def test_what_is_no_content_is_left_alone(shape: str, field: str) -> None:
    assert not holds_content(shape, field)
