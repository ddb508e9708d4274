"""Keys are read when they are needed, never too often, and known ones outlive an absent provider."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.clock import FixedClock
from app.identity.errors import ProviderAway
from app.identity.provider_keys import FRESH, MOST_BYTES, MOST_UNKNOWN, PAUSE, ProviderKeys, usable_keys
from tests.world.patience import PATIENCE, eventually, until
from tests.world.scaikey import ScaiKey, elliptic, rsa, scaikey


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
async def provider() -> AsyncIterator[ScaiKey]:
    async with scaikey() as provider:
        yield provider


@pytest.fixture
async def keys(provider: ScaiKey, clock: FixedClock) -> AsyncIterator[ProviderKeys]:
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
        made = ProviderKeys(provider.url, clock, client)
        yield made
        await made.aclose()


async def test_the_keys_are_read_once_and_kept(keys: ProviderKeys, provider: ScaiKey) -> None:
    assert await keys.find("first") is not None
    assert await keys.find("first") is not None
    assert provider.asked == 1


async def test_a_new_key_is_found_at_once(keys: ProviderKeys, provider: ScaiKey) -> None:
    await keys.find("first")
    provider.keys.append(elliptic("second"))
    assert await keys.find("second") is not None
    assert provider.asked == 2


async def test_an_unknown_key_is_looked_for_once_in_a_while(
    keys: ProviderKeys, provider: ScaiKey, clock: FixedClock
) -> None:
    await keys.find("first")
    for _ in range(20):
        assert await keys.find("unknown") is None
    assert provider.asked == 2
    clock.advance(PAUSE)
    assert await keys.find("unknown") is None
    assert provider.asked == 3


async def test_made_up_keys_do_not_make_us_ask_for_ever(
    keys: ProviderKeys, provider: ScaiKey, clock: FixedClock
) -> None:
    await keys.find("first")
    for number in range(50):
        assert await keys.find(f"made-up-{number}") is None
    assert provider.asked == 1 + MOST_UNKNOWN
    assert await keys.find("first") is not None


async def test_requests_that_need_the_keys_together_share_one_reading(keys: ProviderKeys, provider: ScaiKey) -> None:
    provider.delay = 0.05
    found = await asyncio.gather(*(keys.find("first") for _ in range(20)))
    assert all(found)
    assert provider.asked == 1


async def test_a_caller_who_leaves_does_not_end_the_reading_of_the_others(
    keys: ProviderKeys, provider: ScaiKey
) -> None:
    provider.delay = 0.1
    leaving, staying = (asyncio.create_task(keys.find("first")) for _ in range(2))
    await asyncio.sleep(0.02)
    leaving.cancel()
    assert await staying is not None


async def test_a_known_key_goes_on_working_while_the_provider_is_away(
    keys: ProviderKeys, provider: ScaiKey, clock: FixedClock
) -> None:
    await keys.find("first")
    provider.away = True
    clock.advance(timedelta(days=1))
    assert await keys.find("first") is not None
    await asyncio.sleep(0.1)  # the reading beside it fails
    assert await keys.find("first") is not None


async def test_an_unknown_key_while_the_provider_is_away_is_a_matter_of_trying_later(
    keys: ProviderKeys, provider: ScaiKey, clock: FixedClock
) -> None:
    provider.away = True
    with pytest.raises(ProviderAway):
        await keys.find("first")
    provider.away = False
    with pytest.raises(ProviderAway):
        await keys.find("first")  # not asked again within the pause
    clock.advance(PAUSE)
    assert await keys.find("first") is not None


async def test_a_withdrawn_key_ends_without_a_restart(keys: ProviderKeys, provider: ScaiKey, clock: FixedClock) -> None:
    await keys.find("first")
    provider.keys = [rsa("second")]
    clock.advance(FRESH + timedelta(seconds=1))
    await keys.find("first")  # sets off the reading
    await until(lambda: provider.asked == 2)
    await eventually(lambda: keys.find("second"))
    assert await keys.find("first") is None


async def test_an_endless_key_set_is_not_read(keys: ProviderKeys, provider: ScaiKey) -> None:
    provider.padding = MOST_BYTES
    with pytest.raises(ProviderAway):
        await keys.find("first")


async def test_without_an_id_the_only_key_is_meant(keys: ProviderKeys, provider: ScaiKey, clock: FixedClock) -> None:
    await keys.find("first")
    assert await keys.find(None) is not None
    provider.keys.append(elliptic("second"))
    clock.advance(PAUSE)
    await keys.find("second")
    assert await keys.find(None) is None


def test_only_keys_that_may_verify_tokens_are_used() -> None:
    good = {key.kid: key.as_dict(private=False) for key in (rsa("rsa"), elliptic("ec"))}
    bad = [
        OctKey.generate_key(256, parameters={"kid": "secret"}).as_dict(private=True),
        rsa("for-encryption").as_dict(private=False) | {"use": "enc"},
        rsa("other-algorithm").as_dict(private=False) | {"alg": "PS256"},
        ECKey.generate_key("P-384", parameters={"kid": "other-curve"}).as_dict(private=False),
        {"kty": "RSA", "kid": "broken", "n": "?", "e": "AQAB"},
        {"kty": "RSA", "kid": ["a", "list"]},
        {"kid": "nothing"},
        "not a key",
        None,
    ]
    found = usable_keys({"keys": [*good.values(), *bad]})
    assert {kid: key.algorithm for kid, key in found.items()} == {"rsa": "RS256", "ec": "ES256"}


@pytest.mark.filterwarnings("ignore:Key size")
def test_a_weak_key_is_not_used() -> None:
    weak = RSAKey.generate_key(1024, parameters={"kid": "weak"})
    assert usable_keys({"keys": [weak.as_dict(private=False)]}) == {}
