"""Roof, command line: how the platform is, and whether its stores hold what its rows say they do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.errors import CannotStart

if TYPE_CHECKING:
    from app.settings import Settings
    from app.telemetry.health import Standing
    from indexing.reconciling.everything import Finding


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found."""

    dependencies: list[Standing]
    findings: list[Finding]

    @property
    def is_well(self) -> bool:
        """Whether nobody has to do anything."""
        return all(part.state.well for part in self.dependencies) and all(one.is_well for one in self.findings)


def doctor(
    *,
    heal: Annotated[bool, typer.Option("--heal", help="Put right what can be; without it nothing is changed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Look at every part and compare the stores with the database; exits with 1 if something is not as it should be."""
    from app.settings import read_settings
    from app.telemetry.logging import configure_logging

    settings = read_settings()
    configure_logging("error", settings.log_format)
    diagnosis = asyncio.run(diagnose(settings, healing=heal))
    if as_json:
        typer.echo(json.dumps(as_document(diagnosis), indent=2))
    else:
        for line in lines(diagnosis, healed=heal):
            typer.echo(line)
    raise typer.Exit(0 if diagnosis.is_well else 1)


async def diagnose(settings: Settings, *, healing: bool) -> Diagnosis:
    """Look at everything, beside servers that run or without any."""
    from app.wiring import open_platform
    from app.wiring.workshop import workshop_of
    from indexing.reconciling.everything import examine

    if settings.embedded_database and not (settings.home / "scaigrid.db").exists() and not settings.database_url:
        raise CannotStart(f"there is nothing in {settings.home} yet; start the platform first (scaigrid serve)")
    async with open_platform(settings) as platform:
        dependencies = list(await platform.health.look())
        findings = [found async for found in examine(workshop_of(platform), healing=healing)]
    return Diagnosis(dependencies, findings)


def as_document(diagnosis: Diagnosis) -> dict[str, Any]:
    """The same for programs."""
    parts = [
        {"name": part.name, "state": str(part.state), "notice": part.notice or None} for part in diagnosis.dependencies
    ]
    found = [{"of": type(one).__name__, "well": one.is_well, **asdict(one)} for one in diagnosis.findings]
    return {"well": diagnosis.is_well, "dependencies": parts, "findings": found}


def lines(diagnosis: Diagnosis, *, healed: bool) -> Iterator[str]:
    """The same for people: every part, and only what is not as it should be of the rest."""
    for part in diagnosis.dependencies:
        yield f"{part.name}: {part.state}" + (f" ({part.notice})" if part.notice else "")
    for one in diagnosis.findings:
        yield from said(one)
    looked_at = len(diagnosis.findings)
    if diagnosis.is_well:
        yield f"All is well; {looked_at} collections and tenants were compared with their stores."
    elif healed:
        yield "What is named above could not be put right now."
    else:
        yield "Nothing was changed. `scaigrid doctor --heal` puts right what can be."


def said(one: Finding) -> Iterator[str]:
    """What was found of one thing, where it is not as it should be."""
    from indexing.reconciling.everything import Unlooked
    from indexing.reconciling.findings import GraphFindings, VectorFindings

    if isinstance(one, Unlooked):
        yield f"{one.what} {one.id}: not looked at: {one.reason}"
        return
    if isinstance(one, VectorFindings):
        of = f"collection {one.collection_id}"
        told = [
            (one.orphaned, one.removed, "vectors of chunks there are not", "removed"),
            (one.lost, one.healed, "chunks that answer have no vector", "put back"),
            (one.outdated, one.read_anew, "chunks whose words an earlier version kept", "read anew"),
        ]
    elif isinstance(one, GraphFindings):
        of = f"graph of collection {one.collection_id}"
        told = [
            (one.orphaned, one.removed, "editions and people there are not say something", "removed"),
            (
                one.outdated,
                one.forgotten,
                "editions are kept as an extraction that answers nobody read them",
                "removed",
            ),
            (one.lost, one.healed, "editions that answer or people who wrote say nothing", "put back"),
        ]
    else:
        of = f"files of tenant {one.tenant_id}"
        told = [
            (one.orphaned, one.removed, "files that no document names", "removed"),
            (one.missing, 0, f"documents whose file is gone ({', '.join(one.missing_of)})", "put back"),
        ]
    for found, righted, what, how in told:
        if found:
            yield f"{of}: {found} {what}; {righted} {how}"
