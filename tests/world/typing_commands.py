"""Somebody who types commands, in this process: what they answer, and how they end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from app.cli.main import cli
from app.errors import CannotStart
from tests.house.sources import ROOT
from tests.world.people import Organisation

API: dict[str, Any] = json.loads((ROOT / "docs/reference/openapi.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Typed:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(slots=True)
class Typist:
    """One of the people of a tenant, at a terminal that is none."""

    acme: Organisation
    home: Path
    person: str = "admin"
    env: dict[str, str] = field(default_factory=dict)

    async def types(self, *words: str, stdin: str = "", **env: str) -> Typed:
        mine = {"SCAIGRID_URL": self.acme.running.url, "SCAIGRID_API_KEY": self.acme.people[self.person].key}
        around = {**mine, "XDG_CONFIG_HOME": str(self.home), **self.env, **env}
        return await typed(*words, stdin=stdin, **around)


async def typed(*words: str, stdin: str = "", **env: str) -> Typed:
    """What a command answers in this process; that it cannot start is said as by its outermost part."""
    done = await asyncio.to_thread(CliRunner().invoke, cli, list(words), input=stdin, env=env)
    if isinstance(done.exception, CannotStart):
        return Typed(2, done.stdout, f"{done.stderr}scaigrid: {done.exception}\n")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Typed(done.exit_code, done.stdout, done.stderr)


def faults(operation: str, said: Any, *, of_a_list: bool = False) -> Iterator[str]:
    """Where something is not as the recorded description says that an operation answers it."""
    yield from (f"{operation} {fault}" for fault in faults_of(_answered(operation, of_a_list=of_a_list), said))


def faults_of(schema: dict[str, Any], said: Any) -> Iterator[str]:
    """Where something is not of a shape, which may speak of shapes that are recorded."""
    validator = Draft202012Validator({**schema, "components": API["components"]})
    yield from (f"{error.json_path}: {error.message}" for error in validator.iter_errors(said))


def _answered(operation: str, *, of_a_list: bool) -> dict[str, Any]:
    found = next(one for path in API["paths"].values() for one in path.values() if one["operationId"] == operation)
    answer = next(one for status, one in found["responses"].items() if status.startswith("2"))
    data = _resolved(answer["content"]["application/json"]["schema"])["properties"]["data"]
    items = _resolved(data).get("properties", {}).get("items")
    schema: dict[str, Any] = items if of_a_list and items is not None else data
    return schema


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = API["components"]["schemas"][name] if name else schema
    return found
