"""Answering, personas: one assistant's sources, looked at with the rights of one caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from acl.access import Access
from acl.chokepoint import Chokepoint
from app.db.tenancy import Reach
from app.db.transaction import Transactions
from app.identity.caller import Caller
from app.inference.callable import CallableModel
from app.inference.errors import ModelUnavailable
from app.inference.gateway import Gateway
from app.inference.ports import Completion
from app.modules.errors import ModuleNotEnabled
from app.modules.switchboard import Switchboard
from indexing.documents.found import Mention
from indexing.documents.queries import unfinished_of_newest
from indexing.drive.errors import ScaiDriveNotConfigured
from indexing.stores.graphs import GraphStore
from indexing.stores.vectors import VectorStore
from rag.personas.values import Persona, Source, SourceType
from rag.retrieval.onlooker import Onlooker
from rag.retrieval.question_vectors import QuestionVectors
from rag.retrieval.stages import SearchStage, stage
from rag.search import CollectionSearch, Retrieved
from rag.sources.collection import question_for, search_collection
from rag.sources.drive import DriveSearch, Holder
from rag.sources.gathered import Gathered, Piece, SourceFound
from rag.sources.looking_again import seen_of
from rag.sources.merge import SourcesAsk
from rag.strategies.choosing import strategy_of
from rag.strategies.persona_mind import PersonaMind
from rag.strategies.shelf import CollectionShelf
from rag.strategies.strategy import Means, Mind, Tell

_MATRIX = "scaimatrix"


class NoMind:
    """Stands where an assistant has no model any more: what needs none is done all the same."""

    writes = False
    calls_tools = False
    window = 0

    async def answer(self, fields: Mapping[str, Any]) -> Completion:
        """It cannot."""
        raise ModelUnavailable("There is no model behind this assistant.")


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asks an assistant, and by what they came in."""

    caller: Caller
    epochs: Mapping[str, int]
    bearer: str | None = field(default=None, repr=False)  # None where their own credential is not at hand


@dataclass(frozen=True, slots=True)
class Library:
    """The parts that assistants look with."""

    access: Access
    chokepoint: Chokepoint
    transactions: Transactions
    vectors: VectorStore
    graphs: GraphStore
    questions: QuestionVectors
    gateway: Gateway  # that enriches nothing
    switchboard: Switchboard
    drive: DriveSearch | None = None
    ahead: Mapping[str, int] = field(default_factory=dict)  # generations of collections that are built and held


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks for what one assistant answers from, for one caller."""

    library: Library
    persona: Persona
    asker: Asker
    model: CallableModel | None  # it is published as, or the one behind it; None where there is neither

    async def run(self, question: str, tell: Tell) -> Gathered:
        """All that its way of looking finds."""
        if not question.strip():
            return Gathered((), [SourceFound(source, Retrieved.EMPTY) for source in self.persona.sources], ())
        strategy = await strategy_of(self.persona)
        means = Means(self._mind, self.sees, self._shelf, tell)
        gathered = await strategy.retrieve(question, self.persona, SourcesAsk(self.persona, self.look), means)
        if gathered.pieces:
            return gathered
        return replace(gathered, sources=[await self._counted(found) for found in gathered.sources])

    async def look(self, source: Source, text: str, most: int) -> SourceFound:
        """Search one source."""
        if source.kind is SourceType.SCAIDRIVE:
            if self.library.drive is None:
                return SourceFound(source, Retrieved.DEGRADED, fault=ScaiDriveNotConfigured.code)
            holder = Holder(self.persona.tenant_id, self.asker.bearer)
            with stage(SearchStage.SHARE):
                return await self.library.drive.run(source, text, self.persona.top_k, holder)
        if not await self._may_search():
            return SourceFound(source, Retrieved.DEGRADED, fault=ModuleNotEnabled.code)
        question = question_for(text, self.persona.search_type, most, self.persona.min_score)
        return await search_collection(self._search, source, question)

    async def sees(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """Those that the caller may read at this moment; a share's were shown to them by ScaiDrive."""
        return await seen_of(pieces, self.onlooker)

    async def unfinished(self, source: Source) -> Sequence[Mention]:
        """Documents of a collection that cannot be found yet, and that the caller may read."""
        onlooker = self.onlooker
        async with self.library.transactions.open(Reach.one(self.persona.tenant_id), writes=False) as transaction:
            newest = await unfinished_of_newest(transaction.session, source.place_id)
        return [seen.value for seen in await onlooker.sees(newest)]

    async def _counted(self, found: SourceFound) -> SourceFound:
        """Who is told that there is nothing should know that something is still to come."""
        if found.fault is not None or found.source.kind is SourceType.SCAIDRIVE:
            return found
        return replace(found, unfinished=len(await self.unfinished(found.source)))

    @property
    def onlooker(self) -> Onlooker:
        """The eyes of the caller, in the tenant of the assistant."""
        library = self.library
        return Onlooker(library.chokepoint, library.transactions, self.asker.caller, self.persona.tenant_id)

    @property
    def _search(self) -> CollectionSearch:
        library = self.library
        return CollectionSearch(
            library.access,
            self.onlooker,
            library.vectors,
            library.questions,
            self.asker.epochs,
            graphs=library.graphs,
            ahead=library.ahead,
        )

    @property
    def _mind(self) -> Mind:
        if self.model is None:
            return NoMind()
        return PersonaMind(self.library.gateway, self.asker.caller, self.asker.epochs, self.model)

    @property
    def _shelf(self) -> CollectionShelf:
        library = self.library
        return CollectionShelf(
            library.access, self.onlooker, library.graphs, self.persona.sources, self._may_search, library.ahead
        )

    async def _may_search(self) -> bool:
        """Whether collections are asked at all: what a module holds is kept, and answers nobody while that is off."""
        return await self.library.switchboard.is_on(self.persona.tenant_id, _MATRIX)
