"""Roof, command line: measurements."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import eval_runs, eval_sets
from app.cli.sweep import sweep

if TYPE_CHECKING:
    from evals.cases import Cases
    from evals.metrics.retrieval import Measured
    from indexing.collections.chunking import Cut
    from rag.retrieval.question import Way

commands = typer.Typer(no_args_is_help=True, help="Measurements.")
commands.command()(sweep)
for deed in (eval_runs.run, eval_runs.watch, eval_runs.compare, eval_runs.gate):
    commands.command()(deed)
commands.add_typer(eval_sets.commands, name="sets")


@commands.callback()
def _group() -> None:
    """Measurements."""


@commands.command()
def retrieval(
    folder: Annotated[Path, typer.Argument(help="Holds corpus.jsonl, queries.jsonl and qrels.tsv.")],
    *,
    types: Annotated[str, typer.Option(help="Ways of searching, with commas.")] = "vector,keyword,hybrid",
    chunk_size: Annotated[int, typer.Option(help="Tokens of a chunk.")] = 512,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Index a set of documents in a folder of its own, put its questions to it, and say how well they were answered."""
    from app.telemetry.logging import configure_logging
    from evals.cases import read_cases
    from evals.report import tables
    from indexing.collections.chunking import Cut
    from rag.retrieval.question import Way

    names = [name.strip() for name in types.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Way)]
    if unknown or not names:
        raise typer.BadParameter(f"one or more of {', '.join(Way)}", param_hint="--types")
    configure_logging("error", "json")
    cases = read_cases(folder)
    measured = asyncio.run(_measured(cases, [Way(name) for name in names], Cut("paragraph", chunk_size, 50)))
    typer.echo(json.dumps([asdict(one) for one in measured], indent=2) if as_json else tables(cases, measured))


async def _measured(cases: Cases, ways: list[Way], cut: Cut) -> list[Measured]:
    from functools import partial

    from app.cli.scratch import scratch_library
    from evals.metrics.retrieval import measure

    async with scratch_library(cases.documents, cut) as library:
        return [await measure(cases, way, partial(library.ask, way)) for way in ways]
