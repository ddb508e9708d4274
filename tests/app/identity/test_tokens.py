"""A token is the provider's word, for us, now, or it is nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from sqlalchemy import select

from app.audit.tables import AuditEvent
from app.db.tenancy import Reach
from tests.world.people import Organisation, organisation
from tests.world.platform import Running, fresh, unique
from tests.world.scaikey import AUDIENCE, ISSUER, ScaiKey, elliptic, rsa, scaikey


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[ScaiKey]:
    async with scaikey() as provider:
        yield provider


@pytest.fixture(scope="module")
async def joined(provider: ScaiKey) -> AsyncIterator[Running]:
    """A platform that takes the provider's tokens."""
    where = {"url": provider.url, "issuer": ISSUER, "audience": AUDIENCE}
    async with fresh(scaikey=where) as platform:
        yield platform


@pytest.fixture
async def ours(joined: Running) -> AsyncIterator[Organisation]:
    """A tenant the provider knows by the external id `ext-<slug>`."""
    made = await organisation(joined)
    async with joined.client(joined.root_key) as root:
        body = {"slug": unique("joined"), "display_name": "Joined", "partner_id": made.partner_id}
        answer = await root.post("/v1/tenants", json=body | {"external_id": f"ext-{body['slug']}"})
        assert answer.status_code == 201, answer.text
    tenant = answer.json()["data"]
    yield Organisation(joined, tenant["id"], tenant["slug"], tenant["partner_id"])
    await made.aclose()


def external(tenant: Organisation) -> str:
    return f"ext-{tenant.slug}"


async def me(joined: Running, token: str) -> httpx.Response:
    async with joined.client(token) as client:
        return await client.get("/v1/me")


def encoded(said: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


async def test_the_first_good_token_makes_the_user_with_the_default_role(
    joined: Running, provider: ScaiKey, ours: Organisation
) -> None:
    token = provider.token("ada", external(ours), email="Ada@Example.com", name="Ada")
    said = (await me(joined, token)).json()["data"]
    assert (said["email"], said["name"], said["roles"]) == ("ada@example.com", "Ada", ["tenant_user"])
    assert said["tenant_id"] == ours.id
    again = (await me(joined, provider.token("ada", external(ours)))).json()["data"]
    assert again["id"] == said["id"]


async def test_roles_come_from_the_row_and_never_from_the_token(
    joined: Running, provider: ScaiKey, ours: Organisation
) -> None:
    boast: dict[str, Any] = {"roles": ["super_admin"], "permissions": ["admin:access"], "scope": "admin:access"}
    said = (await me(joined, provider.token("boaster", external(ours), **boast))).json()["data"]
    assert said["roles"] == ["tenant_user"]
    assert "admin:access" not in said["permissions"]


async def test_a_new_address_or_name_is_taken_over(joined: Running, provider: ScaiKey, ours: Organisation) -> None:
    first = (await me(joined, provider.token("eve", external(ours), email="eve@a.example", name="Eve"))).json()["data"]
    moved = provider.token("eve", external(ours), email="eve@b.example", name="Eve B.")
    second = (await me(joined, moved)).json()["data"]
    assert (second["id"], second["email"], second["name"]) == (first["id"], "eve@b.example", "Eve B.")


async def test_a_token_with_the_address_of_a_local_user_takes_nothing_over(
    joined: Running, provider: ScaiKey, ours: Organisation
) -> None:
    chief = await ours.person("chief", "tenant_admin")
    said = (await me(joined, provider.token("impostor", external(ours), email=chief.email))).json()["data"]
    assert said["id"] != chief.id
    assert said["roles"] == ["tenant_user"]
    assert said["email"].endswith(".invalid")
    late = provider.token("latecomer", external(ours), email="late@example.com")
    before = (await me(joined, late)).json()["data"]
    after = (await me(joined, provider.token("latecomer", external(ours), email=chief.email.upper()))).json()["data"]
    assert (after["id"], after["email"]) == (before["id"], "late@example.com")


async def test_the_same_subject_of_another_tenant_is_another_person(
    joined: Running, provider: ScaiKey, ours: Organisation
) -> None:
    async with joined.client(joined.root_key) as root:
        body = {"slug": unique("other"), "display_name": "Other", "partner_id": ours.partner_id}
        other = (await root.post("/v1/tenants", json=body | {"external_id": unique("ext")})).json()["data"]
    here = (await me(joined, provider.token("twin", external(ours)))).json()["data"]
    there = (await me(joined, provider.token("twin", other["external_id"]))).json()["data"]
    assert here["id"] != there["id"]
    assert there["tenant_id"] == other["id"]


async def test_a_user_made_beforehand_is_found_by_the_external_id(
    joined: Running, provider: ScaiKey, ours: Organisation
) -> None:
    async with joined.client(joined.root_key) as root:
        body = {"email": "pre@example.com", "name": "Pre", "roles": ["tenant_viewer"], "external_id": "pre-1"}
        made = (await root.post("/v1/users", json=body | {"tenant_id": ours.id})).json()["data"]
    said = (await me(joined, provider.token("pre-1", external(ours)))).json()["data"]
    assert (said["id"], said["roles"]) == (made["id"], ["tenant_viewer"])


async def test_a_suspended_user_or_tenant_is_out_whatever_the_token_says(
    joined: Running, provider: ScaiKey, ours: Organisation
) -> None:
    token = provider.token("gone", external(ours))
    user = (await me(joined, token)).json()["data"]
    async with joined.client(joined.root_key) as root:
        await root.patch(f"/v1/users/{user['id']}", json={"status": "suspended"})
        assert (await me(joined, token)).json()["error"]["code"] == "AUTH_TOKEN_INVALID"
        renamed = provider.token("gone", external(ours), name="New name")
        assert (await me(joined, renamed)).status_code == 401
        await root.patch(f"/v1/users/{user['id']}", json={"status": "active"})
        assert (await me(joined, token)).status_code == 200
        await root.patch(f"/v1/tenants/{ours.id}", json={"status": "suspended"})
        assert (await me(joined, token)).status_code == 401
        assert (await me(joined, provider.token("newcomer", external(ours)))).status_code == 401


async def test_the_first_token_is_in_the_audit_trail(joined: Running, provider: ScaiKey, ours: Organisation) -> None:
    user = (await me(joined, provider.token("noted", external(ours)))).json()["data"]
    async with joined.platform.transactions.open(Reach.one(ours.id), writes=False) as transaction:
        event = await transaction.session.scalar(select(AuditEvent).where(AuditEvent.target_id == user["id"]))
    assert event is not None
    assert (event.action, event.actor_id) == ("user.created", user["id"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": ["another-service", "third"]},
        {"aud": None},
        {"exp": timedelta(seconds=-60)},
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"exp": float("inf")},
        {"nbf": timedelta(seconds=600)},
        {"nbf": "soon"},
        {"iat": timedelta(seconds=600)},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "s" * 191},
        {"tenant_id": "ext-nobody"},
        {"tenant_id": None},
        {"tenant_id": ["ext"]},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_a_token_with_a_wrong_claim_is_refused(
    joined: Running, provider: ScaiKey, ours: Organisation, wrong: dict[str, Any]
) -> None:
    now = int(time.time())  # of the test: the tests may have been collected long ago
    moments = {name: now + int(said.total_seconds()) for name, said in wrong.items() if isinstance(said, timedelta)}
    said: dict[str, Any] = {"sub": "ada", "tenant_id": external(ours)} | wrong | moments
    answer = await me(joined, _token(provider, said))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AUTH_TOKEN_INVALID")


def _token(provider: ScaiKey, said: dict[str, Any]) -> str:
    rest = {name: value for name, value in said.items() if name not in {"sub", "tenant_id"}}
    return provider.token(said["sub"], said["tenant_id"], **rest)


async def test_our_audience_may_be_one_of_several(joined: Running, provider: ScaiKey, ours: Organisation) -> None:
    assert (await me(joined, provider.token("multi", external(ours), aud=["other", AUDIENCE]))).status_code == 200


async def test_an_unsigned_token_is_refused(joined: Running, provider: ScaiKey, ours: Organisation) -> None:
    payload = provider.token("ada", external(ours)).split(".")[1]
    for algorithm in ("none", "None", "NONE", ""):
        for signature in ("", "AAAA"):
            header = encoded({"alg": algorithm, "kid": "first", "typ": "JWT"})
            assert (await me(joined, f"{header}.{payload}.{signature}")).status_code == 401


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
    joined: Running, provider: ScaiKey, ours: Organisation
) -> None:
    payload = provider.token("ada", external(ours)).split(".")[1]
    public = provider.keys[0]
    secrets = [public.as_pem(private=False), json.dumps(public.as_dict(private=False)).encode()]
    for algorithm in ("HS256", "RS256", "ES256"):
        for secret in secrets:
            signed = f"{encoded({'alg': algorithm, 'kid': 'first'})}.{payload}"
            mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
            forged = f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
            assert (await me(joined, forged)).status_code == 401


async def test_a_tampered_token_is_refused(joined: Running, provider: ScaiKey, ours: Organisation) -> None:
    header, payload, signature = provider.token("ada", external(ours)).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    tampered = encoded(claims | {"sub": "chief"})
    assert (await me(joined, f"{header}.{tampered}.{signature}")).status_code == 401
    with_key = encoded({"alg": "RS256", "kid": "first", "jwk": rsa("evil").as_dict(private=False)})
    assert (await me(joined, f"{with_key}.{payload}.{signature}")).status_code == 401


async def test_a_key_of_somebody_else_under_a_known_id_is_refused(
    joined: Running, provider: ScaiKey, ours: Organisation
) -> None:
    evil = rsa("first")
    header = {"alg": "RS256", "kid": "first", "jwk": evil.as_dict(private=False), "jku": "http://evil.example/jwks"}
    claims = json.loads(base64.urlsafe_b64decode(provider.token("ada", external(ours)).split(".")[1] + "=="))
    assert (await me(joined, jwt.encode(header, claims, evil))).status_code == 401
    for thief in (evil, elliptic("first")):
        assert (await me(joined, provider.token("ada", external(ours), key=thief))).status_code == 401


@pytest.mark.parametrize(
    "nonsense",
    ["x", "a.b.c", "..", "a.b", "a.b.c.d.e", "é.é.é", "Bearer", "[" * 9000 + "..", "eyJ." * 3, "A" * 20000 + ".A.A"],
    ids=lambda text: str(text)[:8],
)
async def test_nonsense_is_refused(joined: Running, nonsense: str) -> None:
    async with joined.client() as client:
        headers = {b"Authorization": b"Bearer " + nonsense.encode()}
        assert (await client.get("/v1/me", headers=headers)).status_code == 401


async def test_a_deeply_nested_token_is_refused(joined: Running) -> None:
    deep = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":' + b"[" * 5000 + b"]" * 5000 + b"}").decode().rstrip("=")
    assert (await me(joined, f"{deep}.e30.AAAA")).status_code == 401


async def test_without_scaikey_no_token_is_taken(running: Running, provider: ScaiKey) -> None:
    assert (await me(running, provider.token("ada", "ext"))).json()["error"]["code"] == "AUTH_TOKEN_INVALID"


async def test_groups_are_read_only_where_scaikey_keeps_them(joined: Running) -> None:
    async with joined.client(joined.root_key) as root:
        answer = await root.post("/v1/groups", json={"name": "Ours"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "GROUPS_ARE_MIRRORED")
        assert (await root.get("/v1/groups")).status_code == 200
        missing = await root.delete("/v1/groups/grp_none")
        assert missing.json()["error"]["code"] == "GROUP_NOT_FOUND"
