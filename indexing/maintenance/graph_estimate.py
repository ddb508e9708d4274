"""Knowing, maintenance: what it would cost, and about how long it would take, to extract a collection's graph anew."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from acl.planned import AccessPlan
from app.accounting.prices import cost_of
from app.db.given import given, listed
from app.db.tenancy import TenantSession
from app.inference.catalogue import Catalogue
from app.inference.errors import ModelNotFound
from indexing.collections.tables import Collection
from indexing.documents.tables import Document
from indexing.editions.tables import ChunkRow
from indexing.graphs import prompt
from indexing.pipeline.graph_model import BUILT_IN
from indexing.pipeline.graph_reading import SIDE_BY_SIDE

_DOCUMENTS_AT_ONCE = 4  # as a pass through a collection has them
_WRITTEN_A_SECOND = 50  # tokens, by a usual model
_READ_A_SECOND = 200  # chunks, without a model
_NAMED = given("named")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A guess on the safe side: each chunk is read once, and none is known already."""

    calls: int  # one for each chunk
    input_tokens: int
    output_tokens: int
    cost: Decimal  # by the dearest of the models that may be asked
    seconds: int


async def estimate(session: TenantSession, catalogue: Catalogue, collection: Collection, plan: AccessPlan) -> Estimate:
    """What reading all that answers and somebody may read would take now; how much there is besides is not theirs."""
    counting = select(func.count(ChunkRow.id), func.coalesce(func.sum(ChunkRow.tokens), 0))
    answering = counting.join(Document, Document.edition_id == ChunkRow.edition_id)
    named = Document.id.in_(select(_NAMED.c.value))
    mine = (Document.collection_id == collection.id, Document.deleted_at.is_(None))
    readable = answering.where(*mine, ~named if plan.all_except else named)
    chunks, tokens = (await session.execute(readable, {"named": listed(plan.document_ids)})).one()
    model = str(collection.graph_extraction_model)
    if await _is_free(catalogue, model):
        return Estimate(chunks, 0, 0, Decimal(0), -(-chunks // _READ_A_SECOND))
    read, written = int(tokens) + chunks * prompt.TOKENS, int(int(tokens) * prompt.ANSWERED)
    seconds = written // (_WRITTEN_A_SECOND * SIDE_BY_SIDE * _DOCUMENTS_AT_ONCE)
    return Estimate(chunks, read, written, await _cost(catalogue, model, read, written), seconds + bool(chunks))


async def _is_free(catalogue: Catalogue, model: str) -> bool:
    try:
        provider_type, _ = await catalogue.counted_as(model)
    except ModelNotFound:
        return False
    return provider_type == BUILT_IN


async def _cost(catalogue: Catalogue, model: str, read: int, written: int) -> Decimal:
    snapshot = await catalogue.snapshot()
    group = snapshot.groups.get(model)
    models = group.members if group else [snapshot.models[model]] if model in snapshot.models else []
    prices = [(one.input_price, one.output_price) for one in models]
    costs = [cost_of(read, written, input_price_per_mtok=at, output_price_per_mtok=out) for at, out in prices]
    return max(costs, default=Decimal(0))
