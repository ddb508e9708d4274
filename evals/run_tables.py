"""Measuring: runs, as their API shows them, as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.gates import LEAKS, Gate
from evals.report import aligned

_JUDGED = "~ is what a model says of the answers"
Said = Mapping[str, Any]


def run_table(said: Said) -> str:
    """A run: its numbers over everybody's answers with their intervals, and then by reader."""
    run, summaries = said["run"], said["summaries"]
    lines = [_head(run)]
    if said["withheld"]:
        lines.append(f"{said['withheld']} answers are withheld: they are made of what you may not read.")
    everybody = [one for one in summaries if one["reader_id"] is None]
    if everybody:
        lines += ["", *aligned([("", "mean", "95 %", "n"), *map(_metric, everybody[0]["metrics"])])]
        lines += ["", *aligned([*_by_reader(summaries)])]
    if any(metric["judged"] for one in everybody for metric in one["metrics"]):
        lines += ["", _JUDGED]
    return "\n".join(lines)


def comparison_table(said: Said) -> str:
    """Two runs: what is surely better or worse, and how many cases changed."""
    head = ("", "before", "after", "difference", "95 %", "cases", "better", "worse", "")
    lines = [
        f"{said['before']['id']} and then {said['after']['id']}: {said['pairs']} answers to the same questions",
        "",
        *aligned([head, *map(_difference, said["metrics"])]),
        "",
        f"cases: {said['better']} better, {said['worse']} worse, {said['mixed']} both, {said['same']} the same",
    ]
    beside = [f"{said[name]} {what}" for name, what in _BESIDE if said[name]]
    lines += [f"not compared: {', '.join(beside)}"] if beside else []
    lines += [_JUDGED] if any(metric["judged"] for metric in said["metrics"]) else []
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class GateRow:
    """One number that a gate asks for, and what was found."""

    metric: str
    limit: float
    ceiling: bool  # whether it is to be no more than that; else no less
    found: float | None
    passed: bool


def gate_rows(gate: Gate, found: Mapping[str, float]) -> list[GateRow]:
    """All that a gate asks for, what it asks for without saying so among it where that is missed."""
    missed = {(one.metric, one.above): one.asked for one in gate.missed(found)}
    limits = {(name, False): limit for name, limit in gate.floors.items()}
    limits |= {(name, True): limit for name, limit in {LEAKS: 0.0, **gate.ceilings}.items()}
    return [
        GateRow(name, limit, above, found.get(name), (name, above) not in missed)
        for (name, above), limit in {**limits, **missed}.items()
    ]


def gate_table(rows: Sequence[GateRow]) -> str:
    """What a gate asks for beside what was found."""
    cells = [
        (
            row.metric,
            f"{'<=' if row.ceiling else '>='} {row.limit:g}",
            "not measured" if row.found is None else f"{row.found:g}",
            "ok" if row.passed else "FAILED",
        )
        for row in rows
    ]
    return "\n".join(aligned([("", "asked", "found", ""), *cells]))


def numbers_of(said: Said) -> dict[str, float]:
    """The numbers of a run that gates ask for, by the names they have there."""
    everybody = next((one for one in said["summaries"] if one["reader_id"] is None), None)
    if everybody is None:
        return {}
    means = {metric["metric"]: float(metric["value"]) for metric in everybody["metrics"]}
    sums = {name: float(everybody[name]) for name in ("tokens", "cost", "failed")}
    return {**means, **sums, "leaks": float(everybody["leaked"])}


_BESIDE = (
    ("only_before", "only in the first, or withheld"),
    ("only_after", "only in the second, or withheld"),
    ("altered", "whose case says something else now"),
)


def _head(run: Said) -> str:
    ended = f"{run['status']} by {run['stopped_by']}" if run["stopped_by"] else str(run["status"])
    leaks = "no leaks" if not run["leaks"] else f"{run['leaks']} LEAKS"
    counts = f"{run['done']} of {run['total']} done, {run['failed']} without an answer, {leaks}"
    return f"{run['id']} ({run['config_hash'][:12]}): {ended}; {counts}; {run['tokens']} tokens, cost {run['cost']}"


def _metric(said: Said) -> tuple[str, ...]:
    between = f"{_number(said['low'])}-{_number(said['high'])}"
    return (_name(said), _number(said["value"]), between, str(said["n"]))


def _by_reader(summaries: Sequence[Said]) -> Iterator[tuple[str, ...]]:
    names = list(dict.fromkeys(metric["metric"] for one in summaries for metric in one["metrics"]))
    readers = [one for one in summaries if one["reader_id"] is not None]
    yield ("by reader", *(str(one["reader_id"]) for one in readers))
    yield ("answers", *(str(one["answers"]) for one in readers))
    yield ("leaked", *(str(one["leaked"]) for one in readers))
    for name in names:
        each = [{metric["metric"]: metric["value"] for metric in one["metrics"]} for one in readers]
        yield (name, *(_number(found[name]) if name in found else "-" for found in each))


def _difference(said: Said) -> tuple[str, ...]:
    between = f"{_number(said['low'])} to {_number(said['high'])}"
    numbers = (_number(said["before"]), _number(said["after"]), f"{float(said['difference']):+.4g}")
    verdict = "" if said["verdict"] in {"same", "undecided"} else said["verdict"]
    return (_name(said), *numbers, between, str(said["cases"]), str(said["better"]), str(said["worse"]), verdict)


def _name(said: Said) -> str:
    return f"{'~ ' if said['judged'] else '  '}{said['metric']}"


def _number(value: float) -> str:
    number = float(value)
    return f"{number:.3f}" if abs(number) < 10 else f"{number:.0f}"
