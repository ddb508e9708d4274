"""Documents, keys and entries that are ended, retried and waited for; what is asked by pipe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.world.people import Organisation
from tests.world.personas import persona
from tests.world.typing_commands import Typist, faults


@pytest.fixture
async def typist(acme: Organisation, tmp_path: Path) -> Typist:
    made = Typist(acme, tmp_path)
    assert (await made.types("collections", "create", "quay")).code == 0
    return made


async def sent(typist: Typist, name: str, content: bytes) -> None:
    (typist.home / name).write_bytes(content)
    await typist.types("ingest", str(typist.home / name), "--into", "quay", "--no-wait")


async def test_documents_are_waited_for_and_what_failed_is_an_exit_code(typist: Typist) -> None:
    await sent(typist, "good.txt", b"The harbour closes at dusk.")
    good = await typist.types("documents", "watch", "quay/good.txt", "--json")
    assert good.code == 0, good.err
    assert good.lines[-1]["status"] == "indexed"
    await sent(typist, "bad.pdf", b"%PDF-1.7\nnothing of a PDF")
    bad = await typist.types("documents", "watch", "quay/bad.pdf")
    assert (bad.code, "failed" in bad.out + bad.err) == (1, True)
    everything = await typist.types("documents", "watch", "--in", "quay")
    assert everything.code in {0, 1}  # what has failed before is no news
    assert (await typist.types("documents", "watch")).code == 2
    again = await typist.types("documents", "retry", "quay/bad.pdf", "--json")
    assert (again.code, list(faults("retry_document", again.json))) == (0, [])
    listed = await typist.types("documents", "list", "--in", "quay", "--status", "indexed")
    assert [line.split("\t")[0] for line in listed.out.splitlines()] == ["good.txt"]


async def test_documents_go_through_pipes_and_are_deleted_when_it_is_meant(typist: Typist) -> None:
    await sent(typist, "a.txt", b"\xff\x00 as it is")
    piped = await typist.types("documents", "download", "quay/a.txt", "--to", "-")
    assert (piped.code, "as it is" in piped.out) == (0, True)
    assert (await typist.types("documents", "delete", "quay/a.txt", "--dry-run")).err == "Would delete a.txt.\n"
    assert (await typist.types("documents", "delete", "quay/a.txt")).code == 2
    assert (await typist.types("documents", "delete", "quay/a.txt", "--yes")).err == "Deleted a.txt.\n"
    assert (await typist.types("documents", "delete", "quay/a.txt", "--yes")).code == 3


async def test_a_key_is_made_for_somebody_used_and_ended(typist: Typist) -> None:
    made = await typist.types("keys", "create", "nightly", "--for", "user", "--scope", "models:list")
    key, told = made.out.strip(), made.err
    assert (made.code, key.startswith("sgk_"), key in told) == (0, True, False)
    assert (await typist.types("models", SCAIGRID_API_KEY=key)).code == 0
    id_ = told.partition(",")[0]
    assert f"{id_}\t" in (await typist.types("keys", "list")).out
    assert "Would revoke" in (await typist.types("keys", "revoke", id_, "--dry-run")).err
    assert (await typist.types("keys", "revoke", id_)).code == 2
    assert (await typist.types("keys", "revoke", id_, "--yes")).code == 0
    assert (await typist.types("models", SCAIGRID_API_KEY=key)).code == 4
    assert (await typist.types("keys", "revoke", "apikey_absent", "--yes")).code == 3


async def test_a_denial_goes_before_what_lets_in(typist: Typist) -> None:
    user = typist.acme.people["user"].email
    await typist.types("access", "grant", "everyone", "read", "--on", "quay")
    denied = await typist.types("access", "deny", user, "READ", "--on", "quay", "--json")
    assert (denied.code, list(faults("add_ace", denied.json))) == (0, [])
    why = await typist.types("access", "explain", user, "quay")
    assert why.out.startswith("No. ")
    assert "* explicit deny" in why.out
    told = await typist.types("access", "revoke", user, "--on", "quay", "--dry-run")
    assert (told.code, "Would take out: deny user" in told.err) == (0, True)
    assert (await typist.types("access", "revoke", "viewer", "--on", "quay", "--yes")).code == 3


async def test_an_assistant_is_shown(typist: Typist) -> None:
    made = await persona(typist.acme.client("admin"))
    shown = await typist.types("personas", "show", made["slug"])
    assert f"name\t{made['name']}" in shown.out.splitlines()
    said = await typist.types("personas", "show", made["id"], "--json")
    assert (said.code, list(faults("get_persona", said.json))) == (0, [])
    assert (await typist.types("personas", "show", "nobody")).code == 3


async def test_a_question_comes_as_a_word_or_by_pipe_and_an_answer_goes_on_stdout(typist: Typist) -> None:
    said = await typist.types("chat", "local/quote", "What is this?")
    piped = await typist.types("chat", "local/quote", stdin="What is this?\n")
    assert (said.code, piped.code) == (0, 0)
    assert said.out == piped.out != ""
    assert (await typist.types("chat", "local/quote", stdin="")).code == 2


async def test_a_search_says_where_and_how_well(typist: Typist) -> None:
    await sent(typist, "dusk.txt", b"The harbour closes at dusk.")
    await typist.types("documents", "watch", "--in", "quay")
    found = await typist.types("search", "harbour", "--strategy", "keyword")
    assert (found.code, found.out.splitlines()[0].startswith("1. dusk.txt")) == (0, True), found.err
    assert "keyword" not in found.out
    why = await typist.types("search", "harbour", "--strategy", "keyword", "--why")
    score = why.out.splitlines()[0].rpartition(" ")[2]
    assert why.out.splitlines()[-1].strip() == f"keyword {score}"
    assert re.fullmatch(r"\d+ ms: access \d+ · keyword \d+ · passages \d+ · rest \d+\n", why.err), why.err
    assert found.err == ""
    nothing = await typist.types("search", "giraffe", "--strategy", "keyword", "--in", "quay")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "Nothing found that you can read.\n")


async def test_a_search_as_somebody_else_shows_what_is_not_theirs(typist: Typist) -> None:
    await sent(typist, "dusk.txt", b"The harbour closes at dusk.")
    await sent(typist, "dawn.txt", b"The harbour opens at dawn.")
    await typist.types("documents", "watch", "--in", "quay")
    user = typist.acme.people["user"].email
    await typist.types("access", "deny", user, "READ", "--on", "quay/dawn.txt")
    asked = ("search", "harbour", "--strategy", "keyword", "--as", user)
    found = await typist.types(*asked, "--in", "quay")
    assert (found.code, found.out.splitlines()[0].startswith("1. dusk.txt")) == (0, True), found.err
    assert "2. " not in found.out
    assert f"Not shown to {user}: dawn.txt (doc_" in found.err
    await typist.types("collections", "create", "pier")
    everywhere = await typist.types(*asked)
    assert (everywhere.code, everywhere.out) == (0, found.out), everywhere.err
