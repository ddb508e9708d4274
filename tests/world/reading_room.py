"""Surfaces of the tests' own that show what documents say: one document, a list, and a run of many retrievals.

They do as every surface with content must: candidates, then the chokepoint, then a shape that it alone fills.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Request, Response

from acl.permission import Permission
from acl.ref import ResourceRef
from acl.requiring import require_access
from app.http.envelope import Success, success
from app.http.gate import gate
from app.http.open_streams import Right
from app.http.route import GatedRoute
from app.http.streaming import FrameResponse
from app.http.visit import Visit, VisitDep
from app.http.wire.revealing import Revealing
from app.identity.credentials import Admitted
from app.identity.permissions import Matrix
from rag.retrieval.onlooker import Onlooker
from tests.world.shelves import WORDS

router = APIRouter(prefix="/v1/reading-room", route_class=GatedRoute)
DocumentPath = Annotated[str, Path(alias="document_id")]
Ids = Annotated[list[str], Query()]


@dataclass(frozen=True, slots=True)
class Passage:
    """What a document of the tests says."""

    document_id: str

    @property
    def text(self) -> str:
        return f"{WORDS} {self.document_id}"


class PassageRead(Revealing[Passage]):
    """A passage."""

    document_id: str
    content: str

    @classmethod
    def _shown(cls, seen: Passage) -> Self:
        return cls(document_id=seen.document_id, content=seen.text)


async def _document(request: Request, visit: Visit) -> Passage:
    ref = ResourceRef.document(request.path_params["document_id"])
    await require_access(visit.platform.access.resolver(visit.session), visit.caller, ref, Permission.READ)
    return Passage(ref.id)


@router.get("/documents/{document_id}")
@gate(Matrix.VIEW, guard=_document, module="scaimatrix")
async def read_document(visit: VisitDep, _: DocumentPath) -> Success[list[PassageRead]]:
    """Show one document."""
    return await _let_through(visit, [visit.subject])


@router.get("/documents")
@gate(Matrix.VIEW, module="scaimatrix")
async def read_documents(visit: VisitDep, document_id: Ids) -> Success[list[PassageRead]]:
    """Show what may be read of what was found."""
    return await _let_through(visit, [Passage(id_) for id_ in document_id])


async def _let_through(visit: Visit, found: list[Passage]) -> Success[list[PassageRead]]:
    visible = await visit.platform.chokepoint.filter_results_by_acl(visit.session, visit.caller, found)
    return success([PassageRead.of(seen) for seen in visible])


@router.get("/run", response_model=None)
@gate(Matrix.SEARCH, transaction=False, module="scaimatrix")
async def run(visit: VisitDep, document_id: Ids, steps: int = 2, pause: float = 0.01) -> Response:
    """Retrieve again and again for one question, as an agent does, and stream what each retrieval brought."""
    platform = visit.platform
    onlooker = Onlooker(platform.chokepoint, platform.transactions, visit.caller, visit.tenant_id)
    frames = Run(onlooker, [Passage(id_) for id_ in document_id], steps, pause)
    return FrameResponse(frames, visit.request.app.state.streams, Right(visit.bearer, _still), visit.headers)


async def _still(admitted: Admitted) -> None:
    admitted.caller.require(Matrix.SEARCH)


@dataclass(frozen=True, slots=True)
class Run:
    """The frames of a run: when each retrieval began, and what it showed."""

    onlooker: Onlooker
    found: list[Passage]
    steps: int
    pause: float

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.steps):
            began = time.monotonic()
            shown = [PassageRead.of(seen).model_dump() for seen in await self.onlooker.sees(self.found)]
            yield b"data: " + json.dumps({"began": began, "shown": shown}).encode() + b"\n\n"
            await asyncio.sleep(self.pause)

    async def aclose(self) -> None:
        """There is nothing to let go of."""
