"""Roof, command line: what a starting server says to the person who started it."""

from __future__ import annotations

from collections.abc import Iterator

from app.serving import Prepared
from app.settings import Settings


def greeting(settings: Settings, prepared: Prepared) -> str:
    """Say where the server is, which parts are embedded, whose keys there are and what to try next."""
    return "\n".join(_lines(settings, prepared))


def _lines(settings: Settings, prepared: Prepared) -> Iterator[str]:
    address = f"http://{settings.host}:{settings.port}"
    yield ""
    yield f"  ScaiGrid serves at {address}   (Ctrl-C stops it)"
    yield f"  The console is at {address}/console"
    yield f"  {_parts(settings)}"
    if prepared.made_key:
        yield ""
        yield f"  Super-admin key, shown this once: {prepared.made_key}"
    if prepared.demo:
        yield ""
        yield "  The demo tenant:"
        for person, key in prepared.demo:
            yield f"    {person.name:<5} {person.does:<17} {key}"
        yield from _next_steps(address, prepared.demo[1][1])
    yield ""


def _parts(settings: Settings) -> str:
    database = "" if settings.embedded_database else "MariaDB"
    parts = {
        "database": database,
        "vectors": "Weaviate" if settings.weaviate_url else "",
        "graphs": "Neo4j" if settings.neo4j_url else "",
        "files": "S3" if settings.s3_bucket else "",
        "jobs": "Celery" if settings.broker_url.get_secret_value() else "",
        "rate counters": "Redis" if settings.redis_url.get_secret_value() else database,
        "groups": "ScaiKey" if settings.scaikey.url else "",
        "local models": "",
    }
    embedded = ", ".join(part for part, where in parts.items() if not where)
    elsewhere = ", ".join(f"{part} in {where}" for part, where in parts.items() if where)
    return f"Embedded: {embedded}; state in {settings.home}." + (f" Elsewhere: {elsewhere}." if elsewhere else "")


def _next_steps(address: str, key: str) -> Iterator[str]:
    yield ""
    yield "  Try, a few seconds from now, when the demo's documents have been read:"
    yield f"    curl -s {address}/v1/me -H 'Authorization: Bearer {key}'"
    yield f"    curl -s {address}/oai/v1/chat/completions -H 'Authorization: Bearer {key}' \\"
    yield '      -H \'Content-Type: application/json\' -d \'{"model": "tenant/demo/guide", "messages": ['
    yield '        {"role": "user", "content": "How long do refunds take?"}]}\''
    yield f"    {address}/docs lists every operation"
