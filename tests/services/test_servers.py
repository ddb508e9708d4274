"""The servers the other tests of this folder stand on are real, and leave nothing behind."""

import asyncio
from urllib.parse import urlsplit

import pytest
import redis.asyncio as aioredis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.services import servers

pytestmark = pytest.mark.services


async def answers(url: str, question: str) -> object:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.scalar(text(question))
    finally:
        await engine.dispose()


async def test_mariadb_keeps_every_letter(mariadb_url: str) -> None:
    assert await answers(mariadb_url, "SELECT CONCAT('grüße', ' ', '🦊')") == "grüße 🦊"
    assert await answers(mariadb_url, "SELECT @@character_set_database") == "utf8mb4"


async def test_a_fresh_database_is_empty_and_goes_again(mariadb_url: str) -> None:
    with servers.fresh_database(mariadb_url) as address:
        inside = address.render_as_string(hide_password=False)
        tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
        assert await answers(inside, tables) == 0
    gone = f"SHOW DATABASES LIKE '{address.database}'"
    assert await answers(mariadb_url, gone) is None


async def test_redis_answers(redis_url: str) -> None:
    async with aioredis.Redis.from_url(redis_url) as client:
        assert await client.ping() is True


async def test_rabbitmq_offers_to_log_in(rabbitmq_url: str) -> None:
    address = urlsplit(rabbitmq_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(servers.AMQP_GREETING)
    method_frame, connection_start = b"\1\0\0", b"\0\x0a\0\x0a"
    answer = await reader.read(1024)
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(method_frame)
    assert answer[7:11] == connection_start
    assert b"PLAIN" in answer


async def test_a_server_is_gone_when_its_block_fails() -> None:
    seen: list[str] = []
    try:
        with servers.redis_server() as address:
            seen.append(address)
            raise ZeroDivisionError
    except servers.ServerMissingError as missing:
        pytest.skip(str(missing))
    except ZeroDivisionError:
        assert not servers.redis_answers(seen[0])


async def test_a_missing_program_is_said_by_name() -> None:
    with pytest.raises(servers.ServerMissingError, match="no-such-server is not installed here"):
        servers.program("no-such-server")
