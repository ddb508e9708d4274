"""A collection with people of several rights, written down and taken in again, and what each is told of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from acl.facts import Effect, PrincipalType
from acl.permission import Permission
from acl.tables import AccessList
from app.db.tenancy import Reach
from app.moving.export import Export
from app.moving.importing import Import, Imported, Place
from app.moving.manifest import Manifest
from app.moving.matching import Consent
from tests.world.models import data
from tests.world.people import Organisation
from tests.world.platform import Running
from tests.world.shelves import enter, group
from tests.world.wholeness import is_whole

MATRIX = "/v1/modules/scaimatrix"
READER = ("scaimatrix:view", "scaimatrix:search")
TEXTS = {
    "plans.md": "# Plans\n\nThe Lighthouse Project of Ada Marlow opens in Hamburg.\n\nAda knows Marlow.",
    "secrets.md": "# Secrets\n\nThe Lighthouse Project has a hidden price of ninety crowns.",
    "own.md": "# Own\n\nThe Lighthouse Project is what Ada alone writes about.",
}

_PATIENCE = 120  # seconds: files are read in processes that must start first


def told(_stage: str, **_numbers: Any) -> None:
    """Nobody watches."""


@dataclass(slots=True)
class Library:
    """A collection of the admin, open to the tenant: one document denied to a group, one that is only one person's."""

    organisation: Organisation
    id: str
    documents: dict[str, str] = field(default_factory=dict)

    async def found(self, name: str, *, within: Organisation | None = None, id_: str | None = None) -> Any:
        """What somebody finds of it, with where it stands; or the status they are sent away with."""
        return await found(within or self.organisation, name, id_ or self.id)


async def people(organisation: Organisation) -> str:
    """Ada, Ben and Eve, who may search, and a group of Ben's; returns the group."""
    for name in ("ada", "ben", "eve"):
        await organisation.person(name, "tenant_user", permissions=READER)
    return await group(organisation, "Team", "ben")


async def library(organisation: Organisation, model: str, **said: Any) -> Library:
    """Make one, read to its end."""
    team = await people(organisation)
    admin = organisation.client("admin")
    body = {"name": "Handbook", "embedding_model": model, "description": "Of all", "metadata": {"k": 1}} | said
    made = Library(organisation, data(await admin.post(f"{MATRIX}/collections", json=body), 201)["id"])
    path = f"{MATRIX}/collections/{made.id}/documents"
    for name, text in TEXTS.items():
        sent = {"file": (name, text.encode(), "text/markdown")}
        made.documents[name] = data(await admin.post(path, files=sent), 201)["id"]
    denied = PrincipalType.GROUP, team
    await enter(organisation, made.documents["secrets.md"], Effect.DENY, denied, permissions=int(Permission.READ))
    await shut(organisation, made.documents["own.md"])
    await settled(organisation)
    by_hand = {"name": "Tower", "labels": ["Building"], "properties": {"floors": 9}}
    data(await admin.post(f"{MATRIX}/collections/{made.id}/graph/nodes", json=by_hand), 201)
    return made


async def settled(organisation: Organisation) -> None:
    """Wait until nobody has anything to do there, and nothing is lost, doubled or left."""
    async with asyncio.timeout(_PATIENCE):
        while not await is_whole(organisation.running.platform, organisation.id):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.1)


async def shut(organisation: Organisation, document_id: str) -> None:
    """Let nobody at a document but Ada."""
    await enter(organisation, document_id, Effect.ALLOW, (PrincipalType.USER, organisation.people["ada"].id))
    async with organisation.running.platform.transactions.open(Reach.one(organisation.id)) as transaction:
        access = await transaction.session.get_one(AccessList, document_id)
        access.inherits = False


async def found(organisation: Organisation, name: str, collection_id: str) -> Any:
    """What somebody finds by words, and where it stands."""
    body = {"query": "Lighthouse Project", "search_type": "keyword"}
    async with organisation.running.client(organisation.people[name].key) as client:
        answer = await client.post(f"{MATRIX}/collections/{collection_id}/search", json=body)
    if answer.status_code != 200:
        assert answer.status_code == 404, answer.text
        return answer.status_code
    shown = ("document_name", "content", "start", "end", "section", "chunk_index")
    return sorted(tuple(hit[name] for name in shown) for hit in answer.json()["data"]["results"])


def names(hits: Any) -> set[str]:
    """The documents of what was found."""
    return {hit[0] for hit in hits}


async def exported(running: Running, collection_id: str, path: Path, **wanted: bool) -> Manifest:
    return await Export(running.platform, told).run(collection_id, path, **wanted)


async def imported(running: Running, path: Path, into: Organisation, **changed: Any) -> Imported:
    """Take it in for the admin of a tenant."""
    consent = Consent(**{name: changed.pop(name) for name in list(changed) if name in Consent.__slots__})
    place = Place(into.slug, into.people["admin"].email, **changed)
    made = await Import(running.platform, told).run(path, place, consent)
    await settled(into)
    return made
