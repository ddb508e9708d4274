"""Roof, wiring: what assistants look with, and who adds what they find to the calls of their models."""

from __future__ import annotations

from app.inference.counting import TokenCounters
from rag.enrichment import PersonaEnricher, Personas
from rag.looking import Library


def enricher(personas: Personas, library: Library) -> PersonaEnricher:
    """Add to calls; the tokens of models behind assistants are estimated on the safe side."""
    return PersonaEnricher(personas, library, TokenCounters({}).of("", "").count)
