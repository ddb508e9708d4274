"""Pieces of shares, made by hand: what is pure needs no collection."""

from __future__ import annotations

from rag.personas.values import Grounding, Persona, Source, SourceType
from rag.search import Retrieved
from rag.sources.gathered import DrivePassage, Piece, SourceFound


def source(name: str = "Shelf", weight: float = 1.0) -> Source:
    return Source(f"src_{name}", SourceType.SCAIDRIVE, f"share_{name}", name, weight)


def piece(
    text: str, score: float = 0.5, of: Source | None = None, name: str = "Manual", page: int | None = None
) -> Piece:
    return Piece(of or source(), DrivePassage(name, text, score, page), score)


def found(of: Source, *pieces: Piece, status: Retrieved = Retrieved.OK) -> SourceFound:
    return SourceFound(of, status, pieces)


def persona(template: str = "$context", grounding: Grounding = Grounding.PERMISSIVE, **more: object) -> Persona:
    said = {"template": template, "grounding": grounding, **more}
    return Persona("per_1", "ten_1", "Helper", "helper", "model", **said)  # type: ignore[arg-type]  # fields by name
