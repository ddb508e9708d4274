"""Roof, command line: ways to cut and to search, tried one after the other on a set of documents and questions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from app.cli.scratch import Library
    from evals.cases import Cases
    from evals.sweeping import Goal, Placed, Trial
    from indexing.collections.chunking import Cut

_Strategies = Annotated[str, typer.Option(help="Ways of cutting texts, with commas.")]
_Sizes = Annotated[str, typer.Option(help="Tokens of a chunk, with commas.")]
_Types = Annotated[str, typer.Option(help="Ways of searching, with commas.")]
_Overlap = Annotated[int, typer.Option(min=0, help="Tokens that a chunk repeats; less where chunks are small.")]
_By = Annotated[str, typer.Option(help="What the best is chosen by: ndcg@10, recall@5, recall@10 or mrr@10.")]
_Plot = Annotated[Path | None, typer.Option(help="An SVG file to draw it in.")]
_Keep = Annotated[Path | None, typer.Option(help="A file that keeps each result; what is in it is not tried again.")]


def sweep(  # noqa: PLR0913 - an option is an argument
    folder: Annotated[Path, typer.Argument(help="Holds corpus.jsonl, queries.jsonl and qrels.tsv.")],
    *,
    strategies: _Strategies = "paragraph,fixed",
    sizes: _Sizes = "128,256,512",
    types: _Types = "vector,keyword,hybrid",
    overlap: _Overlap = 50,
    by: _By = "ndcg@10",
    plot: _Plot = None,
    keep: _Keep = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Index a set once for each way of cutting it, search it in each way, and say which is best, and how surely."""
    from app.telemetry.logging import configure_logging
    from evals import plot as drawing
    from evals.cases import read_cases
    from evals.sweep_table import sweep_table
    from evals.sweeping import Goal, placed

    if by not in set(Goal):
        raise typer.BadParameter(f"one of {', '.join(Goal)}", param_hint="--by")
    configure_logging("error", "json")
    sweeping = _Sweeping(read_cases(folder), _cuts(strategies, sizes, overlap), _ways(types), _Kept(keep))
    found = placed(asyncio.run(sweeping.run()), Goal(by))
    if plot is not None:
        plot.write_text(drawing.plot(sweeping.cases.name, found, Goal(by)), encoding="utf-8")
    typer.echo(_document(found, Goal(by)) if as_json else sweep_table(sweeping.cases, found, Goal(by)))


@dataclass(slots=True)
class _Kept:
    """Results of earlier sweeps, and a place for those to come."""

    path: Path | None
    known: dict[str, Trial] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from evals.sweeping import Trial

        if self.path is None or not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                said = json.loads(line)
                self.known[said["key"]] = Trial.read(said["trial"])
            except (ValueError, KeyError, TypeError):  # a line that was broken off is tried again
                continue

    def add(self, key: str, trial: Trial) -> None:
        """Keep one more."""
        self.known[key] = trial
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps({"key": key, "trial": trial.written()}))


@dataclass(slots=True)
class _Sweeping:
    """What is tried on what."""

    cases: Cases
    cuts: Sequence[Cut]
    ways: Sequence[str]
    kept: _Kept

    async def run(self) -> list[Trial]:
        """Try all that is not known yet; a set is indexed only where something of it is to be asked."""
        return [trial for cut in self.cuts async for trial in self._of(cut)]

    async def _of(self, cut: Cut) -> AsyncIterator[Trial]:
        from app.cli.scratch import scratch_library
        from evals.sweeping import Setup, trial_key

        setups = [Setup(cut.strategy, cut.size, cut.overlap, way) for way in self.ways]
        keys = {setup: trial_key(self.cases, setup) for setup in setups}
        new = [setup for setup in setups if keys[setup] not in self.kept.known]
        if new:
            _say(f"{cut.strategy}, {cut.size} tokens: indexing {len(self.cases.documents)} documents")
            async with scratch_library(self.cases.documents, cut) as library:
                for setup in new:
                    trial = await self._tried(library, setup)
                    await asyncio.to_thread(self.kept.add, keys[setup], trial)
        for setup in setups:
            yield self.kept.known[keys[setup]]

    async def _tried(self, library: Library, setup: Any) -> Trial:
        from functools import partial

        from evals.metrics.retrieval import answers_to
        from evals.sweeping import tried
        from rag.retrieval.question import Way

        _say(f"{setup.strategy}, {setup.size} tokens: asking {len(self.cases.questions)} questions by {setup.way}")
        answers = await answers_to(self.cases, partial(library.ask, Way(setup.way)))
        return tried(setup, self.cases, {id_: answer.documents for id_, answer in answers.items()})


def _cuts(strategies: str, sizes: str, overlap: int) -> list[Cut]:
    from app.errors import ValidationFailed
    from indexing.chunking.strategies import Strategy
    from indexing.collections.chunking import Cut

    named = _listed(strategies, set(Strategy), "--strategies")
    try:
        numbers = list(dict.fromkeys(int(size) for size in sizes.split(",") if size.strip()))
        cuts = [Cut(name, size, overlap).giving_way().checked() for name in named for size in numbers]
    except ValidationFailed as wrong:
        raise typer.BadParameter(wrong.details[0].message, param_hint="--sizes") from None
    except ValueError:
        raise typer.BadParameter("whole numbers, with commas", param_hint="--sizes") from None
    if not cuts:
        raise typer.BadParameter("one or more", param_hint="--sizes")
    return cuts


def _ways(types: str) -> list[str]:
    from rag.retrieval.question import Way

    return _listed(types, set(Way) - {Way.GRAPH}, "--types")


def _listed(said: str, known: set[Any], option: str) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in said.split(",") if name.strip()))
    if not names or any(name not in known for name in names):
        raise typer.BadParameter(f"one or more of {', '.join(sorted(known))}", param_hint=option)
    return names


def _document(found: Sequence[Placed], goal: Goal) -> str:
    said = [
        {
            **asdict(one.trial.setup),
            "best": one.is_best,
            "behind": one.behind,
            "by": goal,
            "estimates": {name: asdict(estimate) for name, estimate in one.trial.estimates.items()},
        }
        for one in found
    ]
    return json.dumps(said, indent=2)


def _say(progress: str) -> None:
    typer.echo(progress, err=True)
