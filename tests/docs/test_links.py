"""Every link between the pages leads somewhere, and everything there is to do is found from the index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.webhooks.events import Event
from tests.house.sources import ROOT

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(\s*([^)\s]+)\s*\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r'^#+ (.+)$|<a id="([^"]+)">', re.MULTILINE)
MOST_LINES_TO_UNDERSTAND = 60


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Where a page leads to within the project: the file, and the place in it."""
    for target in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        path, _, place = target.partition("#")
        if not re.match(r"[a-z]+:", path):
            yield (page.parent / path).resolve() if path else page, place


def places(page: Path) -> set[str]:
    """What can be named behind a #."""
    found = _HEADING.findall(page.read_text(encoding="utf-8"))
    return {anchor or re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading, anchor in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = [str(there) for there, _ in links(page) if not there.exists()]
    assert dead == []
    assert [
        place for there, place in links(page) if place and there.suffix == ".md" and place not in places(there)
    ] == []


@pytest.mark.parametrize("folder", ["how-to", "reference", "understanding"])
def test_the_index_lists_every_page(folder: str) -> None:
    listed = {there for there, _ in links(DOCS / "README.md")}
    assert [page.name for page in sorted((DOCS / folder).glob("*.md")) if page not in listed] == []


def test_the_front_page_leads_to_the_index() -> None:
    assert DOCS / "README.md" in {there for there, _ in links(ROOT / "README.md")}


@pytest.mark.parametrize("page", sorted((DOCS / "understanding").glob("*.md")), ids=lambda page: page.name)
def test_what_is_to_be_understood_fits_a_screen_and_names_its_decisions(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= MOST_LINES_TO_UNDERSTAND
    assert any(there.parent == DOCS / "decisions" for there, _ in links(page))


def test_every_event_is_on_its_page() -> None:
    told = (DOCS / "reference/events.md").read_text(encoding="utf-8")
    assert [event for event in Event if f"| `{event}` |" not in told] == []
