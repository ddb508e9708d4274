"""Roof, command line: assistants."""

from __future__ import annotations

import json as jsons
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import naming
from app.cli.editing import editing
from app.cli.remote import Exit, Stop, asking
from app.cli.spoken import Json, as_json, note, plain, say, table

if TYPE_CHECKING:
    from app.sdk import ScaiGrid
    from app.sdk.shapes.answering import Persona

commands = typer.Typer(no_args_is_help=True, help="Assistants.")
_STALE = 412
_Which = Annotated[str, typer.Argument(metavar="PERSONA", help="Id or slug.")]
_LEFT = {"id", "created_at", "updated_at", "created_by", "avatar_url", "published", "published_model_id"}
_LEFT |= {"published_slug"}


@commands.command("list")
def list_personas(*, json: Json = False) -> None:
    """List those there are."""
    with asking() as grid:
        found = list(grid.personas.list())
        if json:
            say(as_json([one.raw for one in found]))
            return
        table((one.slug, one.status, one.published_slug or "not published", one.name) for one in found)


@commands.command()
def show(which: _Which, *, json: Json = False) -> None:
    """Say what there is to say of one."""
    with asking() as grid:
        one = naming.persona(grid, which)
        if json:
            say(as_json(one.raw))
            return
        table((name, _written(value)) for name, value in one.raw.items())


@commands.command()
def edit(
    which: _Which,
    *,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="field=value, the value text or JSON; may be said again.")
    ] = None,
    json: Json = False,
) -> None:
    """Change one; without --set, its fields are opened in $EDITOR.

    Examples:
      scaigrid personas edit guide --set rag_top_k=8 --set grounding=strict
      scaigrid personas edit guide --set system_prompt="Answer in one sentence."
      scaigrid personas edit guide
    """
    with asking() as grid:
        one = naming.persona(grid, which)
        if change:
            fields = dict(map(_said, change))
            after = grid.personas.change(one, **fields)
        else:
            after, fields = _edited(grid, grid.personas.get(one))
        if json:
            say(as_json(after.raw))
        elif not fields:
            note("Nothing is changed.")
        else:
            live = "; live with the next question" if after.published else ""
            note(f"{plain(after.name)}: changed {', '.join(sorted(fields))}{live}.")


@commands.command()
def publish(which: _Which, *, json: Json = False) -> None:
    """Let it be called like a model."""
    with asking() as grid:
        after = grid.personas.publish(naming.persona(grid, which))
        say(as_json(after.raw) if json else str(after.published_slug))


@commands.command()
def unpublish(which: _Which, *, json: Json = False) -> None:
    """Let it be called no more."""
    with asking() as grid:
        after = grid.personas.unpublish(naming.persona(grid, which))
        if json:
            say(as_json(after.raw))
        else:
            note(f"{plain(after.name)} is not published any more.")


def _said(one: str) -> tuple[str, Any]:
    name, is_there, value = one.partition("=")
    if not (name and is_there):
        raise Stop(f"{one!r} is not field=value.", Exit.WRONG)
    try:
        return name, jsons.loads(value)
    except ValueError:
        return name, value  # a text needs no quotes


def _edited(grid: ScaiGrid, one: Persona) -> tuple[Persona, dict[str, Any]]:
    """Have somebody edit the fields; what is another now is sent, unless others were quicker."""
    from app.sdk import Conflict

    before = {name: value for name, value in one.raw.items() if name not in _LEFT}
    with editing(jsons.dumps(before, indent=2, ensure_ascii=False) + "\n", ".json") as text:
        fields = _changed(before, text)
        try:
            return (grid.personas.change(one, if_match=one.etag, **fields) if fields else one), fields
        except Conflict as conflict:
            if conflict.status != _STALE:
                raise
            why = f"{plain(one.name)} was changed by others while you edited it. Nothing of either is overwritten"
            raise Stop(f"{why}; edit it again to see what they did.") from None


def _changed(before: dict[str, Any], text: str) -> dict[str, Any]:
    try:
        after = jsons.loads(text)
    except ValueError as wrong:
        raise Stop(f"That is no JSON: {wrong}. Nothing is changed.", Exit.WRONG) from None
    if not isinstance(after, dict):
        raise Stop("That is no object. Nothing is changed.", Exit.WRONG)
    return {name: value for name, value in after.items() if name not in before or before[name] != value}


def _written(value: Any) -> str:
    return value if isinstance(value, str) else jsons.dumps(value, ensure_ascii=False)
