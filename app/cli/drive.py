"""Roof, command line: a small ScaiDrive over a folder."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.errors import CannotStart

if TYPE_CHECKING:
    from app.drive.opening import DriveSettings

commands = typer.Typer(no_args_is_help=True, help="A small ScaiDrive over a folder.")
_SecretFile = Annotated[
    Path | None, typer.Option(help="Holds a secret that tokens are signed with (HS256), instead of a provider's keys.")
]
_Audience = Annotated[str, typer.Option(help="What tokens must be made for.")]


@commands.callback()
def _group() -> None:
    """A small ScaiDrive over a folder."""


@commands.command()
def serve(
    folder: Annotated[Path, typer.Argument(help="Holds the files, and drive.toml, which says who may read what.")],
    *,
    listen: Annotated[str, typer.Option(help="Where: host and port.")] = "127.0.0.1:8010",
    scaikey: Annotated[str | None, typer.Option(help="Base address of the provider whose tokens are taken.")] = None,
    issuer: Annotated[str | None, typer.Option(help="What its tokens say of who issued them.")] = None,
    audience: _Audience = "scaidrive",
    secret_file: _SecretFile = None,
) -> None:
    """Serve shares, their files and searches in them to whoever drive.toml lets read them."""
    from app.drive.opening import DriveSettings
    from app.settings import read_settings
    from app.telemetry.logging import configure_logging

    if not folder.is_dir():
        raise CannotStart(f"{folder} is no folder")
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise CannotStart("--listen: say host:port")
    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format)
    secret = None if secret_file is None else _secret(secret_file)
    wanted = DriveSettings(folder, settings.models_folder, scaikey, issuer, audience, secret)
    with suppress(KeyboardInterrupt):
        asyncio.run(_served(wanted, host, int(port)))


@commands.command()
def token(
    subject: Annotated[str, typer.Argument(help="Who somebody is: an id.")],
    *,
    secret_file: Annotated[Path, typer.Option(help="Holds the secret that the drive shares.")],
    email: Annotated[str | None, typer.Option(help="Their address.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="A group they are in; may be said again.")] = None,
    tenant: Annotated[str | None, typer.Option(help="The id of their tenant.")] = None,
    audience: _Audience = "scaidrive",
) -> None:
    """Print a token that is good for an hour, to try a drive that shares a secret."""
    from app.clock import SystemClock
    from app.drive.opening import people_of
    from app.drive.rights import Reader

    people = people_of(_secret(secret_file), audience, SystemClock())
    typer.echo(people.token_for(Reader(subject, tenant, email, frozenset(group or ())), 3600))


async def _served(wanted: DriveSettings, host: str, port: int) -> None:
    import uvicorn

    from app.drive.opening import opened

    async with opened(wanted) as application:
        typer.echo(f"ScaiDrive of {wanted.folder} at http://{host}:{port}   (Ctrl-C stops it)")
        config = uvicorn.Config(
            application, host, port, lifespan="on", log_config=None, access_log=False, server_header=False
        )
        await uvicorn.Server(config).serve()


def _secret(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise CannotStart(f"{path}: {error.strerror}") from None
