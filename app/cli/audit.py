"""Roof, command line: the audit trail."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.spoken import Json, as_json, say

commands = typer.Typer(no_args_is_help=True, help="The audit trail.")


@commands.command()
def verify(
    tenant: Annotated[str | None, typer.Option(help="Slug of the tenant to look at; all of them without it.")] = None,
    *,
    json: Json = False,
) -> None:
    """Walk the chains of events; exits with 1 and names the first broken link if one does not hold."""
    from sqlalchemy import select

    from app.audit.verify import inspect
    from app.db.engine import open_database
    from app.http.wire.audit import InspectionRead
    from app.identity.tables import Tenant
    from app.settings import read_settings

    engine = open_database(read_settings().database).lanes.execution_options(writes=False)
    with engine.connect() as connection:
        chosen = select(Tenant.id, Tenant.slug).order_by(Tenant.slug)
        tenants = connection.execute(chosen if tenant is None else chosen.where(Tenant.slug == tenant)).all()
        if tenant is not None and not tenants:
            typer.echo(f"scaigrid: there is no tenant {tenant!r}", err=True)
            raise typer.Exit(2)
        inspections = [(slug, inspect(connection, tenant_id)) for tenant_id, slug in tenants]
    engine.dispose()
    if json:
        say(as_json([InspectionRead.of(inspection).model_dump(mode="json") for _, inspection in inspections]))
    else:
        for slug, inspection in inspections:
            broken = inspection.broken
            say(f"{slug}: {inspection.checked} events hold" + (f"; {broken.sentence}" if broken else ""))
    if not all(inspection.intact for _, inspection in inspections):
        raise typer.Exit(1)
