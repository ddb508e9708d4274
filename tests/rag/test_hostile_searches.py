"""Whatever is asked of a search over HTTP, it is answered or refused, and never a failure."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import update

from app.db.tenancy import Reach
from indexing.collections.tables import Collection
from tests.world.embedder import embedder
from tests.world.passages import Written, written
from tests.world.people import Organisation
from tests.world.served import model_on

MODULE = "/v1/modules/scaimatrix"
STRANGE = {
    "half a pair": '"\\ud800 harbour"',
    "the other half": '"harbour \\udfff"',
    "NUL": '"har\\u0000bour"',
    "no character": '"\\uffff harbour"',
    "a wildcard": '"%_*?"',
    "a statement": '"harbour\'; DROP TABLE chunks; --"',
    "a filter": '"x\\", operator: Or, operands: [{path: [\\"tenant_id\\"]"',
    "beyond the plane": '"\\ud83d\\ude80 harbour"',
    "as long as may be": json.dumps("harbour " * 1_250),
    "one long word": json.dumps("h" * 10_000),
    "as many words as may be": json.dumps(" ".join(f"w{number}" for number in range(1_600))[:10_000]),
}


@pytest.fixture
async def there(acme: Organisation, root: httpx.AsyncClient) -> AsyncIterator[Written]:
    async with embedder() as model:
        served = await model_on(root, model, modality="embedding")
        made = await written(acme, {"one": ["harbour tide"]})
        async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
            which = update(Collection).where(Collection.id == made.id)
            await transaction.session.execute(which.values(embedding_model=served.slug))
        yield made


@pytest.mark.parametrize("said", STRANGE.values(), ids=STRANGE.keys())
async def test_no_text_is_a_failure(acme: Organisation, there: Written, said: str) -> None:
    """As a question, as the id of a document or of a collection, as the name of a field and as its value."""
    ok = f'"query": "harbour", "search_type": "keyword", "collection_ids": ["{there.id}"]'
    bodies = [f'{{"query": {said}, "search_type": "{way}"}}' for way in ("vector", "keyword", "hybrid", "combined")]
    bodies += [f'{{"query": "harbour", "filters": {{"document_ids": [{said}]}}, "search_type": "keyword"}}']
    bodies += [
        f'{{"query": "harbour", "filters": {{"metadata": {{{said}: 1, "a": {said}}}}}, "search_type": "keyword"}}'
    ]
    requests = [(f"collections/{there.id}/search", body) for body in bodies]
    requests += [("search", f'{{"query": "harbour", "collection_ids": [{said}]}}'), ("search", f"{{{ok}, {said}: 1}}")]
    async with acme.client("viewer") as client:
        for path, body in requests:
            headers = {"Content-Type": "application/json"}
            answer = await client.post(f"{MODULE}/{path}", content=body.encode(), headers=headers)
            assert answer.status_code in {200, 404, 422}, (body[:100], answer.text)
            if answer.status_code == 200 and "filters" in body:
                assert answer.json()["data"]["results"] == []


@pytest.mark.parametrize("number", ["1e400", "-0.0", "9" * 400, "NaN", "1e-400", "true", "[1]", "null"])
async def test_no_number_is_a_failure(acme: Organisation, there: Written, number: str) -> None:
    async with acme.client("viewer") as client:
        for name in ("top_k", "min_score", "filters", "rerank"):
            body = f'{{"query": "harbour", "search_type": "keyword", "{name}": {number}}}'
            headers = {"Content-Type": "application/json"}
            answer = await client.post(f"{MODULE}/collections/{there.id}/search", content=body, headers=headers)
            assert answer.status_code in {200, 400, 422}, (body, answer.text)
        body = f'{{"query": "harbour", "search_type": "keyword", "filters": {{"metadata": {{"a": {number}}}}}}}'
        answer = await client.post(f"{MODULE}/collections/{there.id}/search", content=body, headers=headers)
        assert answer.status_code in {200, 400, 422}, (body, answer.text)
