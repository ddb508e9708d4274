"""One caller's share of the fuzzing, in a process of its own; its order comes as JSON on stdin."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import schemathesis
import schemathesis.specs.openapi.checks  # the checks of its name are known once it is read
from hypothesis import strategies as st
from schemathesis import checks, engine, openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

# Left out, and why. positive_data_acceptance: what is well formed may still name something that is not there, is
# taken, or costs too much. use_after_free, ensure_resource_availability: they guess which ids belong together.
# ignored_auth, unsupported_method, allow_header_conformance: tests of our own look at every path.
# missing_required_header: there are none.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
)
SEED = 20_260_101
_SHOWN = 600
_UPSTREAM = {  # what is behind these may fail, and then it is said
    "include-path-regex": "^/oai/v1/(chat|embeddings)|^/v1/inference/|/discover$|/from-scaidrive$|/scaidrive/shares$",
    "checks": {"not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "502", "503", "504"]}},
}
# These do not end by themselves, or only with what they tell of: one event of each is enough, or so long without any.
_ENDLESS = {
    "include-path-regex": "/(events|stream)$",
    "exclude-path-regex": "/audit/",
    "max-stream-events": 1,
    "request-timeout": 5,
}

_NAME, _MORE = (
    st.text(max_size=20),
    st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5)),
)
_LINE = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("node"), "name": _NAME}, optional={"labels": st.lists(_NAME), "properties": _MORE}
    ),
    st.fixed_dictionaries({"kind": st.just("edge"), "source_id": _NAME, "target_id": _NAME, "type": _NAME}),
    _MORE,
)
openapi.media_type(
    "application/x-ndjson", st.lists(_LINE).map(lambda lines: "\n".join(map(json.dumps, lines)).encode())
)
schemathesis.serializer.alias("application/x-ndjson", "text/plain")


@dataclass(frozen=True, slots=True)
class Order:
    """Whom to come as, and how much to ask of every operation."""

    url: str
    description: dict[str, Any]
    key: str | None
    examples: int
    coverage: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer that is not what the description promises, and how to ask for it again."""

    operation: str
    fault: str
    again: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attack has found, and the statuses it was answered with."""

    findings: list[Finding]
    statuses: dict[int, int]

    @classmethod
    def read(cls, said: bytes) -> Outcome:
        """Read what an attack in another process has said."""
        facts = json.loads(said)
        findings = [Finding(**finding) for finding in facts["findings"]]
        return cls(findings, {int(status): count for status, count in facts["statuses"].items()})


def attack(order: Order) -> Outcome:
    """Ask everything."""
    findings: dict[tuple[str, str], Finding] = {}
    statuses: Counter[int] = Counter()
    schema = openapi.from_dict(order.description, config=_config(order))
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            said = str(event.info if isinstance(event, events.NonFatalError) else event.exception)
            label = getattr(event, "label", "")
            findings[label, said[:80]] = Finding(label, said[:_SHOWN], "")
        elif isinstance(event, events.ScenarioFinished):
            statuses.update(seen.response.status_code for seen in event.recorder.interactions.values() if seen.response)
            for found in _failures(event):
                findings.setdefault((found.operation, found.fault.partition("\n")[0]), found)
    return Outcome(list(findings.values()), dict(statuses))


def _failures(event: events.ScenarioFinished) -> Iterator[Finding]:
    for results in event.recorder.checks.values():
        for result in results:
            if result.failure_info is not None:
                failure = result.failure_info.failure
                fault = f"{result.name}: {failure.title}\n{failure.message}"
                yield Finding(event.recorder.label, fault[:_SHOWN], result.failure_info.code_sample[:_SHOWN])


def _config(order: Order) -> SchemathesisConfig:
    chosen: dict[str, Any] = {name: {"enabled": name in CHECKS} for name in checks.CHECKS.get_all_names()}
    off = {"enabled": False}
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "base-url": order.url,
            "headers": {"Authorization": f"Bearer {order.key}"} if order.key else {},
            "continue-on-failure": True,
            "checks": chosen,
            "operations": [_UPSTREAM, _ENDLESS],
            "request-timeout": 30,
            "generation": {
                "max-examples": max(order.examples, 1),
                "no-shrink": True,
                "deterministic": True,
                "database": "none",
                "with-security-parameters": False,
            },
            "phases": {
                "examples": off,
                "stateful": off,
                "coverage": {"enabled": order.coverage, "unexpected-methods": []},
                "fuzzing": {"enabled": order.examples > 0},
            },
        }
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(attack(Order(**json.load(sys.stdin))))))
