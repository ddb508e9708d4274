"""Tables say of runs what their API says: judged numbers marked, withheld answers counted, leaks not to be missed."""

from __future__ import annotations

from typing import Any

from evals.gates import Gate
from evals.run_tables import comparison_table, gate_rows, gate_table, numbers_of, run_table

RUN = {
    "id": "run_1", "config_hash": "abcdef" * 10, "status": "capped", "stopped_by": "max_cost", "leaks": 2,
    "done": 3, "total": 4, "failed": 1, "tokens": 1200, "cost": "0.5",
}  # fmt: skip


def metric(name: str, value: float, *, judged: bool = False) -> dict[str, Any]:
    return {"metric": name, "judged": judged, "n": 3, "value": value, "low": value / 2, "high": value}


def summary(reader_id: str | None, *metrics: dict[str, Any]) -> dict[str, Any]:
    counts = {"answers": 3, "failed": 1, "leaked": 2, "refused": 0, "tokens": 1200, "cost": "0.5"}
    return {"reader_id": reader_id, **counts, "metrics": list(metrics)}


SAID = {
    "run": RUN,
    "withheld": 1,
    "summaries": [
        summary(None, metric("recall@5", 0.8), metric("judge.faithfulness", 0.5, judged=True), metric("p95_ms", 812.4)),
        summary("usr_ada", metric("recall@5", 0.9)),
        summary("usr_ben", metric("recall@5", 0.7), metric("p95_ms", 900)),
    ],
}


def test_a_run_is_said_with_its_numbers_by_reader() -> None:
    lines = run_table(SAID).splitlines()
    assert "capped by max_cost" in lines[0]
    assert "2 LEAKS" in lines[0]
    assert lines[1].startswith("1 answers are withheld")
    rows = {line.split()[-4] if len(line.split()) >= 4 else line: line.split() for line in lines}
    assert rows["recall@5"][-3:] == ["0.800", "0.400-0.800", "3"]
    assert "~ judge.faithfulness" in "\n".join(lines)
    assert next(line.split() for line in lines if line.startswith("p95_ms")) == ["p95_ms", "-", "900"]
    assert lines[-1].startswith("~ is what a model says")


def test_a_gate_shows_all_that_it_asks_for_said_or_not() -> None:
    found = numbers_of(SAID)
    assert (found["recall@5"], found["leaks"], found["failed"], found["tokens"], found["cost"]) == (
        0.8,
        2,
        1,
        1200,
        0.5,
    )
    rows = gate_rows(Gate({"recall@5": 0.75, "mrr@10": 0.5}, {"p95_ms": 900.0}), found)
    assert {row.metric: row.passed for row in rows} == {
        "recall@5": True,
        "mrr@10": False,
        "leaks": False,
        "p95_ms": True,
        "failed": False,
    }
    table = gate_table(rows)
    assert "not measured" in table
    assert table.count("FAILED") == 3
    assert numbers_of({"summaries": []}) == {}


def test_a_comparison_names_what_is_sure_and_what_was_left_out() -> None:
    numbers = {"pairs": 5, "cases": 5, "before": 0.8, "after": 0.6, "difference": -0.2, "low": -0.3, "high": -0.1}
    counted = {"better": 0, "worse": 2, "same": 3}
    said = {
        "before": {"id": "run_1"}, "after": {"id": "run_2"}, "pairs": 5,
        "only_before": 0, "only_after": 3, "altered": 0, "better": 0, "worse": 2, "mixed": 0, "same": 3,
        "metrics": [
            {"metric": "recall@5", "judged": False, **numbers, **counted, "verdict": "worse"},
            {"metric": "judge.faithfulness", "judged": True, **numbers, **counted, "verdict": "undecided"},
        ],
    }  # fmt: skip
    lines = comparison_table(said).splitlines()
    assert lines[3].split() == ["recall@5", "0.800", "0.600", "-0.2", "-0.300", "to", "-0.100", "5", "0", "2", "worse"]
    assert lines[4].split()[-1] == "2"
    assert "not compared: 3 only in the second, or withheld" in lines
    assert lines[-1].startswith("~ is what a model says")
