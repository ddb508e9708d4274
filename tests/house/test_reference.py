"""What is written about the settings and the API is what the code does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.cli.reference import pages
from app.settings import ScaiKeySettings, Settings
from app.telemetry.metrics import REGISTRY
from tests.house.sources import ROOT

REFERENCE = ROOT / "docs/reference"
Operation = tuple[str, str, dict[str, Any]]


def test_settings_are_documented() -> None:
    written = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    names = [f"SCAIGRID_{name.upper()}" for name in Settings.model_fields if name != "scaikey"]
    names += [f"SCAIGRID_SCAIKEY_{name.upper()}" for name in ScaiKeySettings.model_fields]
    assert [name for name in names if f"| `{name}` |" not in written] == []
    assert written == pages()["settings.md"], "the settings have changed since: make record"


def test_every_setting_has_a_sentence_and_no_secret_a_plain_type() -> None:
    fields = {**Settings.model_fields, **ScaiKeySettings.model_fields}
    fields.pop("scaikey")
    assert [name for name, field in fields.items() if not (field.description or "").endswith(".")] == []
    tellable = [name for name in fields if re.search(r"secret|bootstrap|password|database_url|redis_url", name)]
    assert [name for name in tellable if "SecretStr" not in str(fields[name].annotation)] == []


def test_commands_are_documented() -> None:
    written = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    assert written == pages()["cli.md"], "the commands have changed since: make record"


def test_openapi_is_as_recorded() -> None:
    written = (REFERENCE / "openapi.json").read_text(encoding="utf-8")
    assert json.loads(written) == json.loads(pages()["openapi.json"]), "the API has changed since: make record"


@pytest.mark.parametrize("page", ["operations.md", "metrics.md"])
def test_lists_are_as_recorded(page: str) -> None:
    assert (REFERENCE / page).read_text(encoding="utf-8") == pages()[page], "something has changed since: make record"


def test_every_metric_there_is_is_listed() -> None:
    declared = {metric.name for metric in REGISTRY.collect()}
    listed = {name.removesuffix("_total") for name in re.findall(r"^\| `(\w+)`", pages()["metrics.md"], re.MULTILINE)}
    assert listed == declared


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    """The description of the API as the code is now."""
    made: dict[str, Any] = json.loads(pages()["openapi.json"])
    return made


def operations(api: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_operation_has_a_name_of_its_own_and_a_sentence(api: dict[str, Any]) -> None:
    names = [operation.get("operationId", "") for _, _, operation in operations(api)]
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", name)] == []
    assert sorted(set(names)) == sorted(names)
    assert [path for path, _, operation in operations(api) if not operation.get("description")] == []


def test_every_path_is_written_one_way(api: dict[str, Any]) -> None:
    odd = [
        path
        for path in api["paths"]
        if path != path.rstrip("/") or path != path.lower() or "_" in path.partition("{")[0]
    ]
    assert odd == []


def shapes_answered(api: dict[str, Any]) -> set[str]:
    """The names of every shape of our own dialect that can be in a good answer."""
    waiting: list[Any] = [
        answer
        for path, _, operation in operations(api)
        for status, answer in operation["responses"].items()
        if status.startswith("2") and not path.startswith("/oai")
    ]
    found: set[str] = set()
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            place, _, name = str(here.get("$ref", "")).rpartition("/")
            if place.endswith("/schemas") and name not in found:
                found.add(name)
                waiting.append(api["components"]["schemas"][name])
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here
    return found


def test_every_field_of_an_answer_is_always_there(api: dict[str, Any]) -> None:
    schemas = api["components"]["schemas"]
    absent = {
        name: sorted(set(schemas[name].get("properties", {})) - set(schemas[name].get("required", ())))
        for name in shapes_answered(api)
    }
    assert {name: fields for name, fields in absent.items() if fields} == {}


def test_a_shape_that_is_read_is_not_the_one_that_is_sent(api: dict[str, Any]) -> None:
    sent = set(re.findall(r"schemas/(\w+)", json.dumps([each.get("requestBody") for _, _, each in operations(api)])))
    assert [name for name in sent if name.endswith("Read")] == []
