"""Every command says for programs what the API is recorded to answer, or what is written down for it in `shapes`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import command_tree
from tests.app.backup.world import company
from tests.app.cli import shapes
from tests.app.cli.shapes import Schema
from tests.world.evaluating import asks, jsonl
from tests.world.measuring import bench
from tests.world.people import organisation
from tests.world.platform import fresh
from tests.world.surroundings import MODELS
from tests.world.typing_commands import Typed, Typist, faults, faults_of, typed
from tests.world.website import Page, website

# What has nothing to say to a program, and why.
SAYING_NOTHING = {
    "serve": "runs until it is stopped",
    "worker": "runs until it is stopped",
    "scheduler": "runs until it is stopped",
    "drive serve": "runs until it is stopped",
    "record": "its exit code says it all",
    "completion": "what it says is a program",
    "documents download": "what it says is a file",
    "drive token": "what it says is one token",
    "evals sets export": "what it says is a file",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A command, what is typed with it, and what it is to answer: an operation of the API, or a shape."""

    command: str
    words: str
    answer: str | Schema
    lines: bool = False
    keep: str = ""  # its id, for those after it


# In this order, for one makes what the next speaks of.
REMOTE = (
    Said("whoami", "", "get_me"),
    Said("models", "", "list_models"),
    Said("collections create", "Quay --slug quay", "create_collection", keep="collection"),
    Said("collections list", "", "list_collections"),
    Said("collections show", "quay", "get_collection"),
    Said("ingest", "{folder}/dusk.txt --into quay", shapes.ON_ITS_WAY, lines=True),
    Said("ingest", "{folder}/dawn.txt --into quay --no-wait", "upload_document", lines=True, keep="document"),
    Said("documents watch", "{document}", shapes.ON_ITS_WAY, lines=True),
    Said("documents list", "--in quay", "list_documents"),
    Said("documents show", "quay/dusk.txt", "get_document"),
    Said("documents retry", "{broken}", "retry_document"),
    Said("search", "harbour --in quay --strategy keyword --why", "search_collection"),
    Said("search", "harbour --in quay --strategy keyword --as viewer", "search_collection_as"),
    Said("search", "harbour --in quay --in {shelf} --strategy keyword", "search_collections"),
    Said("access show", "quay", "get_permissions"),
    Said("access grant", "viewer read --on quay", "add_ace"),
    Said("access deny", "viewer WRITE --on quay", "add_ace"),
    Said("access explain", "user quay/dusk.txt", "explain_permission"),
    Said("crawl start", "{site}/ --into quay --depth 0", "get_crawl_job", lines=True, keep="job"),
    Said("crawl start", "{site}/ --into quay --depth 0 --no-wait", "start_crawl", keep="job"),
    Said("crawl watch", "{job}", "get_crawl_job", lines=True),
    Said("crawl show", "{job}", "get_crawl_job"),
    Said("crawl list", "--in quay", "list_crawl_jobs"),
    Said("crawl list", "", "list_all_crawl_jobs"),
    Said("crawl start", "{site}/slow --into quay --depth 0 --no-wait", "start_crawl", keep="job"),
    Said("crawl cancel", "{job}", "cancel_crawl"),
    Said("personas list", "", "list_personas"),
    Said("personas show", "{persona}", "get_persona"),
    Said("personas edit", "{persona} --set rag_top_k=7", "update_persona"),
    Said("personas publish", "{persona}", "publish_persona"),
    Said("chat", "{persona} dusk?", "chat", keep="answer"),
    Said("personas unpublish", "{persona}", "unpublish_persona"),
    Said("usage", "--by user --since 2h", "summarise_usage"),
    Said("requests list", "", "list_usage"),
    Said("requests show", "{request}", shapes.STORY),
    Said("keys create", "nightly --days 1", "create_api_key", keep="key"),
    Said("keys list", "", "list_api_keys"),
    Said("evals sets import", "{folder}/quay.jsonl", "replace_eval_cases"),
    Said("evals sets list", "", "list_eval_sets"),
    Said("evals run", "quay --persona {persona} --estimate", "estimate_eval_run"),
    Said("evals run", "quay --persona {persona}", "get_eval_run"),
    Said("evals run", "quay --persona {persona} --no-wait", "start_eval_run", keep="run"),
    Said("evals watch", "{run}", "get_eval_run"),
    Said("evals gate", "{run} {folder}/gates.toml", shapes.GATE),
    Said("evals compare", "{run} {run}", "compare_eval_runs"),
    Said("access restrict", "quay/dusk.txt --to viewer --yes", "get_permissions"),
    Said("access revoke", "viewer --on quay --yes", shapes.many(shapes.read("AceRead"))),
    Said("keys revoke", "{key} --yes", shapes.read("ApiKeyRead")),
    Said("documents delete", "quay/dusk.txt --yes", shapes.many(shapes.read("DocumentRead"))),
    Said("collections delete", "quay --yes", shapes.read("CollectionRead")),
    Said("login", "{url}", "get_me"),
    Said("logout", "", shapes.of(forgotten=shapes.YES)),
)
LOCAL = (
    Said("config check", "", shapes.SETTINGS),
    Said("doctor", "", shapes.DIAGNOSIS),
    Said("maintenance rebuild", "", shapes.FINDING, lines=True),
    Said("audit verify", "--tenant {tenant}", {"type": "array", "items": shapes.read("InspectionRead"), "minItems": 1}),
    Said("export", "{tenant}/{shelf} {folder}/plans.tar", shapes.EXPORTED, lines=True),
    Said("import", "{folder}/plans.tar --tenant {tenant} --owner {owner}", shapes.IMPORTED, lines=True),
    Said("backup", "{folder}/all.tar --with-secrets", shapes.BACKUP, lines=True),
)
ALONE = (  # with a home of their own
    Said("migrate", "", shapes.of(revision=shapes.TEXT)),
    Said("restore", "{folder}/all.tar", shapes.RESTORED, lines=True),
    Said("seed", "", shapes.PEOPLE),
    Said("evals retrieval", "{folder} --types keyword", shapes.MEASURED),
    Said("evals sweep", "{folder} --strategies fixed --sizes 128 --types keyword", shapes.TRIALS),
)


def _leaves(command: Any, *path: str) -> Iterator[tuple[str, bool]]:
    """Each command, and whether it has something to say to programs."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield " ".join(path), any("--json" in option.opts for option in command.params)
        return
    for name, one in inner.items():
        yield from _leaves(one, *path, name)


def test_no_command_is_forgotten() -> None:
    found = dict(_leaves(command_tree()))
    assert {name for name, says in found.items() if says} == {one.command for one in (*REMOTE, *LOCAL, *ALONE)}
    assert {name for name, says in found.items() if not says} == set(SAYING_NOTHING)


def words_of(one: Said, names: Mapping[str, str]) -> list[str]:
    return [*one.command.split(), *one.words.format(**names).split(), "--json"]


def faulty(one: Said, done: Typed) -> list[str]:
    """What is wrong with what was said."""
    said = done.lines if one.lines else [done.json]
    assert said, f"{one.command} says nothing: {done.err}"
    if isinstance(one.answer, dict):
        return [fault for each in said for fault in faults_of(one.answer, each)]
    return [fault for each in said for fault in faults(one.answer, each, of_a_list=isinstance(each, list))]


def cases_of(folder: Path) -> None:
    """What commands are given as files: documents, a set, a gate, and a corpus with questions."""
    (folder / "dusk.txt").write_text("The harbour closes at dusk.")
    (folder / "dawn.txt").write_text("The harbour opens at dawn.")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing of a PDF")
    (folder / "quay.jsonl").write_bytes(jsonl(asks(1)))
    (folder / "gates.toml").write_text("[ceilings]\np95_ms = 600000\n")
    (folder / "corpus.jsonl").write_text(json.dumps({"_id": "d", "text": "The harbour closes at dusk."}) + "\n")
    (folder / "queries.jsonl").write_text(
        json.dumps({"_id": "q", "text": "harbour", "metadata": {"kind": "both"}}) + "\n"
    )
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n")


async def test_what_asks_a_server_says_what_the_server_is_recorded_to_answer(tmp_path: Path) -> None:
    cases_of(tmp_path)
    async with website() as site, fresh(allow_hosts=(site.url.removeprefix("http://"),), crawl_delay=0) as running:
        plain = {"content-type": "text/plain"}
        site.pages["/"] = Page(b"The harbour closes at dusk.", headers=plain)
        site.pages["/slow"] = Page(b"slow", headers=plain, pieces=2000, delay_s=0.1)
        acme = await organisation(running)
        mine, typist = await bench(acme), Typist(acme, tmp_path)
        names = {"folder": str(tmp_path), "site": site.url, "shelf": mine.place.id, "persona": mine.persona["slug"]}
        names["url"] = running.url
        wrong: dict[str, list[str]] = {}
        for one in REMOTE:
            if one.command == "documents retry":
                await typist.types("ingest", f"{tmp_path}/broken.pdf", "--into", "quay")
                names["broken"] = "quay/broken.pdf"
            if one.command == "requests show":
                names["request"] = (await typist.types("requests", "list", "--json")).json[0]["request_id"]
            done = await typist.types(*words_of(one, names), stdin=acme.people["admin"].key)
            assert done.code == 0, f"{one}: {done.err}"
            if found := faulty(one, done):
                wrong[f"{one.command} {one.words}"] = found
            if one.keep:
                names[one.keep] = (done.lines[-1] if one.lines else done.json)["id"]
        assert wrong == {}
        await acme.aclose()


@pytest.mark.sqlite  # the commands are given a folder alone
async def test_what_works_where_the_platform_runs_says_what_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process: how each command logs is not how the tests do."""
    monkeypatch.setattr("app.telemetry.logging.configure_logging", lambda _level, _style: None)
    cases_of(tmp_path)
    async with fresh(deeds={}) as running:
        made = await company(running)
        acme = made.organisation
        names = {"folder": str(tmp_path), "tenant": acme.slug, "shelf": made.shelf.slug}
        names["owner"] = acme.people["admin"].email
        wrong = {}
        for one in (*LOCAL, *ALONE):
            home = running.settings.home if one in LOCAL else tmp_path / one.command
            here = {"SCAIGRID_HOME": str(home), "SCAIGRID_MODELS": MODELS, "XDG_CONFIG_HOME": str(tmp_path)}
            done = await typed(*words_of(one, names), **here)
            assert done.code == 0, f"{one}: {done.code} {done.out} {done.err}"
            if found := faulty(one, done):
                wrong[one.command] = found
        assert wrong == {}
        await acme.aclose()
