"""Roof, HTTP: crawls that are saved, and what starts them."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from acl.permission import Permission
from acl.ref import ResourceRef
from app.http.access_path import MODULE, CollectionPath
from app.http.collection_path import collection_to
from app.http.crawl_path import CrawlPath, NamedCrawl, crawl_to
from app.http.crawl_starting import started, template
from app.http.envelope import Deleted, Listing, Success, listing, success
from app.http.gate import gate, gate_of
from app.http.keyed import fingerprint_of, in_transaction_once, key_of
from app.http.outgoing import checked_address
from app.http.route import GatedRoute
from app.http.transacting import in_transaction
from app.http.visit import PageDep, Visit, VisitDep
from app.http.wire.crawl_runs import CrawlJobRead
from app.http.wire.crawl_wishes import CrawlCreate, CrawlPatch, CrawlPut, CrawlRunCreate
from app.http.wire.crawls import Around, CrawlCallRead, CrawlChangedRead, CrawlRead
from app.identity.permissions import Matrix
from indexing.crawls.calls import last_calls
from indexing.crawls.history import last_runs
from indexing.crawls.saved import Kept, SavedCrawl, SavedCrawls, Wish

router = APIRouter(prefix="/v1/modules/scaimatrix", tags=["scaimatrix"], route_class=GatedRoute)
ALL = "/collections/{collection_id}/crawls"
ONE = "/crawls/{crawl_id}"
_to_ingest = crawl_to(Permission.INGEST)


@router.post(ALL, operation_id="create_crawl", status_code=201, response_model=Success[CrawlChangedRead])
@gate(Matrix.INGEST, guard=collection_to(Permission.INGEST), creates=True, transaction=False, module=MODULE)
async def create_crawl(visit: VisitDep, _: CollectionPath, said: CrawlCreate) -> Response:
    """Save a crawl; where its webhook is enabled, the secret is shown this once."""
    key_of(visit)
    seed_url = await checked_address(visit, "seed_url", said.seed_url)

    async def add(_request: Request) -> Response:
        wish, aces = said.wish(), await template(visit, said.acl)
        values = {**wish.values, "seed_url": seed_url, "acl": aces}
        saved = _saved(visit, visit.subject.id)
        kept = await saved.add(
            Wish(values, wish.schedule, says_schedule=True, webhook=wish.webhook), visit.caller.user_id
        )
        visit.record("crawl.created", ("crawl", kept.row.id), collection_id=kept.row.collection_id)
        return await _written(visit, kept, 201)

    return await in_transaction_once(
        visit, gate_of(create_crawl), fingerprint_of(visit, said.model_dump(mode="json")), add
    )


@router.get(ALL, operation_id="list_crawls")
@gate(Matrix.VIEW, guard=collection_to(Permission.READ), module=MODULE)
async def list_crawls(visit: VisitDep, _: CollectionPath, page: PageDep) -> Listing[CrawlRead]:
    """List the crawls that are saved for a collection."""
    found = await _saved(visit, visit.subject.id).page(page)
    around = await _around(visit, visit.subject.id, [row.id for row in found.items])
    return listing(visit, page, found, lambda row: CrawlRead.of(row, around))


@router.get(ONE, operation_id="get_crawl")
@gate(Matrix.VIEW, guard=crawl_to(Permission.READ), module=MODULE)
async def get_crawl(visit: VisitDep, crawl_id: CrawlPath) -> Success[CrawlRead]:
    """Show a saved crawl."""
    row: SavedCrawl = visit.subject.row
    return success(CrawlRead.of(row, await _tagged(visit, row)))


@router.put(ONE, operation_id="replace_crawl", response_model=Success[CrawlChangedRead])
@gate(Matrix.INGEST, guard=_to_ingest, transaction=False, module=MODULE)
async def put_crawl(visit: VisitDep, crawl_id: CrawlPath, said: CrawlPut) -> Response:
    """Change the fields that are given; nulls are ignored, but for the schedule, which null takes away."""
    return await _change(visit, said)


@router.patch(ONE, operation_id="update_crawl", response_model=Success[CrawlChangedRead])
@gate(Matrix.INGEST, guard=_to_ingest, transaction=False, module=MODULE)
async def patch_crawl(visit: VisitDep, crawl_id: CrawlPath, said: CrawlPatch) -> Response:
    """Change the fields that are given; null takes the schedule away."""
    return await _change(visit, said)


@router.delete(ONE, operation_id="delete_crawl")
@gate(Matrix.INGEST, guard=_to_ingest, module=MODULE)
async def delete_crawl(visit: VisitDep, crawl_id: CrawlPath) -> Success[Deleted]:
    """Keep a crawl no longer; if it is running it is cancelled. Its documents and the history of its runs stay."""
    found: NamedCrawl = visit.subject
    visit.expect(found.row.version)
    await _saved(visit, found.collection.id).remove(found.row)
    visit.record("crawl.deleted", ("crawl", crawl_id), collection_id=found.collection.id)
    return success(Deleted())


@router.post(f"{ONE}/run", operation_id="run_crawl", status_code=202)
@gate(Matrix.INGEST, guard=_to_ingest, creates=True, module=MODULE)
async def run_crawl(visit: VisitDep, crawl_id: CrawlPath, said: CrawlRunCreate | None = None) -> Success[CrawlJobRead]:
    """Run a saved crawl now, with the rights of the caller."""
    return success(CrawlJobRead.of(await started(visit, visit.subject, dry_run=bool(said and said.dry_run))))


@router.get(f"{ONE}/calls", operation_id="list_crawl_calls")
@gate(Matrix.VIEW, guard=crawl_to(Permission.READ), module=MODULE)
async def list_calls(visit: VisitDep, crawl_id: CrawlPath) -> Success[list[CrawlCallRead]]:
    """Show the last ten calls that were to start a crawl, the newest first, and what became of them."""
    return success([CrawlCallRead.model_validate(call) for call in await last_calls(visit.session, crawl_id)])


async def _change(visit: Visit, said: CrawlPatch) -> Response:
    names_seed = "seed_url" in said.model_fields_set
    seed = {"seed_url": await checked_address(visit, "seed_url", said.seed_url)} if names_seed else {}

    async def change(_request: Request) -> Response:
        found: NamedCrawl = visit.subject
        visit.expect(found.row.version)
        wish = said.wish()
        says_acl = "acl" in said.model_fields_set
        if says_acl:
            visit.caller.require(Matrix.ACCESS)
        aces = {"acl": await template(visit, said.acl)} if says_acl else {}
        wish = Wish(
            {**wish.values, **seed, **aces}, wish.schedule, says_schedule=wish.says_schedule, webhook=wish.webhook
        )
        kept = await _saved(visit, found.collection.id).change(found.row, wish, visit.caller.user_id)
        if kept.fields:
            visit.record("crawl.updated", ("crawl", found.row.id), fields=kept.fields)
        return await _written(visit, kept, 200)

    return await in_transaction(visit, gate_of(put_crawl), change)


def _saved(visit: Visit, collection_id: str) -> SavedCrawls:
    platform = visit.platform
    return SavedCrawls(visit.transaction, platform.secrets, platform.jobs, collection_id)


async def _around(visit: Visit, collection_id: str, crawl_ids: Sequence[str]) -> Around:
    resolver, ref = visit.platform.access.resolver(visit.session), ResourceRef.collection(collection_id)
    tells_acl = await resolver.can(visit.caller, ref, Permission.READ_PERMISSIONS)
    return Around(await last_runs(visit.session, crawl_ids), tells_acl)


async def _tagged(visit: Visit, row: SavedCrawl) -> Around:
    """Tag the answer with all that it shows; returns what that is beside the crawl."""
    around = await _around(visit, row.collection_id, [row.id])
    last = around.last.get(row.id)
    coming = "" if row.next_run_at is None else f"{row.next_run_at:%Y%m%dT%H%M%S}"
    beside = f"{coming}.{int(around.tells_acl)}"
    visit.etag(row.version, beside=beside if last is None else f"{beside}.{last.id}.{last.status}")
    return around


async def _written(visit: Visit, kept: Kept, status: int) -> Response:
    body = success(CrawlChangedRead.made(kept, await _tagged(visit, kept.row))).model_dump_json()
    return Response(body, status, media_type="application/json")
