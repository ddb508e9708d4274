"""Roof, demo: questions that show for each kind of reader whether the assistant is good and tells no secrets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.db.transaction import Transaction
from app.identity.caller import Caller
from evals.authoring import Prepared, SetAuthoring, prepared
from evals.files import FileForm, read_cases

NAME, SLUG = "Guide for everybody", "guide"
_FILE = Path(__file__).parent / "evaluation.jsonl"
_DESCRIPTION = "What Ada, Ben and Cleo ask; tagged `hidden` is what its reader must learn nothing of."


def demo_cases() -> Sequence[Prepared]:
    """Read what is asked."""
    return prepared(read_cases(_FILE.read_bytes(), FileForm.JSONL))


async def add_set(transaction: Transaction, author: Caller, cases: Sequence[Prepared]) -> str:
    """Make a set of them; returns its id."""
    authoring = SetAuthoring(transaction, author.user_id)
    row = await authoring.add({"name": NAME, "slug": SLUG, "description": _DESCRIPTION})
    await authoring.replace(row, cases)
    return row.id
