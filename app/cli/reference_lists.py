"""Roof, command line: the reference pages that list: every operation of the API, and every metric."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

_METHODS = ("get", "post", "put", "patch", "delete")


def operations_page(description: dict[str, Any]) -> str:
    """Every operation by what it is about, with one sentence."""
    head = (
        "# Operations\n\nEvery operation, by what it is about. Shapes, statuses and limits are in "
        "[openapi.json](openapi.json), which a server\nserves at `/openapi.json`, and lists at `/docs`. "
        "Made by `make record`.\n"
    )
    tags = sorted({tag for _, _, said in _operations(description) for tag in said["tags"]})
    return head + "".join(_about(tag, description) for tag in tags)


def _about(tag: str, description: dict[str, Any]) -> str:
    rows = [
        f"| `{method.upper()} {path}` | `{said['operationId']}` | {_sentence(said['description'])} |\n"
        for path, method, said in _operations(description)
        if tag in said["tags"]
    ]
    return f"\n## {tag}\n\n| operation | `operationId` | what it does |\n|---|---|---|\n{''.join(rows)}"


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in sorted(description["paths"]):
        for method in _METHODS:
            if method in description["paths"][path]:
                yield path, method, description["paths"][path][method]


def _sentence(said: str) -> str:
    return " ".join(said.split("\n\n", maxsplit=1)[0].split()).replace("|", "\\|")


def metrics_page(registry: CollectorRegistry) -> str:
    """Every metric, as it was declared."""
    head = (
        "# Metrics\n\nWhat `GET /metrics` gives Prometheus, in base units. No label names a tenant or a person. "
        "Each process has its own\nnumbers: where several share a port, each answer is one of theirs. A histogram "
        "also has `_bucket`, `_sum` and `_count`.\nMade by `make record`.\n\n"
        "| metric | kind | labels | what it says |\n|---|---|---|---|\n"
    )
    return head + "".join(sorted(map(_metric, _declared(registry))))


def _declared(registry: CollectorRegistry) -> Iterator[MetricWrapperBase]:
    # The registry gives samples of what has happened; what was declared it keeps to itself.
    for one in registry._collector_to_names:
        if isinstance(one, MetricWrapperBase):
            yield one


def _metric(one: MetricWrapperBase) -> str:
    ((name, help_, kind),) = [(described.name, described.documentation, described.type) for described in one.describe()]
    shown = f"{name}_total" if kind == "counter" else name
    labels = ", ".join(f"`{label}`" for label in one._labelnames)
    return f"| `{shown}` | {kind} | {labels} | {help_} |\n"
