"""Sets are run, compared and let through from a command line, against a server that really runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from evals.values import Case, Expected, Forbidden
from tests.world.measuring import DUSK, PAID, Bench, bench
from tests.world.people import Organisation
from tests.world.typing_commands import Typed, Typist

FLOORS = '[floors]\n"recall@5" = 0.9\nquote_support = 1.0\n\n[ceilings]\np95_ms = 600000\n'


@dataclass(frozen=True)
class Desk:
    """A set and a persona on a server, and somebody who types."""

    bench: Bench
    set_id: str
    gate: Path

    async def types(self, *words: str, key: str | None = None, url: str | None = None) -> Typed:
        """Type a command as the admin, unless another key is given."""
        given = {"SCAIGRID_URL": url, "SCAIGRID_API_KEY": key}
        changed = {name: value for name, value in given.items() if value is not None}
        typist = Typist(self.bench.acme, self.gate.parent)
        return await typist.types("evals", *words, COLUMNS="300", **changed)

    async def runs(self, *words: str) -> Typed:
        """Run the set on the persona."""
        return await self.types("run", self.set_id, "--persona", self.bench.persona["slug"], *words)


@pytest.fixture
async def desk(acme: Organisation, tmp_path: Path) -> Desk:
    mine = await bench(acme)
    known = mine.place.shelf.documents
    cases = [Case(f"dusk-{number}", DUSK, expected=(Expected(document_id=known["open"]),)) for number in range(4)]
    paid = Case("paid", PAID, expected=(Expected(document_id=known["secret"]),))
    gate = tmp_path / "gates.toml"
    gate.write_text(FLOORS, encoding="utf-8")
    return Desk(mine, await mine.asking(*cases, paid), gate)


async def test_a_run_is_followed_to_its_numbers_and_passes_its_gate(desk: Desk) -> None:
    done = await desk.runs("--note", "as it is", "--gate", str(desk.gate))
    assert done.code == 0, done.err
    assert "5 of 5 done" in done.out
    assert "no leaks" in done.out
    row = next(line for line in done.out.splitlines() if line.strip().startswith("recall@5"))
    assert row.split()[1] == "1.000"
    assert row.split()[-1] == "5"
    assert "completed: 5 of 5 answered" in done.err
    assert "FAILED" not in done.err
    estimated = await desk.runs("--estimate")
    assert (estimated.code, estimated.json["answers"]) == (0, 5)


async def test_a_planted_regression_fails_the_gate_and_compares_as_worse(desk: Desk) -> None:
    plain = (await desk.runs("--json")).json["run"]["id"]
    blind = await desk.runs("--change", "sources=[]", "--gate", str(desk.gate), "--json")
    assert blind.code == 6, blind.err
    assert "recall@5" in blind.err
    assert "FAILED" in blind.err
    blind_id = blind.json["run"]["id"]
    alone = await desk.types("gate", blind_id, str(desk.gate))
    assert alone.code == 6
    assert [line.split()[-1] for line in alone.out.splitlines() if "recall@5" in line] == ["FAILED"]
    assert (await desk.types("gate", plain, str(desk.gate))).code == 0
    said = (await desk.types("gate", blind_id, str(desk.gate), "--json")).json
    missed = [one["metric"] for one in said["numbers"] if not one["passed"]]
    assert (said["passed"], "recall@5" in missed, "leaks" in missed) == (False, True, False)

    compared = await desk.types("compare", plain, blind_id)
    assert compared.code == 0
    row = next(line for line in compared.out.splitlines() if "recall@5" in line)
    assert row.split()[-1] == "worse"
    assert "cases: 0 better, 5 worse, 0 both, 0 the same" in compared.out
    assert (await desk.types("compare", plain, blind_id, "--json")).json["worse"] == 5


async def test_a_leak_passes_no_gate_whatever_it_says(desk: Desk, tmp_path: Path) -> None:
    leaking = await desk.bench.asking(Case("dusk", DUSK, forbidden=(Forbidden(phrase="closes the harbour"),)))
    lenient = tmp_path / "lenient.toml"
    lenient.write_text("", encoding="utf-8")
    run = ("run", leaking, "--persona", desk.bench.persona["id"])
    done = await desk.types(*run, "--gate", str(lenient))
    assert done.code == 6
    assert "1 LEAKS" in done.out
    assert (await desk.types(*run)).code == 1


async def test_nobody_passes_a_gate_by_not_seeing_what_fails_it(desk: Desk) -> None:
    acme = desk.bench.acme
    watcher = await acme.person("watcher", "tenant_user", permissions=["scaipersona:view"])
    await desk.bench.place.shut(["secret"])
    run = (await desk.runs("--no-wait")).out.strip()
    watched = await desk.types("watch", run)
    assert watched.code == 0, watched.err
    theirs = await desk.types("gate", run, str(desk.gate), key=watcher.key)
    assert theirs.code == 4
    assert "answers are withheld from you" in theirs.err


async def test_what_goes_wrong_is_a_sentence_and_an_exit_code(desk: Desk, tmp_path: Path) -> None:
    cases = [
        (await desk.types("watch", "run_missing"), 3, "EVALUATION_RUN_NOT_FOUND"),
        (await desk.types("run", "no-such-set", "--persona", desk.bench.persona["id"]), 3, "EVALUATION_SET_NOT_FOUND"),
        (await desk.types("run", desk.set_id, "--persona", "nobody"), 3, "no persona 'nobody'"),
        (await desk.runs("--change", "rag_top_k=-1"), 2, "rag_top_k"),
        (await desk.runs("--change", "nonsense"), 2, "name=value"),
        (await desk.runs("--gate", str(tmp_path / "none.toml")), 2, "cannot be read"),
        (await desk.types("watch", "run_1", key="sgk_" + "x" * 40), 4, "AUTH_TOKEN_INVALID"),
        (await desk.types("watch", "run_1", key=""), 2, "SCAIGRID_API_KEY"),
        (await desk.types("compare", "a", "b", url="http://127.0.0.1:9"), 5, "cannot be reached"),
    ]
    for typed, exit_code, sentence in cases:
        assert (typed.code, sentence in typed.err) == (exit_code, True), typed.err
        assert (typed.out, "Traceback" in typed.err) == ("", False)
