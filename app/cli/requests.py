"""Roof, command line: requests, and the whole story of one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.accounts import Since, since
from app.cli.remote import Exit, Stop, asking
from app.cli.spoken import Json, as_json, note, plain, say, table

if TYPE_CHECKING:
    from app.sdk import ScaiGrid
    from app.sdk.shapes.working import AuditEvent, CallStages, DocumentUse, UsageEntry

commands = typer.Typer(no_args_is_help=True, help="Requests: which models they called, what was done.")
_Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many.")]


@commands.command("list")
def list_requests(*, from_: Since = "1d", limit: _Limit = 50, json: Json = False) -> None:
    """List calls of models, the newest first."""
    with asking() as grid:
        found = list(islice(grid.usage.list(since=since(from_)), limit))
        say(as_json([one.raw for one in found])) if json else table(map(_row, found))


@commands.command()
def show(request_id: Annotated[str, typer.Argument(help="req_…, as answers carry it.")], *, json: Json = False) -> None:
    """Tell the story of one: each call of a model, what it went through, what was done and refused, and what it took.

    Examples:
      scaigrid requests show req_…
      scaigrid requests show req_… --json | jq '.calls[].cost'
    """
    with asking() as grid:
        calls, events = list(grid.usage.list(request_id=request_id)), _events(grid, request_id)
        if not (calls or events):
            raise Stop(f"Nothing that you may see is known of {request_id!r}.", Exit.NOT_FOUND)
        calls.reverse()
        passed = list(grid.usage.stages(request_id=request_id))[::-1]
        if json:
            told = None if events is None else [one.raw for one in events]
            known = {"calls": [one.raw for one in calls], "stages": [one.raw for one in passed], "events": told}
            say(as_json({"request_id": request_id, **known}))
            return
        _told(calls, events or [])
        for one in passed:
            say(f"{plain(one.model)} went through: {_through(one)}")
            table((plain(use.document_id), *_came(use)) for use in one.documents)
        if events is None:
            note("What it has changed is in the audit trail, which administrators may read.")


def _events(grid: ScaiGrid, request_id: str) -> list[AuditEvent] | None:
    """What was done and refused, as it came; None where one may not know."""
    from app.sdk import NotAllowed

    try:
        found = list(grid.audit.list(request_id=request_id))
    except NotAllowed:
        return None
    return found[::-1]


def _told(calls: list[UsageEntry], events: list[AuditEvent]) -> None:
    begun = min([*(one.created_at for one in calls), *(one.created_at for one in events)])
    who = next((one.user_id for one in calls), None) or next((one.actor_id for one in events), None)
    say(f"{begun:%Y-%m-%d %H:%M:%S} UTC, by {who or 'nobody known'}")
    steps = [(one.created_at, _step(one, begun)) for one in calls]
    steps += [(one.created_at, _deed(one, begun)) for one in events]
    table(step for _, step in sorted(steps))
    if calls:
        cost = sum((Decimal(one.cost) for one in calls), Decimal())
        tokens = f"{sum(one.input_tokens for one in calls)}+{sum(one.output_tokens for one in calls)} tokens"
        say(f"In all: {len(calls)} calls of models, {tokens}, cost {cost:f}")


def _through(one: CallStages) -> str:
    return " → ".join(f"{plain(stage.stage)} {stage.ms} ms" for stage in one.stages)


def _came(use: DocumentUse) -> tuple[str, ...]:
    return f"{use.found} found", f"{use.offered} offered", f"{use.cited} cited"


def _step(one: UsageEntry, begun: datetime) -> tuple[str, ...]:
    tokens = f"{one.input_tokens}+{one.output_tokens} tokens"
    first = "" if one.ttft_ms is None else f"first word after {one.ttft_ms:.0f} ms"
    took = f"{one.latency_ms:.0f} ms"
    return _after(one.created_at, begun), one.operation, one.model, one.outcome, took, first, tokens, f"cost {one.cost}"


def _deed(one: AuditEvent, begun: datetime) -> tuple[str, ...]:
    return _after(one.created_at, begun), one.action, one.target_id or "", one.outcome, "", "", "", ""


def _after(moment: datetime, begun: datetime) -> str:
    return f"+{(moment - begun).total_seconds() * 1000:.0f} ms"


def _row(one: UsageEntry) -> tuple[str, ...]:
    tokens = f"{one.input_tokens}+{one.output_tokens} tokens"
    moment = f"{one.created_at:%Y-%m-%d %H:%M:%S}"
    return moment, one.request_id, one.operation, one.model, one.outcome, f"{one.latency_ms:.0f} ms", tokens
