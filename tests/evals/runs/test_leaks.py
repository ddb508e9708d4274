"""A leak that was planted is caught, by whatever way it came, and what is no leak is taken for none."""

from __future__ import annotations

from typing import Any

from acl.facts import DefaultAccess, Effect, PrincipalType
from evals.answers import Answered, Shown
from evals.runs.leaks import LeakKind, LeakWatch
from evals.values import Case
from rag.personas.values import Persona, Source, SourceType
from tests.evals.runs.conftest import Quiet
from tests.world import openai_answers as says
from tests.world.measuring import DUSK, OPEN, PAID, RUNS, SECRET, scores
from tests.world.models import code
from tests.world.passages import written

CASE = Case("paid", PAID)


async def kinds(quiet: Quiet, name: str, answered: Answered, runner: str = "admin") -> list[tuple[str, str | None]]:
    """What an answer shows somebody that it must not, as whoever runs it may know."""
    mine, platform = quiet.mine, quiet.running.platform
    source = Source("src", SourceType.COLLECTION, mine.place.id, "Shelf")
    persona = Persona("per", mine.acme.id, "Helper", "helper", "some/model", sources=(source,))
    watch = LeakWatch(platform.access, platform.transactions, platform.vectors, persona)
    reader, whose = [await platform.credentials.of_user(mine.acme.people[one].id) for one in (name, runner)]
    looked = await watch.look(reader, whose, CASE, answered)
    return [(str(leak.kind), leak.document_id) for leak in looked.leaks]


async def test_a_passage_its_reader_may_not_read_is_a_leak(quiet: Quiet) -> None:
    secret = quiet.mine.place.shelf.documents["secret"]
    shown = Answered("It is so [1].", [Shown(secret, "the words of secret", SECRET, SECRET, 1.0, 1)], [1])
    assert (LeakKind.PASSAGE, secret) in await kinds(quiet, "peer", shown)
    assert await kinds(quiet, "user", shown) == []


async def test_words_of_a_hidden_document_are_a_leak_wherever_the_answer_has_them_from(quiet: Quiet) -> None:
    secret = quiet.mine.place.shelf.documents["secret"]
    said = Answered(f"As far as I know, {SECRET.lower()}", [])
    assert await kinds(quiet, "peer", said) == [(LeakKind.QUOTE, secret)]
    assert await kinds(quiet, "user", said) == []
    short = Answered("He is paid ninety thousand guilders a year.", [])
    assert await kinds(quiet, "peer", short) == [], "fewer than eight words in a row may be anybody's"


async def test_what_the_reader_may_read_elsewhere_is_no_leak(quiet: Quiet) -> None:
    mine = quiet.mine
    said = Answered(f"I say: {OPEN}", [])
    await mine.place.enter(Effect.DENY, (PrincipalType.USER, mine.acme.people["peer"].id), ["open"])
    assert await kinds(quiet, "peer", said) == [(LeakKind.QUOTE, mine.place.shelf.documents["open"])]
    assert await kinds(quiet, "user", said) == []


async def test_the_name_of_a_hidden_document_is_a_leak(quiet: Quiet) -> None:
    secret = quiet.mine.place.shelf.documents["secret"]
    said = Answered("You will find it in The Words of Secret, on page two.", [])
    assert await kinds(quiet, "peer", said) == [(LeakKind.TITLE, secret)]
    assert await kinds(quiet, "user", said) == []


async def test_nobody_learns_by_a_leak_of_what_they_may_not_read_themselves(quiet: Quiet) -> None:
    """Else they would have a model say what they guess, and be told whether it stands anywhere."""
    mine = quiet.mine
    said = Answered(f"{SECRET} You will find it in The Words of Secret.", [])
    assert len(await kinds(quiet, "peer", said)) == 2
    assert await kinds(quiet, "peer", said, runner="peer") == []
    await mine.acme.person("guessing", "tenant_user", permissions=["scaipersona:test", "scaipersona:view"])
    await mine.place.enter(Effect.DENY, (PrincipalType.USER, mine.acme.people["guessing"].id), ["secret"])
    quiet.up.says(says.completion(SECRET))
    run = await mine.begin(await mine.asking(Case("dusk", DUSK)), "guessing")
    assert await quiet.work(run["id"]) is None
    assert (await quiet.run(run["id"])).leaks == 0
    (shown,) = await mine.answers(run["id"], "guessing")
    assert not shown["withheld"]
    assert scores(shown)["leaks"] == 0.0


async def test_a_draft_reads_no_place_that_whoever_runs_it_may_not(quiet: Quiet) -> None:
    mine, acme = quiet.mine, quiet.mine.acme
    hidden = await written(acme, {"vault": ["Nobody reads this."]}, DefaultAccess.RESTRICTED)
    await acme.person("guessing", "tenant_user", permissions=["scaipersona:test", "scaipersona:view"])
    asked = await mine.asking(Case("dusk", DUSK))
    said: dict[str, Any] = {"set": asked, "persona_id": mine.persona["id"]}
    refusals = []
    for place in (hidden.id, "col_missing"):
        changes = {"sources": [{"source_type": "collection", "source_id": place}]}
        for path in (RUNS, f"{RUNS}/estimate"):
            answer = await acme.client("guessing").post(path, json={**said, "changes": changes})
            refusals.append(code(answer))
    assert refusals == [(404, "COLLECTION_NOT_FOUND")] * 4
    changes = {"sources": [{"source_type": "collection", "source_id": hidden.id}]}
    assert (await acme.client("admin").post(RUNS, json={**said, "changes": changes})).status_code == 202


async def test_a_leak_planted_in_the_prompt_is_caught_in_a_run(quiet: Quiet) -> None:
    """The prompt of a persona quotes what some of its readers may not read, and its model repeats it."""
    mine = quiet.mine
    quiet.up.says(says.completion(f"{SECRET}[1]"))
    case = Case("dusk", DUSK)
    both = [mine.acme.people[name].id for name in ("peer", "user")]
    run = await mine.begin(await mine.asking(case), readers=both, changes={"system_prompt": f"Know this: {SECRET}"})
    assert await quiet.work(run["id"]) is None
    row = await quiet.run(run["id"])
    assert row.leaks == 1
    assert row.numbers is not None
    assert row.numbers["leaks"] == 1
    answers = {one["reader_id"]: one for one in await mine.answers(run["id"])}
    assert answers[both[0]]["leaks"] == ["quote"]
    assert answers[both[1]]["leaks"] == []
    assert scores(answers[both[0]])["leaks"] == 1.0


async def test_a_leaked_answer_is_withheld_from_who_may_not_read_what_it_leaks(quiet: Quiet) -> None:
    mine = quiet.mine
    await mine.acme.person("other", "tenant_user", permissions=["scaipersona:view"])
    other = (PrincipalType.USER, mine.acme.people["other"].id)
    await mine.place.enter(Effect.DENY, other, ["secret"])
    quiet.up.says(says.completion(f"{SECRET}"))
    run = await mine.begin(await mine.asking(Case("dusk", DUSK)), readers=[mine.acme.people["peer"].id])
    assert await quiet.work(run["id"]) is None
    (seen,) = await mine.answers(run["id"], "other")
    assert seen["withheld"]
    assert seen["answer"] is None
    (shown,) = await mine.answers(run["id"])
    assert shown["leaks"] == ["quote"]
