"""The locks pin everything, by hash, from no named place, and say what pyproject.toml says."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {"runtime": ("traces",), "dev": ("traces", "dev")}
HASH = re.compile(r"sha256:[0-9a-f]{64}")


def entries(lock: str) -> list[tuple[Requirement, list[str]]]:
    """Every package of a lock with its hashes."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text().replace("\\\n", " ")
    split = [line.split("--hash=") for line in text.splitlines()]
    return [(Requirement(first), [each.strip() for each in hashes]) for first, *hashes in split]


def pins(lock: str) -> dict[str, set[str]]:
    """The versions of every package; a marker may split one package into several."""
    found: dict[str, set[str]] = {}
    for requirement, _ in entries(lock):
        (only,) = requirement.specifier
        found.setdefault(canonicalize_name(requirement.name), set()).add(only.version)
    return found


def declared(lock: str) -> list[Requirement]:
    """What pyproject.toml asks of a lock directly."""
    optional = PROJECT["optional-dependencies"]
    return [Requirement(line) for line in (*PROJECT["dependencies"], *(r for e in EXTRAS[lock] for r in optional[e]))]


@pytest.mark.parametrize("lock", EXTRAS)
def test_every_package_is_pinned_to_one_version_by_hash(lock: str) -> None:
    for requirement, hashes in entries(lock):
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], requirement
        assert requirement.url is None, requirement
        assert hashes, requirement
        assert all(HASH.fullmatch(each) for each in hashes), requirement


@pytest.mark.parametrize("lock", EXTRAS)
def test_no_lock_names_a_place_to_download_from(lock: str) -> None:
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines()
    assert [line for line in lines if "://" in line or line.startswith("-")] == []


@pytest.mark.parametrize("lock", EXTRAS)
def test_every_direct_dependency_is_pinned_within_its_range(lock: str) -> None:
    pinned = pins(lock)
    for requirement in declared(lock):
        versions = pinned.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement} is not in the {lock} lock: make lock"
        assert all(version in requirement.specifier for version in versions), f"{requirement}: make lock"


def test_tests_run_on_what_is_shipped() -> None:
    dev = pins("dev")
    assert {name: versions for name, versions in pins("runtime").items() if dev.get(name) != versions} == {}


@pytest.mark.parametrize("folder", ["app/console/web", "tests/javascript"])
def test_what_npm_installs_is_locked_by_hash_and_from_no_named_place(folder: str) -> None:
    text = (ROOT / folder / "package-lock.json").read_text()
    packages = {name: said for name, said in json.loads(text)["packages"].items() if name}
    assert packages
    assert [name for name, said in packages.items() if not said["integrity"].startswith("sha512-")] == []
    assert "://" not in text
    assert '"resolved"' not in text
