"""What a starting server says: which of its parts are embedded, and where the others are."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from app.cli.greeting import greeting
from app.serving import Prepared
from app.settings import Settings


def test_with_nothing_configured_every_part_is_embedded(tmp_path: Path) -> None:
    said = greeting(Settings(home=tmp_path), Prepared(None))
    assert "Embedded: database, vectors, graphs, files, jobs, rate counters, groups, local models" in said
    assert "Elsewhere" not in said


def test_without_redis_rates_are_counted_in_the_database_wherever_that_is(tmp_path: Path) -> None:
    said = greeting(Settings(home=tmp_path, database_url=SecretStr("mysql+aiomysql://me@db/grid")), Prepared(None))
    assert "Elsewhere: database in MariaDB, rate counters in MariaDB." in said


def test_each_part_that_is_elsewhere_is_named_with_its_place(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path,
        database_url=SecretStr("mysql+aiomysql://me:secret@db/grid"),
        redis_url=SecretStr("redis://:secret@counters/0"),
        broker_url=SecretStr("amqp://me:secret@queue//"),
        weaviate_url="http://vectors:8080",
        neo4j_url="bolt://graphs:7687",
        s3_bucket="files",
    )
    said = greeting(settings, Prepared(None))
    assert "Embedded: groups, local models" in said
    places = (
        "database in MariaDB, vectors in Weaviate, graphs in Neo4j, files in S3, jobs in Celery, rate counters in Redis"
    )
    assert f"Elsewhere: {places}." in said
    assert "secret" not in said
