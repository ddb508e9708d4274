"""Roof, command line: conversations with models and assistants."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import naming
from app.cli.remote import Exit, Stop, asking, sentence
from app.cli.spoken import Json, as_json, note, plain, say

if TYPE_CHECKING:
    from app.sdk import ScaiGrid
    from app.sdk.shapes.answering import Answer, Citation

_LEAVE = {"/quit", "/exit", "/q"}


def chat(
    model: Annotated[str, typer.Argument(help="Slug of a model or an assistant; demo/guide is tenant/demo/guide.")],
    question: Annotated[str | None, typer.Argument(help="One question; without it, a conversation, or stdin.")] = None,
    *,
    json: Json = False,
) -> None:
    """Ask a model or an assistant.

    Examples:
      scaigrid chat demo/guide "How long do refunds take?"
      scaigrid chat demo/guide
      echo "How long do refunds take?" | scaigrid chat demo/guide
    """
    asked = question
    if asked is None and not sys.stdin.isatty():
        asked = sys.stdin.read().strip()
        if not asked:
            raise typer.BadParameter("there is none, neither said nor on stdin", param_hint="QUESTION")
    with asking() as grid:
        slug = naming.model(grid, model)
        if asked is None:
            if json:
                raise Stop("--json needs a question.", Exit.WRONG)
            _conversation(grid, slug)
        elif json:
            say(as_json(grid.chat.ask(slug, asked).raw))
        else:
            answer = _streamed(grid, slug, [{"role": "user", "content": asked}])
            _sources(answer.cited)


def _conversation(grid: ScaiGrid, slug: str) -> None:
    """Ask and answer, each time with what was said before."""
    from app.sdk import ScaiGridError

    note(f"{slug}: /sources shows what the last answer is from, /quit leaves.")
    messages: list[dict[str, Any]] = []
    last: Answer | None = None
    while (typed := _typed()) not in _LEAVE:
        if typed == "/sources":
            _sources(last.retrieval.citations if last and last.retrieval else ())
        elif typed.startswith("/"):
            note("There are /sources and /quit.")
        elif typed:
            asked = [*messages, {"role": "user", "content": typed}]
            try:
                last = _streamed(grid, slug, asked)
            except ScaiGridError as error:
                note(f"scaigrid: {sentence(error) if hasattr(error, 'details') else error}")  # type: ignore[arg-type] # a refusal
                continue
            messages = [*asked, {"role": "assistant", "content": last.text}]


def _typed() -> str:
    try:
        return input("> ").strip()
    except EOFError:
        note("")
        return "/quit"


def _streamed(grid: ScaiGrid, slug: str, messages: list[dict[str, Any]]) -> Answer:
    """Say an answer as it comes."""
    ended: Answer | None = None
    for piece in grid.chat.stream(slug, messages):
        if piece.kind == "text":
            typer.echo(plain_piece(piece.text), nl=False)
            sys.stdout.flush()
        elif piece.kind == "status":
            note(plain(piece.text))
        elif piece.answer is not None:
            ended = piece.answer
    say("")
    if ended is None:
        raise Stop("The answer broke off before its end.", Exit.UNAVAILABLE)
    return ended


def plain_piece(text: str) -> str:
    """A part of an answer: its spaces and lines stay as they are."""
    return plain(text, lines=True)


def _sources(found: tuple[Citation, ...]) -> None:
    if not found:
        return
    say("")
    for one in found:
        page = f", p. {one.page}" if one.page is not None else ""
        say(f"[{one.marker}] {plain(one.document_name)}{page}   {plain(one.quote)[:160]}")
