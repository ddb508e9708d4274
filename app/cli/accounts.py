"""Roof, command line: what calls took, summed up; keys, models, and who one is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app.cli import naming
from app.cli.remote import Exit, Stop, asking
from app.cli.spoken import Done, DryRun, Json, Yes, as_json, note, plain, say, sure, table

keys = typer.Typer(no_args_is_help=True, help="API keys.")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
Since = Annotated[str, typer.Option("--since", help="30m, 12h, 7d, 4w, or a date.")]


def since(said: str) -> datetime:
    """The moment that is so long ago, or that a date names."""
    if found := re.fullmatch(r"(\d{1,6})([mhdw])", said):
        return _now() - timedelta(**{_UNITS[found[2]]: int(found[1])})
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter("say 30m, 12h, 7d, 4w, or a date as 2026-05-01", param_hint="--since") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def usage(
    *,
    by: Annotated[str, typer.Option(help="model, user, backend or tenant.")] = "model",
    period: Annotated[str, typer.Option(help="hour, day, week or month.")] = "day",
    from_: Since = "7d",
    json: Json = False,
) -> None:
    """Say what calls took; days are of UTC.

    Examples:
      scaigrid usage --by model --since 7d
      scaigrid usage --by user --period month --since 2026-01-01
      scaigrid usage --json | jq '.items[].cost'
    """
    with asking() as grid:
        said = grid.usage.summary(by=by, period=period, since=since(from_))
        if json:
            say(as_json(said.raw))
            return
        rows = [
            (
                f"{one.period_start:%Y-%m-%d %H:%M}",
                one.key or "-",
                one.requests,
                one.input_tokens,
                one.output_tokens,
                one.cost,
            )
            for one in said.items
        ]
        table([("from (UTC)", by, "calls", "tokens in", "tokens out", "cost"), *rows])


@keys.command("list")
def list_keys(*, json: Json = False) -> None:
    """List keys; what they are is shown only when they are made."""
    with asking() as grid:
        found = list(grid.keys.list())
        if json:
            say(as_json([one.raw for one in found]))
            return
        table(
            (one.id, one.prefix, one.name, f"{one.last_used_at:%Y-%m-%d}" if one.last_used_at else "unused")
            for one in found
        )


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    user: Annotated[str | None, typer.Option("--for", help="Whose it is; without it, yours.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Only for this permission; may be said again.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Ends after so many days.")] = None,
    json: Json = False,
) -> None:
    """Make one, and print it this once.

    Examples:
      scaigrid keys create nightly --scope scaimatrix:ingest --days 90
      scaigrid keys create bens --for ben
    """
    ends = None if days is None else _now() + timedelta(days=days)
    with asking() as grid:
        owner = None if user is None else naming.user(grid, user)
        made = grid.keys.create(name, user=owner, scopes=scope, expires_at=ends)
        if json:
            say(as_json(made.raw))
            return
        note(f"{made.id}, shown this once:")
        say(made.key)


@keys.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="Id of a key.")],
    *,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Done = False,
) -> None:
    """End one at once."""
    with asking() as grid:
        one = next((one for one in grid.keys.list() if key_id in {one.id, one.prefix}), None)
        if one is None:
            raise Stop(f"There is no key {key_id!r} for you.", Exit.NOT_FOUND)
        said = f"{one.id} ({plain(one.name)})"
        if dry_run:
            note(f"Would revoke {said}.")
            return
        sure(f"Revoke {said}? Whoever uses it is refused at once.", yes=yes)
        grid.keys.revoke(one)
        note(f"Revoked {said}.")
        if json:
            say(as_json(one.raw))


def models(*, json: Json = False) -> None:
    """List the models and assistants that you may call."""
    with asking() as grid:
        found = list(grid.models.list())
        if json:
            say(as_json([one.raw for one in found]))
            return
        table((one.slug, one.modality, one.display_name) for one in found)


def whoami(*, json: Json = False) -> None:
    """Say who the owner of the key is."""
    with asking() as grid:
        mine = grid.me()
        say(
            as_json(mine.raw)
            if json
            else f"{plain(mine.name)} <{plain(mine.email)}> of {mine.tenant_slug} at {grid.url}"
        )


def _now() -> datetime:
    from app.clock import SystemClock

    return SystemClock().now()
