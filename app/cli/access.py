"""Roof, command line: who may do what with collections and documents, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import naming
from app.cli.remote import Exit, Stop, asking
from app.cli.spoken import Done, DryRun, Json, Yes, as_json, note, plain, say, sure, table

if TYPE_CHECKING:
    from app.sdk.shapes.allowing import Entry, Explanation

commands = typer.Typer(no_args_is_help=True, help="Who may do what, and why.")
_ROLES = {"read": "VIEWER", "write": "EDITOR", "manage": "MANAGER", "own": "OWNER"}
_SIGNS = {"decided": "*", "passed_over": "-", "would_have_been_asked": " "}
_Who = Annotated[str, typer.Argument(metavar="WHO", help="A user or group, by id, address or name; or everyone.")]
_What = Annotated[str, typer.Argument(metavar="WHAT", help="A collection, or a document as collection/name; or an id.")]
_On = Annotated[str, typer.Option("--on", help="A collection, or a document as collection/name; or an id.")]
_Right = Annotated[str, typer.Argument(metavar="RIGHT", help="read, write, manage or own; or names of rights, with +.")]


@commands.command()
def explain(
    who: Annotated[str, typer.Argument(metavar="WHO", help="Somebody's id, address or name; or me.")],
    what: _What,
    *,
    permission: Annotated[str, typer.Option(help="READ, WRITE, DELETE, LIST and so on.")] = "READ",
    json: Json = False,
) -> None:
    """Say whether somebody may do something, why, and what would change it.

    Examples:
      scaigrid access explain ben handbook/salaries.pdf
      scaigrid access explain ben@demo.example handbook --permission WRITE
      scaigrid access explain me doc_…
    """
    with asking() as grid:
        found = naming.resource(grid, what)
        said = grid.access.explain(found, user=naming.user(grid, who), permission=permission)
        if json:
            say(as_json(said.raw))
            return
        _explained(said, f"{who}: {permission.lower()} {plain(found.name)}")


@commands.command()
def show(what: _What, *, json: Json = False) -> None:
    """List who is let in and who is kept out."""
    with asking() as grid:
        found = grid.access.show(naming.resource(grid, what))
        if json:
            say(as_json(found.raw))
            return
        rows = [(*_row(one), "here") for one in found.aces]
        rows += [(*_row(one), "from its collection") for one in found.inherited_aces]
        if found.default_access == "tenant":
            rows.append(("allow", "everyone", "of the tenant", "READ LIST READ_PERMISSIONS", "by default"))
        table([("owner", "user", found.owner_id or "-", "", ""), *rows])
        if not found.inherit:
            note("It does not go by its collection's list.")


@commands.command()
def grant(who: _Who, right: _Right, *, on: _On, json: Json = False) -> None:
    """Let somebody do something.

    Examples:
      scaigrid access grant engineering read --on handbook
      scaigrid access grant cleo write --on handbook/refunds.pdf
      scaigrid access grant everyone READ+LIST --on handbook
    """
    with asking() as grid:
        found, principal = naming.resource(grid, on), naming.principal(grid, who)
        _added(grid.access.grant(found, _permissions(right), to=principal), json=json)


@commands.command()
def deny(who: _Who, right: _Right, *, on: _On, json: Json = False) -> None:
    """Keep somebody from something, whoever else lets them."""
    with asking() as grid:
        found, principal = naming.resource(grid, on), naming.principal(grid, who)
        _added(grid.access.deny(found, _permissions(right), to=principal), json=json)


@commands.command()
def revoke(who: _Who, *, on: _On, yes: Yes = False, dry_run: DryRun = False, json: Done = False) -> None:
    """Take out of a list what it says of somebody."""
    with asking() as grid:
        found, principal = naming.resource(grid, on), naming.principal(grid, who)
        kind = "everyone" if principal is None else "group" if principal.startswith("grp_") else "user"
        entries = [
            one for one in grid.access.show(found).aces if (one.principal_type, one.principal_id) == (kind, principal)
        ]
        if not entries:
            raise Stop(f"The list of {plain(found.name)} says nothing of {who}.", Exit.NOT_FOUND)
        said = "; ".join(" ".join(_row(one)) for one in entries)
        if dry_run:
            note(f"Would take out: {said}")
            return
        sure(f"Take out: {said}?", yes=yes)
        for one in entries:
            grid.access.revoke(found, one)
        note(f"Taken out: {said}")
        if json:
            say(as_json([one.raw for one in entries]))


@commands.command()
def restrict(
    what: _What,
    *,
    to: Annotated[list[str], typer.Option("--to", help="A user or group that may still read it; may be said again.")],
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Done = False,
) -> None:
    """Let a document be read by some alone, whoever reads its collection.

    Examples:
      scaigrid access restrict handbook/salaries.pdf --to people-team --yes
    """
    with asking() as grid:
        found = naming.document(grid, what)
        readers = [naming.principal(grid, one) for one in to]
        before = [one for one in grid.access.show(found).aces if one.ace_type == "allow"]
        said = f"{plain(found.name)} is read by {', '.join(to)}, its owner and administrators alone"
        if dry_run:
            note(f"Would say that {said}.")
            return
        sure(f"Say that {said}?", yes=yes)
        grid.access.inherit(found, inherit=False)
        for reader in readers:
            grid.access.grant(found, "VIEWER", to=reader)
        for entry in before:
            grid.access.revoke(found, entry)
        note(f"Now {said}.")
        if json:
            say(as_json(grid.access.show(found).raw))


def _permissions(right: str) -> str | list[str]:
    return _ROLES.get(right.lower()) or [one.strip().upper() for one in right.split("+")]


def _added(entry: Entry, *, json: bool) -> None:
    say(as_json(entry.raw) if json else "\t".join((entry.id, *_row(entry))))


def _row(one: Entry) -> tuple[str, str, str, str]:
    who = plain(one.principal_name or one.principal_id or "of the tenant")
    return one.ace_type, one.principal_type, who, " ".join(one.permission_names)


def _explained(said: Explanation, asked: str) -> None:
    say(f"{'Yes' if said.allowed else 'No'}. {plain(said.reason)}   ({asked})")
    if said.group_path:
        say(f"through: {' <- '.join(plain(one.name) for one in said.group_path)}")
    say("asked in this order (* decided):")
    for one in said.rules:
        entries = "; ".join(plain(" ".join(_row(entry))) for entry in one.entries)
        say(f"  {_SIGNS.get(one.said, ' ')} {one.rule.replace('_', ' ')}{': ' if entries else ''}{entries}")
    if said.remedies:
        say("what would change it:")
        for remedy in said.remedies:
            say(f"  {plain(remedy.sentence)}")
