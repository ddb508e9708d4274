"""Roof, command line: runs of sets on a server: begun, followed, set side by side, and let through or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.remote import Exit, Refused, Remote, done, remote

if TYPE_CHECKING:
    from evals.gates import Gate

RUNS = "/v1/evals/runs"
PERSONAS = "/v1/modules/scaipersona/personas"
_PAUSE = 1.0
_Json = Annotated[bool, typer.Option("--json", help="Print what the server says, as one JSON document.")]
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
    as_json: _Json = False,
) -> None:
    """Put a set to a persona, or to a changed draft of it, and say what the answers are worth.

    Examples: scaigrid evals run refunds --persona support;
    scaigrid evals run refunds --persona support --change rag_top_k=12 --judge acme/large;
    scaigrid evals run refunds --persona support --gate gates.toml
    """
    asked = _gate_in(gate)
    caps = {"max_cost": max_cost, "max_tokens": max_tokens, "max_seconds": max_seconds}
    body: dict[str, Any] = {"set": set_, "readers": reader or [], "changes": _changes(change or [])}
    body |= {name: value for name, value in {"judge": judge, "note": note}.items() if value is not None}
    body["caps"] = {name: value for name, value in caps.items() if value is not None}
    body["ahead"] = ahead
    if estimate:
        typer.echo(_pretty(done(_estimated(persona, body))))
        return
    began = done(_begun(persona, body))
    typer.echo(f"{began['id']} has begun: {began['total']} answers", err=True)
    if not wait:
        typer.echo(_pretty(began) if as_json else began["id"])
        return
    _followed(began["id"], asked, as_json=as_json)


def watch(run_id: _Run, *, gate: _GateFile = None, as_json: _Json = False) -> None:
    """Wait for the end of a run, and say what its answers are worth."""
    _followed(run_id, _gate_in(gate), as_json=as_json)


def compare(
    before: Annotated[str, typer.Argument(help="Id of a run.")],
    after: Annotated[str, typer.Argument(help="Id of a later one.")],
    *,
    as_json: _Json = False,
) -> None:
    """Set two runs side by side, case by case; what chance may explain is called neither better nor worse."""
    from evals.run_tables import comparison_table

    said = done(_got(f"{RUNS}/{before}/compare/{after}"))
    typer.echo(_pretty(said) if as_json else comparison_table(said))


def gate(run_id: _Run, file: Annotated[Path, typer.Argument(help="A gates.toml.")], *, as_json: _Json = False) -> None:
    """Say whether a run reaches what a file asks for; exits with 6 if it does not."""
    asked = _gate_in(file)
    said = done(_got(f"{RUNS}/{run_id}"))
    if asked is not None:
        _judged(said, asked, as_json=as_json, alone=True)


def _followed(run_id: str, asked: Gate | None, *, as_json: bool) -> None:
    from evals.run_tables import run_table

    back = f"The run goes on; come back to it: scaigrid evals watch {run_id}"
    said = done(_ended(run_id), come_back=back)
    typer.echo(_pretty(said) if as_json else run_table(said))
    if asked is not None:
        _judged(said, asked, as_json=as_json)
    elif said["run"]["status"] != "completed" or said["run"]["leaks"]:
        raise typer.Exit(Exit.FAILED)


def _judged(said: Mapping[str, Any], asked: Gate, *, as_json: bool, alone: bool = False) -> None:
    """Say what is missing; a run that has not come to its end, or is not seen whole, passes no gate."""
    from evals.run_tables import gate_rows, gate_table, numbers_of

    if said["withheld"]:
        refused = f"{said['withheld']} answers are withheld from you; whoever may read all of them can ask the gate."
        typer.echo(f"scaigrid: {refused}", err=True)
        raise typer.Exit(Exit.NOT_ALLOWED)
    rows, status = gate_rows(asked, numbers_of(said)), said["run"]["status"]
    passed = status == "completed" and all(row.passed for row in rows)
    if as_json and alone:
        typer.echo(_pretty({"passed": passed, "status": status, "numbers": [asdict(row) for row in rows]}))
    else:
        typer.echo(gate_table(rows), err=not alone)
    if status != "completed":
        typer.echo(f"scaigrid: the run is {status}, not completed.", err=True)
    if not passed:
        raise typer.Exit(Exit.UNDER_THE_FLOOR)


async def _begun(persona: str, body: Mapping[str, Any]) -> Any:
    async with remote() as server:
        return await server.post(RUNS, {**body, "persona_id": await _persona(server, persona)})


async def _estimated(persona: str, body: Mapping[str, Any]) -> Any:
    async with remote() as server:
        return await server.post(f"{RUNS}/estimate", {**body, "persona_id": await _persona(server, persona)})


async def _got(path: str) -> Any:
    async with remote() as server:
        return await server.get(path)


async def _ended(run_id: str) -> Any:
    """Follow a run to its end, a line on the way wherever something was done."""
    async with remote() as server:
        while True:
            await _told(server, run_id)
            said = await server.get(f"{RUNS}/{run_id}")
            if said["run"]["finished_at"] is not None:
                return said
            await asyncio.sleep(_PAUSE)  # the server ended the stream before the run: it may be starting anew


async def _told(server: Remote, run_id: str) -> None:
    told = ""
    async for event in server.events(f"{RUNS}/{run_id}/events"):
        if event.name == "error":
            raise Refused(str(event.said.get("message", "The stream broke off.")), Exit.NOT_ALLOWED)
        line = _progress(event.said)
        if line != told:
            typer.echo(line, err=True)
        told = line


def _progress(said: Mapping[str, Any]) -> str:
    waiting = f"; waits: {said['waiting_for']}" if said.get("waiting_for") else ""
    counts = f"{said['answered']} of {said['total']} answered, {said['done']} done with, {said['failed']} failed"
    return f"{said['status']}: {counts}, {said['tokens']} tokens{waiting}"


async def _persona(server: Remote, named: str) -> str:
    """The id of a persona, by its id or its slug."""
    async for one in server.every(PERSONAS):
        if named in {one["id"], one["slug"]}:
            return str(one["id"])
    raise Refused(f"There is no persona {named!r} for you.", Exit.NOT_FOUND)


def _changes(said: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in said:
        name, is_there, value = one.partition("=")
        if not (name and is_there):
            raise typer.BadParameter(f"{one!r} is not name=value", param_hint="--change")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value  # a text needs no quotes
    return found


def _gate_in(path: Path | None) -> Gate | None:
    from evals.gates import read_gate

    return None if path is None else read_gate(path)


def _pretty(said: Any) -> str:
    return json.dumps(said, indent=2, ensure_ascii=False)
