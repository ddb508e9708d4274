"""What callers notice when the provider is away, rotates its keys, or signs with either algorithm."""

from __future__ import annotations

from app.db.tenancy import Reach
from app.identity.tables import Tenant
from tests.app.identity.asking import data, refusal
from tests.world.people import organisation
from tests.world.platform import Running, fresh
from tests.world.scaikey import AUDIENCE, ISSUER, elliptic, scaikey

EXTERNAL = "ext-here"


async def known_tenant(platform: Running) -> str:
    """A tenant the provider knows; returns the key of somebody in it."""
    made = await organisation(platform)
    async with platform.platform.transactions.open(Reach.everywhere()) as transaction:
        (await transaction.session.get_one(Tenant, made.id)).external_id = EXTERNAL
    return made.people["user"].key


async def test_tokens_wait_for_an_absent_provider_and_keys_do_not() -> None:
    async with scaikey() as provider:
        provider.away = True
        provider.keys.append(elliptic("curve"))
        where = {"url": provider.url, "issuer": ISSUER, "audience": AUDIENCE}
        async with fresh(scaikey=where) as platform:
            key = await known_tenant(platform)
            async with platform.client(key) as by_key:
                data(await by_key.get("/v1/me"))
            async with platform.client(provider.token("ada", EXTERNAL)) as by_token:
                answer = await by_token.get("/v1/me")
                assert refusal(answer) == (503, "SERVICE_UNAVAILABLE")
                assert answer.headers["retry-after"] == "5"
            assert provider.url not in answer.text


async def test_both_algorithms_are_taken_and_known_keys_outlive_the_provider() -> None:
    async with scaikey() as provider:
        provider.keys.append(elliptic("curve"))
        where = {"url": provider.url, "issuer": ISSUER, "audience": AUDIENCE}
        async with fresh(scaikey=where) as platform:
            await known_tenant(platform)
            seen = set()
            for away in (False, True):
                provider.away = away
                for key in provider.keys:
                    async with platform.client(provider.token("ada", EXTERNAL, key=key)) as client:
                        seen.add(data(await client.get("/v1/me"))["id"])
            assert len(seen) == 1
            assert provider.asked == 1
            unknown = provider.token("ada", EXTERNAL, key=elliptic("unheard-of"))
            async with platform.client(unknown) as client:
                assert refusal(await client.get("/v1/me")) == (503, "SERVICE_UNAVAILABLE")
