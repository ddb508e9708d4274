"""Roof, demo: an assistant of the company that answers everybody from what they may read."""

from __future__ import annotations

from collections.abc import Sequence

from acl.access import Access
from app.db.transaction import Transaction
from app.identity.caller import Caller
from rag.personas.authoring import ACTIVE, Authoring
from rag.personas.publishing import Publishing
from rag.personas.sources import Attaching
from rag.personas.values import Grounding, SearchType, SourceType, StatusMode, Strategy

NAME, SLUG = "Guide", "guide"
_PROMPT = "You answer questions of people of this company from its own documents, briefly."


async def add_assistant(transaction: Transaction, access: Access, author: Caller, collection_ids: Sequence[str]) -> str:
    """Make it, have it read these collections, and publish it; returns the slug it is called by."""
    publishing = Publishing(transaction, author, author.tenant_id)
    authoring = Authoring(transaction, publishing)
    row = (await authoring.add(_SAID, author.user_id)).row
    attaching = Attaching(transaction, access.resolver(transaction.session), author, row)
    for id_ in collection_ids:
        await attaching.add({"source_type": SourceType.COLLECTION, "source_id": id_})
    await publishing.publish(row, [])
    return str((await authoring.shown(row)).published_slug)


_SAID = {
    "name": NAME,
    "slug": SLUG,
    "description": "Answers from the documents of the demo company, each person from their own.",
    "model_slug": "local/quote",
    "system_prompt": _PROMPT,
    "rag_enabled": True,
    "rag_strategy": Strategy.SINGLE_STEP,
    "rag_top_k": 5,
    "rag_context_template": "$context",
    "rag_search_type": SearchType.HYBRID,
    "status_messages_mode": StatusMode.STANDARD,
    "rag_status_messages": {},
    "grounding": Grounding.STRICT,
    "default_params": {},
    "status": ACTIVE,
    "details": {},
}
