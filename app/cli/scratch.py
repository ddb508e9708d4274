"""Roof, command line: the real platform in a folder that is gone afterwards, filled with the documents of a set."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.db.tenancy import Reach
from app.errors import CannotStart
from app.identity.caller import Caller
from app.identity.keys import new_key
from app.serving import prepare
from app.settings import ScaiKeySettings, Settings
from app.wiring import Platform, open_platform
from evals.cases import Text
from evals.metrics.retrieval import Answer
from indexing.collections.chunking import Cut
from indexing.collections.lifecycle import CollectionDraft, add_collection
from indexing.documents.content import ContentKeeping
from indexing.documents.counting import statuses
from indexing.documents.intake import Arrival, DocumentIntake
from indexing.documents.status import DocumentStatus
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.question import Question, Way
from rag.search import CollectionSearch
from tasks.jobs.all import DEEDS
from tasks.worker.embedded import working
from tasks.worker.schedule import ROUNDS

_PASSAGES = 100  # looked at for a ranking of documents: many may be of one document
_LOOK_SECONDS = 0.3


class NotIndexed(CannotStart):
    """A document of a set could not be indexed."""


@dataclass(frozen=True, slots=True)
class Library:
    """A collection that holds the documents of a set, read by the one who brought them."""

    platform: Platform
    caller: Caller
    collection_id: str
    set_ids: dict[str, str]  # by the id of a document here

    async def ask(self, way: Way, text: str) -> Answer:
        """Search as anybody does; a document stands where its best passage stands."""
        platform, tenant_id = self.platform, self.caller.tenant_id
        onlooker = Onlooker(platform.chokepoint, platform.transactions, self.caller, tenant_id)
        searching = CollectionSearch(platform.access, onlooker, platform.vectors, platform.questions, {})
        found = await searching.run(self.collection_id, Question(text, way, top_k=_PASSAGES))
        documents = dict.fromkeys(self.set_ids[seen.value.document_id] for seen in found.passages)
        best = found.passages[0].value.score if found.passages else 0.0
        return Answer(list(documents), best, found.confidence)


@asynccontextmanager
async def scratch_library(documents: Sequence[Text], cut: Cut) -> AsyncIterator[Library]:
    """Fill a new platform with documents by the way every document goes; nothing of it is left afterwards."""
    with tempfile.TemporaryDirectory(prefix="scaigrid-") as folder:
        settings = scratch_settings(Path(folder), key := new_key())
        await asyncio.to_thread(asyncio.run, prepare(settings))
        async with open_platform(settings) as platform:
            library = await _opened(platform, key, cut)
            await _brought(library, documents)
            async with working(platform, DEEDS, rounds=ROUNDS):
                await _indexed(library)
                yield library


def scratch_settings(home: Path, key: str) -> Settings:
    """Everything embedded, whatever the surroundings say of servers."""
    nowhere = {
        "database_url": "",
        "redis_url": "",
        "broker_url": "",
        "weaviate_url": "",
        "neo4j_url": "",
        "s3_bucket": "",
        "fault": "",
    }
    silent = {"traces_endpoint": "", "scaikey": ScaiKeySettings(url="")}
    rates = {"rate_key": 0, "rate_user": 0, "rate_tenant": 0, "rate_partner": 0}
    return Settings.model_validate({"home": home, "bootstrap_key": key, "demo": False, **nowhere, **silent, **rates})


async def _opened(platform: Platform, key: str, cut: Cut) -> Library:
    caller = (await platform.credentials.admit(key)).caller
    draft = CollectionDraft("Measured", "local/minilm", cut)
    async with platform.transactions.open(Reach.one(caller.tenant_id)) as transaction:
        opened = await add_collection(transaction, draft, owner_id=caller.user_id, tenant_id=caller.tenant_id)
    return Library(platform, caller, opened.id, {})


async def _brought(library: Library, documents: Sequence[Text]) -> None:
    """Take all of them in before any is worked on: a database in a file has one writer."""
    platform, caller = library.platform, library.caller
    intake = DocumentIntake(platform.access, ContentKeeping(platform.transactions, platform.blobs), platform.jobs)
    for document in documents:
        arrival = Arrival(f"{document.title or document.id}.txt", declared_type="text/plain")
        taken = await intake.take(
            _parts(document), arrival, into=library.collection_id, caller=caller, tenant_id=caller.tenant_id
        )
        library.set_ids[taken.id] = document.id


async def _indexed(library: Library) -> None:
    """Wait until every document answers."""
    done = {DocumentStatus.INDEXED, DocumentStatus.FAILED}
    while True:
        async with library.platform.transactions.open(Reach.one(library.caller.tenant_id), writes=False) as transaction:
            counted = await statuses(transaction.session, library.collection_id)
        if counted.get(DocumentStatus.FAILED):
            raise NotIndexed(f"{counted[DocumentStatus.FAILED]} documents could not be indexed.")
        if set(counted) <= done:
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def _parts(document: Text) -> AsyncIterator[bytes]:
    yield "\n\n".join(filter(None, (document.title, document.text))).encode()
