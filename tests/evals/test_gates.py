"""Gates: numbers that are not reached, or not there, do not pass; a leak never does."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.gates import Gate, GateUnreadable, read_gate
from evals.hashing import configuration, hash_of, hash_of_set

PERSONA = {
    "model_slug": "local/quote",
    "system_prompt": "",
    "rag_enabled": True,
    "rag_strategy": "single_step",
    "rag_top_k": 5,
    "rag_min_score": 0,
    "rag_context_template": "$context",
    "rag_search_type": "hybrid",
    "grounding": "strict",
    "default_params": {"a": 1, "b": 2},
}
SOURCES = [
    {"source_type": "collection", "source_id": "col_2", "weight": 1},
    {"source_type": "collection", "source_id": "col_1", "weight": 2.5},
]


def missed(gate: Gate, **found: float | None) -> list[str]:
    return [one.sentence for one in gate.missed({name.replace("_at_", "@"): value for name, value in found.items()})]


def test_a_number_on_the_line_passes() -> None:
    gate = Gate({"recall@5": 0.75}, {"p95_ms": 4000})
    assert missed(gate, recall_at_5=0.75, p95_ms=4000.0, leaks=0) == []


def test_each_number_that_is_missed_is_said() -> None:
    gate = Gate({"recall@5": 0.75}, {"p95_ms": 4000})
    assert missed(gate, recall_at_5=0.74, p95_ms=4001.0, leaks=0) == [
        "recall@5 is under its floor of 0.75",
        "p95_ms is over its ceiling of 4000",
    ]


def test_what_was_not_measured_does_not_pass() -> None:
    assert missed(Gate({"recall@5": 0.0}), leaks=0) == ["recall@5 was not measured; the gate asks for it"]
    assert missed(Gate({"recall@5": 0.0}), recall_at_5=float("nan"), leaks=0) == ["recall@5 is under its floor of 0"]


def test_a_leak_never_passes_though_nothing_is_said_of_it() -> None:
    assert missed(Gate(), leaks=1) == ["leaks is over its ceiling of 0"]
    assert missed(Gate()) == ["leaks was not measured; the gate asks for it"]


def test_answers_that_could_not_be_got_do_not_pass_unless_some_are_allowed() -> None:
    assert missed(Gate(), leaks=0, failed=0) == []
    assert missed(Gate(), leaks=0, failed=2) == ["failed is over its ceiling of 0"]
    assert missed(Gate({}, {"failed": 2}), leaks=0, failed=2) == []


def test_a_file_of_gates_is_read(tmp_path: Path) -> None:
    path = tmp_path / "gates.toml"
    path.write_text('[floors]\n"recall@5" = 0.75\n[ceilings]\np95_ms = 4000\nleaks = 0\n')
    assert read_gate(path) == Gate({"recall@5": 0.75}, {"p95_ms": 4000.0, "leaks": 0.0})


@pytest.mark.parametrize(
    "text",
    [
        "[floors]\na = true",
        "[floors]\na = 'b'",
        "[floors]\na = nan",
        "[ceilings]\nleaks = 1",
        "[floors]\nleaks = 0",
        "[flors]\na = 1",
        "floors = 1",
        "[floors",
    ],
)
def test_a_gate_nobody_can_mean_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gates.toml"
    path.write_text(text)
    with pytest.raises(GateUnreadable):
        read_gate(path)


def test_the_same_configuration_has_one_hash_however_it_is_said() -> None:
    first = configuration(PERSONA, SOURCES)
    turned = configuration({**PERSONA, "rag_min_score": 0.0, "name": "other"}, list(reversed(SOURCES)))
    assert hash_of(first) == hash_of(turned)


@pytest.mark.parametrize("name", PERSONA)
def test_whatever_answers_depend_on_changes_the_hash(name: str) -> None:
    changed = configuration({**PERSONA, name: "another" if name != "rag_min_score" else 0.5}, SOURCES)
    assert hash_of(configuration(PERSONA, SOURCES)) != hash_of(changed)
    assert hash_of(configuration(PERSONA, SOURCES[:1])) != hash_of(configuration(PERSONA, SOURCES))


def test_a_set_is_the_same_in_any_order() -> None:
    assert hash_of_set({"a": "1", "b": "2"}) == hash_of_set({"b": "2", "a": "1"}) != hash_of_set({"a": "2", "b": "1"})
