"""What an agent reads on in: documents and graphs of its sources, as one caller."""

from __future__ import annotations

from acl.facts import Effect, PrincipalType
from app.db.tenancy import Reach
from indexing.documents.tables import Document
from rag.personas.values import Source, SourceType
from rag.sources.looking_again import seen_of
from rag.strategies.shelf import CollectionShelf
from rag.strategies.strategy import Fact, Page
from tests.rag.graphs.known import Known, known
from tests.rag.library import onlooker_of
from tests.world.passages import Written, written
from tests.world.people import Organisation
from tests.world.shelves import enter

PAGES = [f"page {number}" for number in range(20)]


def source(collection_id: str) -> Source:
    return Source(f"src {collection_id}", SourceType.COLLECTION, collection_id, "Shelf")


async def shelf_for(acme: Organisation, name: str, *collections: str) -> CollectionShelf:
    platform = acme.running.platform
    onlooker = await onlooker_of(acme, name)
    return CollectionShelf(platform.access, onlooker, platform.graphs, [source(one) for one in collections], open_)


async def open_() -> bool:
    return True


def said(page: Page | None) -> list[str]:
    assert page is not None
    return [piece.passage.content for piece in page.pieces]


def told(facts: list[Fact]) -> list[str]:
    return [fact.said for fact in facts]


async def deny(there: Written, name: str, *documents: str) -> None:
    who = (PrincipalType.USER, there.shelf.organisation.people[name].id)
    await there.enter(Effect.DENY, who, documents)


async def test_a_document_is_read_from_a_place_on_and_says_where_it_goes_on(acme: Organisation) -> None:
    there = await written(acme, {"long": PAGES})
    shelf, id_ = await shelf_for(acme, "user", there.id), there.shelf.documents["long"]
    first = await shelf.document(id_, 0, 8)
    assert (said(first), first and first.next_start) == (PAGES[:8], 8)
    last = await shelf.document(id_, 16, 8)
    assert (said(last), last and last.next_start) == (PAGES[16:], None)
    assert await shelf.document(id_, 20, 8) is None


async def test_what_may_not_be_read_and_what_is_not_there_are_the_same(acme: Organisation) -> None:
    there, other = await written(acme, {"a": ["a"], "b": ["b"]}), await written(acme, {"c": ["c"]})
    await deny(there, "user", "a")
    shelf, documents = await shelf_for(acme, "user", there.id), there.shelf.documents
    assert await shelf.document(documents["a"], 0, 8) is None
    assert await shelf.document(other.shelf.documents["c"], 0, 8) is None, "it is of no source"
    assert await shelf.document("doc_of_nobody", 0, 8) is None
    assert said(await shelf.document(documents["b"], 0, 8)) == ["b"]
    async with acme.running.platform.transactions.open(Reach.one(acme.id)) as transaction:
        row = await transaction.session.get_one(Document, documents["b"])
        row.deleted_at = transaction.clock.now()
    assert await shelf.document(documents["b"], 0, 8) is None


async def test_a_share_has_no_documents_to_read_here(acme: Organisation) -> None:
    there = await written(acme, {"a": ["a"]})
    shelf = await shelf_for(acme, "user", there.id)
    drive = CollectionShelf(
        shelf.access, shelf.onlooker, shelf.graphs, [Source("src_1", SourceType.SCAIDRIVE, there.id, "Share")], open_
    )
    assert await drive.document(there.shelf.documents["a"], 0, 8) is None
    assert await drive.facts("a", 8) is None


async def graph(acme: Organisation) -> Known:
    return await known(
        acme,
        {
            "open": [["falcon RUNS atlas"]],
            "secret": [["grace LEADS falcon"]],
        },
    )


async def test_a_graph_says_relations_with_the_passages_that_say_them(acme: Organisation) -> None:
    there = await graph(acme)
    facts = await (await shelf_for(acme, "user", there.id)).facts("What about falcon?", 8)
    assert facts is not None
    assert sorted(told(list(facts))) == ["falcon runs atlas.", "grace leads falcon."]
    by_said = {fact.said: [piece.passage.document_name for piece in fact.pieces] for fact in facts}
    assert by_said["grace leads falcon."] == ["the words of secret"]


async def test_a_relation_of_documents_that_may_not_be_read_is_not_told(acme: Organisation) -> None:
    there = await graph(acme)
    await deny(there.written, "user", "secret")
    facts = await (await shelf_for(acme, "user", there.id)).facts("What about falcon?", 8)
    assert told(list(facts or ())) == ["falcon runs atlas."]


async def test_what_is_written_by_hand_is_told_to_whoever_may_read_the_collection(acme: Organisation) -> None:
    there = await graph(acme)
    await there.write("falcon OWNS boat")
    shelf = await shelf_for(acme, "user", there.id)
    facts = await shelf.facts("falcon", 8)
    (fact,) = [fact for fact in facts or () if fact.said == "falcon owns boat."]
    (piece,) = fact.pieces
    assert (piece.passage.document_name, piece.passage.content) == ("Knowledge graph", "falcon owns boat.")
    assert await seen_of([piece], shelf.onlooker) == [piece]
    await enter(acme, there.id, Effect.DENY, (PrincipalType.USER, acme.people["user"].id))
    assert await seen_of([piece], shelf.onlooker) == []
    assert await shelf.facts("falcon", 8) == []


async def test_a_name_out_of_a_document_goes_with_the_right_to_that(acme: Organisation) -> None:
    """What is written by hand of a thing says its name, and the name may be a document's."""
    there = await known(acme, {"open": [["falcon RUNS atlas"]], "secret": [["Grace LEADS falcon"]]})
    await there.write("grace OWNS boat")
    shelf = await shelf_for(acme, "user", there.id)
    facts = [fact for fact in await shelf.facts("grace", 8) or () if "owns" in fact.said]
    pieces = [piece for fact in facts for piece in fact.pieces]
    assert len(pieces) == 1
    await deny(there.written, "user", "secret")
    assert await seen_of(pieces, shelf.onlooker) == []
    (anew,) = [fact for fact in await shelf.facts("grace", 8) or () if "owns" in fact.said]
    assert anew.said == "grace owns boat."


async def test_sources_without_a_graph_have_none_to_ask(acme: Organisation) -> None:
    there = await written(acme, {"a": ["a"]})
    assert await (await shelf_for(acme, "user", there.id)).facts("a", 8) is None
