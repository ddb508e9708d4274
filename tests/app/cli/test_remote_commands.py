"""Commands that ask a server: what they do, what they ask first, and how they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.world.people import Organisation
from tests.world.personas import persona
from tests.world.typing_commands import Typist, faults


@pytest.fixture
def typist(acme: Organisation, tmp_path: Path) -> Typist:
    return Typist(acme, tmp_path)


def as_recorded(operation: str, said: Any) -> None:
    assert list(faults(operation, said)) == []


async def test_an_assistant_is_edited_and_published(typist: Typist) -> None:
    made = await persona(typist.acme.client("admin"))
    slug = made["slug"]
    assert [one["slug"] for one in (await typist.types("personas", "list", "--json")).json] == [slug]
    edited = await typist.types("personas", "edit", slug, "--set", "rag_top_k=7", "--set", "name=Pilot", "--json")
    as_recorded("update_persona", edited.json)
    assert (edited.json["rag_top_k"], edited.json["name"]) == (7, "Pilot")
    published = await typist.types("personas", "publish", slug)
    assert published.out.strip() == f"tenant/{typist.acme.slug}/{slug}"
    for called in (slug, f"{typist.acme.slug}/{slug}"):
        asked = await typist.types("chat", called, "--json", stdin="What is this?")
        assert asked.code == 0, asked.err
        as_recorded("chat", asked.json)
    assert (await typist.types("personas", "unpublish", slug)).code == 0
    wrong = await typist.types("personas", "edit", slug, "--set", "rag_top_q=7")
    assert (wrong.code, "rag_top_q" in wrong.err) == (2, True)


async def test_files_are_sent_once_and_again_when_they_change(typist: Typist, tmp_path: Path) -> None:
    await typist.types("collections", "create", "quay")
    folder = tmp_path / "notes"
    for name in ("a.md", "deep/a.md", ".hidden", ".git/config", "b.csv"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"words of {name}")
    send = ("ingest", str(folder), "--into", "quay", "--no-wait")
    first = await typist.types(*send, "--match", "*.md")
    assert [line.split("\t")[:2] for line in first.out.splitlines()] == [["a.md", "sent"], ["deep/a.md", "sent"]]
    assert "2 of 2 sent." in first.err
    (folder / "deep/a.md").write_text("other words")
    second = await typist.types(*send)
    said = [line.split("\t")[:2] for line in second.out.splitlines()]
    assert said == [["a.md", "unchanged"], ["b.csv", "sent"], ["deep/a.md", "sent"]]
    listed = (await typist.types("documents", "list", "--in", "quay", "--json")).json
    assert sorted(one["metadata"].get("path", one["name"]) for one in listed) == ["a.md", "b.csv", "deep/a.md"]
    assert sum(one["content_version"] for one in listed) == 4
    got = await typist.types("documents", "download", "quay/deep/a.md", "--to", str(tmp_path / "got"))
    assert (got.code, (tmp_path / "got").read_text()) == (0, "other words")
    again = await typist.types("documents", "download", "quay/deep/a.md", "--to", str(tmp_path / "got"))
    assert again.code == 2


async def test_what_came_of_each_file_is_told_and_one_bad_file_is_no_reason_to_stop(
    typist: Typist, tmp_path: Path
) -> None:
    await typist.types("collections", "create", "quay")
    (tmp_path / "good.txt").write_text("The harbour closes at dusk.")
    (tmp_path / "locked.pdf").write_bytes(b"%PDF-1.7\nnothing of a PDF")
    (tmp_path / "empty.txt").write_bytes(b"")
    files = [str(tmp_path / name) for name in ("empty.txt", "good.txt", "locked.pdf")]
    typed = await typist.types("ingest", *files, "--into", "quay")
    assert typed.code == 1
    assert "good.txt\tindexed\t1 chunks" in typed.out
    assert "1 of 3 taken in." in typed.err
    everything = typed.out + typed.err
    assert "locked.pdf\tfailed\t" in everything
    assert "empty.txt\tfailed\t" in everything


async def test_what_deletes_asks_or_is_told(typist: Typist) -> None:
    await typist.types("collections", "create", "quay")
    tried = await typist.types("collections", "delete", "quay", "--dry-run")
    assert (tried.code, "Would delete quay" in tried.err) == (0, True)
    unsure = await typist.types("collections", "delete", "quay")
    assert (unsure.code, "--yes" in unsure.err) == (2, True)
    assert (await typist.types("collections", "delete", "quay", "--yes")).code == 0
    gone = await typist.types("collections", "show", "quay")
    assert (gone.code, gone.out) == (3, "")


async def test_access_is_given_explained_and_taken(typist: Typist) -> None:
    acme = typist.acme
    await typist.types("collections", "create", "quay", "--restricted")
    no = await typist.types("access", "explain", "user", "quay")
    assert (no.code, no.out.startswith("No. ")) == (0, True)
    await typist.types("access", "grant", acme.people["user"].email, "read", "--on", "quay")
    assert (await typist.types("access", "explain", "user", "quay")).out.startswith("Yes. ")
    assert "user" in (await typist.types("access", "show", "quay")).out
    taken = await typist.types("access", "revoke", "user", "--on", "quay", "--yes")
    assert taken.code == 0, taken.err
    assert (await typist.types("access", "explain", "user", "quay")).out.startswith("No. ")
    hidden = await Typist(acme, typist.home, "viewer").types("access", "explain", "me", "quay")
    absent = await Typist(acme, typist.home, "viewer").types("access", "explain", "me", "nowhere")
    assert (hidden.code, hidden.err.replace("quay", "nowhere")) == (absent.code, absent.err)


async def test_a_document_is_read_by_those_alone_who_are_named(typist: Typist, tmp_path: Path) -> None:
    await typist.types("collections", "create", "quay")
    (tmp_path / "a.txt").write_text("The harbour closes at dusk.")
    await typist.types("ingest", str(tmp_path / "a.txt"), "--into", "quay", "--no-wait")
    await typist.types("access", "grant", "everyone", "read", "--on", "quay/a.txt")
    tried = await typist.types("access", "restrict", "quay/a.txt", "--to", "viewer", "--dry-run")
    assert tried.code == 0
    assert (await typist.types("access", "explain", "user", "quay/a.txt")).out.startswith("Yes. ")
    for _ in range(2):  # the second time it is so already
        done = await typist.types("access", "restrict", "quay/a.txt", "--to", "viewer", "--yes")
        assert done.code == 0, done.err
    listed = (await typist.types("access", "show", "quay/a.txt", "--json")).json
    assert (listed["inherit"], [one["principal_name"] for one in listed["aces"]]) == (False, ["Viewer"])
    assert (await typist.types("access", "explain", "user", "quay/a.txt")).out.startswith("No. ")


async def test_what_goes_wrong_has_an_exit_code_of_its_own(typist: Typist) -> None:
    near = await typist.types("collections", "create", "handbook")
    assert near.code == 0
    cases = [
        (await typist.types("collections", "show", "handbok"), 3, "Did you mean 'handbook'?"),
        (await typist.types("collection", "list"), 2, "Did you mean 'collections'"),
        (await typist.types("documents", "show", "doc_missing"), 3, "DOCUMENT_NOT_FOUND"),
        (await typist.types("search", "x", "--in", "handbook", "--strategy", "magic"), 2, "search_type"),
        (await typist.types("whoami", SCAIGRID_API_KEY="sgk_" + "x" * 40), 4, "AUTH_TOKEN_INVALID"),
        (await typist.types("whoami", SCAIGRID_URL="ftp://nowhere"), 2, "https://"),
        (await typist.types("chat", "local/quot", "x"), 3, "Did you mean 'local/quote'?"),
        (
            await Typist(typist.acme, typist.home, "viewer").types("keys", "create", "mine"),
            4,
            "AUTHZ_PERMISSION_DENIED",
        ),
    ]
    for typed, exit_code, sentence in cases:
        assert (typed.code, sentence in typed.err) == (exit_code, True), typed.err
        assert (typed.out, "sgk_" in typed.err) == ("", False)


async def test_names_of_others_do_not_steer_a_terminal(typist: Typist) -> None:
    nasty = "quay \x1b]0;owned\x07\x9b2J\u202egnp"
    made = await typist.acme.client("admin").post(
        "/v1/modules/scaimatrix/collections",
        json={"name": "quay", "slug": "quay", "description": nasty, "embedding_model": "local/minilm"},
    )
    assert made.status_code in {201, 422}
    for words in (("show", "quay"), ("show", "quay", "--json"), ("list", "--json")):
        said = (await typist.types("collections", *words)).out
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(said)
    if made.status_code == 201:
        assert json.loads((await typist.types("collections", "show", "quay", "--json")).out)["description"] == nasty


async def test_a_key_is_kept_for_its_server_alone(typist: Typist) -> None:
    key = typist.acme.people["admin"].key
    nothing = {"SCAIGRID_URL": "", "SCAIGRID_API_KEY": ""}
    bad = await typist.types("login", typist.acme.running.url, stdin="sgk_" + "x" * 40, **nothing)
    assert bad.code == 4
    kept = await typist.types("login", typist.acme.running.url, stdin=f"{key}\n", **nothing)
    assert (kept.code, key in kept.out + kept.err) == (0, False)
    file = typist.home / "scaigrid" / "login.toml"
    assert (file.stat().st_mode & 0o777, key in file.read_text()) == (0o600, True)
    assert (await typist.types("whoami", **nothing)).code == 0
    elsewhere = await typist.types("whoami", SCAIGRID_URL="http://127.0.0.1:9", SCAIGRID_API_KEY="")
    assert (elsewhere.code, "SCAIGRID_API_KEY" in elsewhere.err) == (2, True)
    assert (await typist.types("logout", **nothing)).code == 0
    assert (await typist.types("whoami", **nothing)).code == 2
