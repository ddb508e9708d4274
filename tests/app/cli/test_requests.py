"""The story of one request, as far as whoever asks may know it."""

from __future__ import annotations

import re
from pathlib import Path

from acl.facts import Effect, PrincipalType
from tests.world.hands import until
from tests.world.models import data
from tests.world.passages import written
from tests.world.patience import PATIENCE
from tests.world.people import Organisation
from tests.world.personas import at, persona, reads
from tests.world.typing_commands import Typed, Typist, faults


async def told(typist: Typist, request_id: str, *words: str) -> Typed:
    """The story, once what was called is in the books."""

    async def there() -> bool:
        return (await typist.types("requests", "show", request_id)).code == 0

    await until(there, PATIENCE)
    return await typist.types("requests", "show", request_id, *words)


async def test_calls_of_models_are_told_with_what_they_took(acme: Organisation, tmp_path: Path) -> None:
    asked = {"model": "local/quote", "messages": [{"role": "user", "content": "What is this?"}]}
    answer = await acme.client("user").post("/v1/inference/chat", json=asked)
    request_id = answer.headers["x-request-id"]
    story = await told(Typist(acme, tmp_path), request_id)
    begun, call, sums = story.out.splitlines()
    assert begun.endswith(f" UTC, by {acme.people['user'].id}")
    assert call.split("\t")[:4] == ["+0 ms", "chat", "local/quote", "ok"]
    assert sums.startswith("In all: 1 calls of models, ")
    said = (await told(Typist(acme, tmp_path), request_id, "--json")).json
    assert (said["request_id"], said["events"]) == (request_id, [])
    assert list(faults("list_usage", said["calls"], of_a_list=True)) == []
    mine = await told(Typist(acme, tmp_path, "user"), request_id)
    assert (mine.out, "administrators" in mine.err) == (story.out, True)
    assert (await Typist(acme, tmp_path, "user").types("requests", "show", request_id, "--json")).json["events"] is None


async def test_what_an_assistants_call_went_through_is_told_as_far_as_one_may_read(
    acme: Organisation, tmp_path: Path
) -> None:
    user, shelf = acme.client("user"), await written(acme, {"tide": ["The harbour tide is high at noon."]})
    helper = await persona(acme.client("admin"), rag_enabled=True, rag_search_type="keyword")
    await reads(acme.client("admin"), helper, shelf.id, source_name="Shelf")
    slug = data(await acme.client("admin").post(at(helper, "publish"), json={}))["published_slug"]
    asked = {"model": slug, "messages": [{"role": "user", "content": "When is the harbour tide high?"}]}
    request_id = (await user.post("/v1/inference/chat", json=asked)).headers["x-request-id"]
    story = await told(Typist(acme, tmp_path, "user"), request_id)
    *_, through, document = story.out.splitlines()
    assert re.fullmatch(rf"{slug} went through: access \d+ ms → .* → rest \d+ ms → answer \d+ ms", through)
    assert document == f"{shelf.shelf.documents['tide']}\t1 found\t1 offered\t1 cited"
    said = (await told(Typist(acme, tmp_path, "user"), request_id, "--json")).json
    assert list(faults("list_call_stages", said["stages"], of_a_list=True)) == []
    await shelf.enter(Effect.DENY, (PrincipalType.USER, acme.people["user"].id), ["tide"])
    less = await told(Typist(acme, tmp_path, "user"), request_id)
    assert less.out.splitlines() == story.out.splitlines()[:-1]


async def test_what_a_request_did_is_told_to_administrators_and_to_others_it_is_as_if_it_never_was(
    acme: Organisation, tmp_path: Path
) -> None:
    made = await acme.client("admin").post("/v1/groups", json={"name": "crew"})
    request_id = made.headers["x-request-id"]
    story = await Typist(acme, tmp_path).types("requests", "show", request_id)
    _, deed = story.out.splitlines()
    assert deed.split("\t")[1:4] == ["group.created", made.json()["data"]["id"], "done"]
    said = (await Typist(acme, tmp_path).types("requests", "show", request_id, "--json")).json
    assert list(faults("list_audit_events", said["events"], of_a_list=True)) == []
    assert said["calls"] == []
    hidden = await Typist(acme, tmp_path, "user").types("requests", "show", request_id)
    absent = await Typist(acme, tmp_path, "user").types("requests", "show", "req_absent")
    assert (hidden.code, hidden.out) == (absent.code, absent.out) == (3, "")
    assert hidden.err == absent.err.replace("req_absent", request_id)
