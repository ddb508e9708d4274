"""Roof, command line: runs of sets on a server: begun, followed, set side by side, and let through or not."""

from __future__ import annotations

import json as jsons
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import naming
from app.cli.remote import Exit, asking
from app.cli.spoken import Json, as_json

if TYPE_CHECKING:
    from app.sdk import ScaiGrid
    from app.sdk.shapes.working import EvalRun
    from evals.gates import Gate

_PAUSE = 1.0
_GateFile = Annotated[
    Path | None, typer.Option("--gate", "--fail-below", help="A gates.toml; exits with 6 where it is not reached.")
]
_Run = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run.")]


def run(  # noqa: PLR0913 - an option is an argument
    set_: Annotated[str, typer.Argument(metavar="SET", help="Id or slug of a set.")],
    *,
    persona: Annotated[str, typer.Option(help="Id or slug of a persona.")],
    reader: Annotated[list[str] | None, typer.Option(help="Id or address; may be said again.")] = None,
    judge: Annotated[str | None, typer.Option(help="Slug of a model that judges.")] = None,
    change: Annotated[list[str] | None, typer.Option(help="A changed field, as name=JSON; may be said again.")] = None,
    max_cost: Annotated[str | None, typer.Option(help="Ends the run when it has cost so much.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Ends the run when it took so many tokens.")] = None,
    max_seconds: Annotated[int | None, typer.Option(help="Ends the run when it was worked on so long.")] = None,
    note: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    ahead: Annotated[bool, typer.Option(help="Ask what is built and held in place of what answers.")] = False,
    gate: _GateFile = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Only say what it would take.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait for its end.")] = True,
    json: Json = False,
) -> None:
    """Put a set to a persona, or to a changed draft of it, and say what the answers are worth.

    Examples:
      scaigrid evals run refunds --persona support
      scaigrid evals run refunds --persona support --change rag_top_k=12 --judge acme/large
      scaigrid evals run refunds --persona support --gate gates.toml
    """
    asked = _gate_in(gate)
    caps = {"max_cost": max_cost, "max_tokens": max_tokens, "max_seconds": max_seconds}
    body: dict[str, Any] = {"set": set_, "readers": reader or [], "changes": _changes(change or [])}
    body |= {name: value for name, value in {"judge": judge, "note": note}.items() if value is not None}
    body["caps"] = {name: value for name, value in caps.items() if value is not None}
    body["ahead"] = ahead
    with asking() as grid:
        body["persona_id"] = naming.persona(grid, persona).id
        if estimate:
            typer.echo(as_json(grid.evals.estimate(body)))
            return
        began = grid.evals.start(body)
    typer.echo(f"{began.id} has begun: {began.total} answers", err=True)
    if not wait:
        typer.echo(as_json(began.raw) if json else began.id)
        return
    _followed(began.id, asked, json=json)


def watch(run_id: _Run, *, gate: _GateFile = None, json: Json = False) -> None:
    """Wait for the end of a run, and say what its answers are worth."""
    _followed(run_id, _gate_in(gate), json=json)


def compare(
    before: Annotated[str, typer.Argument(help="Id of a run.")],
    after: Annotated[str, typer.Argument(help="Id of a later one.")],
    *,
    json: Json = False,
) -> None:
    """Set two runs side by side, case by case; what chance may explain is called neither better nor worse."""
    from evals.run_tables import comparison_table

    with asking() as grid:
        said = grid.evals.compare(before, after)
    typer.echo(as_json(said) if json else comparison_table(said))


def gate(run_id: _Run, file: Annotated[Path, typer.Argument(help="A gates.toml.")], *, json: Json = False) -> None:
    """Say whether a run reaches what a file asks for; exits with 6 if it does not."""
    asked = _gate_in(file)
    with asking() as grid:
        said = grid.evals.run(run_id)
    if asked is not None:
        _judged(said, asked, json=json, alone=True)


def _followed(run_id: str, asked: Gate | None, *, json: bool) -> None:
    from evals.run_tables import run_table

    back = f"The run goes on; come back to it: scaigrid evals watch {run_id}"
    with asking(come_back=back) as grid:
        said = _ended(grid, run_id)
    typer.echo(as_json(said) if json else run_table(said))
    if asked is not None:
        _judged(said, asked, json=json)
    elif said["run"]["status"] != "completed" or said["run"]["leaks"]:
        raise typer.Exit(Exit.FAILED)


def _judged(said: Mapping[str, Any], asked: Gate, *, json: bool, alone: bool = False) -> None:
    """Say what is missing; a run that has not come to its end, or is not seen whole, passes no gate."""
    from evals.run_tables import gate_rows, gate_table, numbers_of

    if said["withheld"]:
        refused = f"{said['withheld']} answers are withheld from you; whoever may read all of them can ask the gate."
        typer.echo(f"scaigrid: {refused}", err=True)
        raise typer.Exit(Exit.NOT_ALLOWED)
    rows, status = gate_rows(asked, numbers_of(said)), said["run"]["status"]
    passed = status == "completed" and all(row.passed for row in rows)
    if json and alone:
        typer.echo(as_json({"passed": passed, "status": status, "numbers": [asdict(row) for row in rows]}))
    else:
        typer.echo(gate_table(rows), err=not alone)
    if status != "completed":
        typer.echo(f"scaigrid: the run is {status}, not completed.", err=True)
    if not passed:
        raise typer.Exit(Exit.UNDER_THE_FLOOR)


def _ended(grid: ScaiGrid, run_id: str) -> Mapping[str, Any]:
    """Follow a run to its end, a line on the way wherever something was done."""
    told = ""
    while True:
        for run in grid.evals.follow(run_id):
            line = _progress(run)
            if line != told:
                typer.echo(line, err=True)
            told = line
        said = grid.evals.run(run_id)
        if said["run"]["finished_at"] is not None:
            return said
        time.sleep(_PAUSE)  # the server ended the stream before the run: it may be starting anew


def _progress(run: EvalRun) -> str:
    waiting = f"; waits: {run.waiting_for}" if run.waiting_for else ""
    counts = f"{run.answered} of {run.total} answered, {run.done} done with, {run.failed} failed"
    return f"{run.status}: {counts}, {run.tokens} tokens{waiting}"


def _changes(said: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in said:
        name, is_there, value = one.partition("=")
        if not (name and is_there):
            raise typer.BadParameter(f"{one!r} is not name=value", param_hint="--change")
        try:
            found[name] = jsons.loads(value)
        except ValueError:
            found[name] = value  # a text needs no quotes
    return found


def _gate_in(path: Path | None) -> Gate | None:
    from evals.gates import read_gate

    return None if path is None else read_gate(path)
