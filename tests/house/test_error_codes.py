"""Every failure has a code with one meaning, a kind, and a sentence in the reference."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from app.cli.reference import import_everything, pages
from app.errors import Kind, PlatformError
from app.http.errors import STATUS_OF
from tests.house.sources import ROOT

import_everything()


def every_error() -> list[type[PlatformError]]:
    """Every class that can be answered; those that only stand between have no code."""
    found: list[type[PlatformError]] = []
    waiting = [PlatformError]
    while waiting:
        here = waiting.pop()
        waiting += here.__subclasses__()
        if hasattr(here, "code") and here.__module__.split(".")[0] != "tests":
            found.append(here)
    return sorted(found, key=lambda error: (error.code, error.__qualname__))


def named(error: type[PlatformError]) -> str:
    return f"{error.__module__}.{error.__qualname__}"


@pytest.mark.parametrize("error", every_error(), ids=named)
def test_an_error_says_its_code_its_kind_and_its_sentence(error: type[PlatformError]) -> None:
    assert re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", error.code)
    assert isinstance(error.kind, Kind)
    assert error.__doc__
    assert error.__doc__.strip().endswith(".")


def test_a_code_means_one_thing() -> None:
    """Classes share a code only if they are all kinds of one that has it, and then they share its status too."""
    by_code: dict[str, list[type[PlatformError]]] = defaultdict(list)
    for error in every_error():
        by_code[error.code].append(error)
    torn = [
        f"{code}: {named(one)} and {named(other)}"
        for code, errors in by_code.items()
        for one in errors
        for other in errors
        if one.kind is not other.kind or not (related(one, other, errors) or code in SHARED)
    ]
    assert torn == []


SHARED = {
    "INTERNAL_ERROR": "every fault of ours looks the same from outside",
    "VALIDATION_ERROR": "what is wrong is in the details",
}


def related(one: type[PlatformError], other: type[PlatformError], errors: list[type[PlatformError]]) -> bool:
    return any(issubclass(one, base) and issubclass(other, base) for base in errors)


def test_every_kind_has_a_status() -> None:
    assert set(STATUS_OF) == set(Kind)


def test_every_code_has_its_place_in_the_reference() -> None:
    written = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    assert [error.code for error in every_error() if f'<a id="{error.code}"></a>' not in written] == []
    assert written == pages()["errors.md"], "the code has changed since: make record"
