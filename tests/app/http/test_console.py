"""How the console is served: its page under every address of its own, nothing else, and under a strict policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.console.built import read_built
from app.console.mount import Console
from app.settings import ScaiKeySettings
from tests.world.platform import Running


@pytest.fixture
def console(tmp_path: Path) -> Console:
    built = tmp_path / "built"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html>the page")
    (built / "assets" / "index-1a2b.js").write_text("start()")
    (built / ".stamp").write_text("how it was made")
    (tmp_path / "secret.txt").write_text("not the console's")
    (built / "way-out.txt").symlink_to(tmp_path / "secret.txt")
    return Console(read_built(built), issuer="https://keys.example/realm")


def test_every_address_of_the_console_is_its_page_and_never_kept_unasked(console: Console) -> None:
    for path in ("index.html", "collections/col_1", "documents/doc_1"):
        answer = console.answer(path, None)
        assert answer is not None
        assert (answer.body, answer.headers["cache-control"]) == (b"<!doctype html>the page", "no-cache")
        again = console.answer(path, answer.headers["etag"])
        assert again is not None
        assert (again.status_code, again.body) == (304, b"")


def test_what_is_named_by_its_content_is_kept_for_ever(console: Console) -> None:
    answer = console.answer("assets/index-1a2b.js", None)
    assert answer is not None
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["../secret.txt", "assets/../../secret.txt", "way-out.txt", "/etc/host.conf", ".stamp", "assets/gone.js"]
)
def test_no_path_leads_out_of_the_build(console: Console, path: str) -> None:
    assert console.answer(path, None) is None


def test_the_policy_lets_a_page_speak_to_here_and_to_the_place_to_sign_in_alone(console: Console) -> None:
    answer = console.answer("index.html", None)
    assert answer is not None
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' https://keys.example"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_platform_whose_console_was_never_built_says_how_to_build_it(tmp_path: Path) -> None:
    answer = Console(read_built(tmp_path / "nothing")).answer("collections", None)
    assert answer is not None
    assert b"make console" in answer.body
    assert b"<script" not in answer.body
    assert answer.headers["cache-control"] == "no-store"


async def test_a_browser_is_led_to_the_console_without_a_credential(running: Running) -> None:
    async with running.client() as client:
        front = await client.get("/")
        assert (front.status_code, front.headers["location"]) == (307, "/console")
        page = await client.get("/console")
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["x-content-type-options"] == "nosniff"
        lost = await client.get("/console/%2e%2e/settings.py")
        assert lost.status_code == 404


async def test_how_to_sign_in_is_said_without_a_secret(running: Running) -> None:
    async with running.client() as client:
        answer = await client.get("/v1/auth/sign-in")
    assert answer.json()["data"] == {"oidc": None}


def test_where_people_sign_in_is_told_only_if_browsers_have_a_client_there() -> None:
    connected: dict[str, Any] = {"url": "https://inside.example", "issuer": "https://keys.example", "audience": "grid"}
    assert ScaiKeySettings(**connected).browser_issuer == ""
    assert ScaiKeySettings(**connected, console_client_id="console").browser_issuer == "https://keys.example"
