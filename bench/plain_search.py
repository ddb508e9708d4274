"""The least a search over HTTP can be in this stack: FastAPI in, ten passages out that it has at hand."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, create_model

from app.http.wire.search import SearchHitRead

app = FastAPI()


class Question(BaseModel):
    """A question to a collection."""

    query: str
    top_k: int = 10
    search_type: str = "vector"


# What a hit of ours says, without any of its rules.
_FIELDS: dict[str, Any] = {name: (field.annotation, ...) for name, field in SearchHitRead.model_fields.items()}
Hit = create_model("Hit", **_FIELDS)


class Answer(BaseModel):
    """The answer to a search."""

    status: str
    data: list[Hit]


def _hit(number: int) -> BaseModel:
    text, name = "word1234 " * 100, f"{number:030}"
    shown = {"content": text, "snippet": text[:320], "score": 0.5, "metadata": {}, "why": None}
    place = {"start": 0, "end": len(text), "snippet_start": 0, "snippet_end": 320, "page": None, "section": None}
    return Hit(document_id=name, document_name=name, collection_id=name, chunk_id=name, chunk_index=0, **place, **shown)


_HITS = [_hit(number) for number in range(10)]


@app.post("/search")
async def search(said: Question) -> Answer:
    """Answer at once."""
    return Answer(status="ok", data=_HITS[: said.top_k])


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
