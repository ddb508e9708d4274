"""A resource of the tests' own: it behaves as every real one does, and in some ways no real one should."""

from __future__ import annotations

import asyncio
import threading

from fastapi import APIRouter, Request, UploadFile
from pydantic import Field
from sqlalchemy import select

from app.errors import NotFound
from app.http.envelope import Listing, Success, Wire, listing, success
from app.http.gate import gate
from app.http.route import GatedRoute
from app.http.visit import PageDep, Visit, VisitDep
from app.identity.errors import TokenMissing
from app.identity.tables import Group
from app.ids import new_id
from app.paging import cut
from tests.world.patience import PATIENCE

router = APIRouter(prefix="/v1/trials", tags=["trials"], route_class=GatedRoute)
entered, leave = asyncio.Event(), asyncio.Event()
finish = threading.Event()  # what a slow job on a thread waits for


class TrialCreate(Wire):
    """What makes one."""

    name: str = Field(min_length=1, max_length=50)
    nested: dict[str, int] = Field(default_factory=dict)


class TrialPatch(Wire):
    """What changes one."""

    name: str | None = None


class TrialRead(Wire):
    """One, as it is shown."""

    id: str
    name: str


def shape(row: Group) -> TrialRead:
    return TrialRead(id=row.id, name=row.name)


async def by_id(request: Request, visit: Visit) -> Group:
    row = await visit.find(Group, request.path_params["id"])
    if row is None:
        raise NotFound
    return row


async def make(visit: Visit, name: str) -> Success[TrialRead]:
    now = visit.transaction.clock.now()
    row = Group(id=new_id("grp"), name=name, created_at=now, updated_at=now)
    visit.session.add(row)
    await visit.session.flush()
    visit.record("trial.created", ("trial", row.id))
    visit.etag(row.version)
    return success(shape(row))


@router.post("", operation_id="create_trial", status_code=201)
@gate(creates=True)
async def create_trial(visit: VisitDep, body: TrialCreate) -> Success[TrialRead]:
    made = await make(visit, body.name)
    if body.name == "refused":
        raise TokenMissing
    if body.name == "broken":
        raise ZeroDivisionError
    if body.name == "slow":
        entered.set()
        await leave.wait()
    return made


@router.get("", operation_id="list_trials")
@gate()
async def list_trials(visit: VisitDep, page: PageDep) -> Listing[TrialRead]:
    question = select(Group).limit(page.limit + 1)
    down = page.order == "desc"
    question = question.order_by(Group.id.desc() if down else Group.id)
    if page.after is not None:
        question = question.where(Group.id < page.after if down else Group.id > page.after)
    rows = (await visit.session.scalars(question)).all()
    return listing(visit, page, cut(rows, page, lambda row: row.id), shape)


@router.get("/others", operation_id="list_other_trials")
@gate()
async def list_other_trials(visit: VisitDep, page: PageDep) -> Listing[TrialRead]:
    return await list_trials(visit, page)


@router.get("/broken", operation_id="break_trial")
@gate()
async def break_trial(visit: VisitDep) -> Success[TrialRead]:
    secret = "a-secret-in-a-stack"
    raise ZeroDivisionError(secret)


@router.get("/slow", operation_id="wait_for_trial")
@gate()
async def wait_for_trial(visit: VisitDep) -> Success[TrialRead]:
    entered.set()
    await asyncio.to_thread(finish.wait, PATIENCE)
    return success(TrialRead(id="slow", name="slow"))


@router.post("/upload", operation_id="upload_trial")
@gate()
async def upload_trial(visit: VisitDep, file: UploadFile) -> Success[TrialRead]:
    return success(TrialRead(id="upload", name=str(file.size)))


@router.get("/{id}", operation_id="get_trial")
@gate(guard=by_id)
async def get_trial(visit: VisitDep) -> Success[TrialRead]:
    row: Group = visit.subject
    visit.etag(row.version)
    return success(shape(row))


@router.patch("/{id}", operation_id="change_trial")
@gate(guard=by_id)
async def change_trial(visit: VisitDep, body: TrialPatch) -> Success[TrialRead]:
    row: Group = visit.subject
    visit.expect(row.version)
    if body.name is not None:
        row.name = body.name
    await visit.session.flush()
    visit.etag(row.version)
    return success(shape(row))
