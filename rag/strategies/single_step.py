"""Answering, strategies: one pass over all sources with the question as it is; needs no model and no LlamaIndex."""

from __future__ import annotations

from rag.personas.values import Persona
from rag.sources.gathered import Ask, Gathered, Step
from rag.strategies.strategy import Means


class SingleStep:
    """Asks once."""

    async def retrieve(self, question: str, persona: Persona, ask: Ask, means: Means) -> Gathered:
        """What one pass finds."""
        means.tell(Step("search", {"query": question}))
        return await ask(question, persona.top_k)
