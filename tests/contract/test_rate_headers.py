"""Every authenticated answer says how its caller stands, were it that nothing is limited."""

from __future__ import annotations

from tests.world.people import Organisation


async def test_where_limits_are_off_they_are_said_to_be_zero(acme: Organisation) -> None:
    for path in ("/v1/me", "/v1/modules/scaimatrix/collections", "/oai/v1/models", "/v1/users/usr_nobody"):
        answer = await acme.client("admin").get(path)
        said = [answer.headers[f"x-scaigrid-ratelimit-{name}"] for name in ("limit", "remaining", "reset")]
        assert said == ["0", "0", "0"], path
