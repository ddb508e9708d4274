"""The OpenAPI description, as somebody reads it who writes a client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fuzz.world import furnish
from tests.world.people import Organisation, organisation
from tests.world.platform import Running

Said = dict[str, Any]
_OPTIONAL = {"ErrorRead", "Problem"}  # what they leave out is not there to be said


@pytest.fixture
async def described(running: Running) -> Said:
    async with running.client() as anybody:
        answer = await anybody.get("/openapi.json")
    made: Said = answer.json()
    return made


def operations(described: Said) -> Iterator[tuple[str, str, Said]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_operation_says_what_it_is(described: Said) -> None:
    known = {tag["name"] for tag in described["tags"]}
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(described):
        assert set(operation["tags"]) <= known, (method, path)
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert {"4XX", "5XX"} <= operation["responses"].keys(), (method, path)
        for status, response in operation["responses"].items():
            assert status in {"204", "304"} or response["content"], (method, path, status)


def test_every_parameter_is_described_and_bounded(described: Said) -> None:
    for path, method, operation in operations(described):
        named = [(parameter["name"], parameter["in"]) for parameter in operation.get("parameters", ())]
        assert len(named) == len(set(named)), (method, path)
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (method, path, parameter["name"])
            if parameter["name"] not in {"If-Match", "If-None-Match"}:
                assert not list(unbounded(parameter["schema"])), (method, path, parameter["name"])


def test_every_text_that_is_sent_has_a_bound(described: Said) -> None:
    sent = ("Create", "Patch", "Put", "Write")
    for name, schema in described["components"]["schemas"].items():
        if name.endswith(sent):
            assert not list(unbounded(schema)), (name, list(unbounded(schema)))


def test_what_is_read_always_has_all_its_fields(described: Said) -> None:
    for name, schema in described["components"]["schemas"].items():
        if name.endswith("Read") and name not in _OPTIONAL and "properties" in schema:
            assert set(schema["required"]) == set(schema["properties"]), name


def test_no_shape_is_named_after_its_room(described: Said) -> None:
    assert not [name for name in described["components"]["schemas"] if name.startswith("app__")]


def test_a_credential_is_wanted_wherever_the_description_says_so(described: Said) -> None:
    assert "bearer" in described["components"]["securitySchemes"]
    free = {operation["operationId"] for _, _, operation in operations(described) if "security" not in operation}
    signed = {"take_scaikey_event", "trigger_crawl"}
    doors = {"health", "livez", "ready", "readyz", "metrics", "get_sign_in"}
    assert free == {*doors, "get_model_avatar", "get_persona_avatar", *signed}


async def test_a_version_is_shown_just_where_the_description_says_so(
    running: Running, acme: Organisation, root: httpx.AsyncClient, described: Said
) -> None:
    other = await organisation(running)
    names = await furnish(acme, other, root)
    tried = 0
    for path, method, operation in operations(described):
        if method != "get" or "{" not in path or "304" not in operation["responses"]:
            continue
        group = names["chosen"] if "model-groups" in path else names["group_id"]
        named = path
        for name, values in {**names, "group_id": group}.items():
            named = named.replace(f"{{{name}}}", values[0])
        acting = {"tenant_id": acme.id} if "/modules/" in path or "/evals/" in path else {}
        answer = await root.get(named, params=acting)
        assert answer.status_code == 200, (named, answer.text)
        again = await root.get(named, params=acting, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304, named
        tried += 1
    assert tried > 10
    for path in ("/v1/me", "/v1/modules/scaimatrix/config", f"/v1/api-keys/{names['key_id'][0]}"):
        assert "etag" not in (await root.get(path)).headers
    await other.aclose()


async def test_every_path_names_its_methods_where_another_is_tried(root: httpx.AsyncClient, described: Said) -> None:
    for path, methods in described["paths"].items():
        refused = await root.request("TRACE", path.replace("{", "").replace("}", ""))
        named = {method.upper() for method in methods} | ({"HEAD"} if "get" in methods else set())
        assert (refused.status_code, set(refused.headers["allow"].split(", "))) == (405, named), path


async def test_nothing_is_given_without_a_credential(running: Running, described: Said) -> None:
    async with running.client() as nobody:
        for path, method, operation in operations(described):
            if "security" in operation:
                answer = await nobody.request(method, path.replace("{", "").replace("}", ""), json={})
                assert answer.status_code == 401, (method, path)


def unbounded(schema: Any, place: str = "") -> Iterator[str]:
    """Where a schema takes a text of any length."""
    if isinstance(schema, dict):
        if schema.get("type") == "string" and not {"maxLength", "enum", "const", "format", "pattern"} & schema.keys():
            yield place
        for name, part in schema.items():
            yield from unbounded(part, f"{place}/{name}")
    elif isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from unbounded(part, f"{place}/{number}")
