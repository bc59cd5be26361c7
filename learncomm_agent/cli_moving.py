"""The commands of the command line that move a library or a whole store."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from learncomm_agent.cli_options import Community, Data, Json, SettingsFile, console_of

moving = typer.Typer()


@moving.command(help="cli.export.help")
def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="cli.export.folder", metavar="FOLDER")],
    community: Community = None,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Write the library into a folder."""
    from learncomm_agent import calls_moving

    console = console_of(context, data, settings)
    calls_moving.export(console, folder, community, as_json=as_json)


@moving.command("import", help="cli.import.help")
def import_(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="cli.import.folder", metavar="FOLDER")],
    community: Community = None,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Read a library from a folder."""
    from learncomm_agent import calls_moving

    console = console_of(context, data, settings)
    asyncio.run(calls_moving.import_(console, folder, community, as_json=as_json))


@moving.command(help="cli.backup.help")
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="cli.backup.file", metavar="FILE")],
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Copy the whole store into one file."""
    from learncomm_agent import calls_moving

    calls_moving.backup(console_of(context, data, settings), file, as_json=as_json)


@moving.command(help="cli.restore.help")
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="cli.restore.file", metavar="FILE")],
    replace: Annotated[bool, typer.Option("--replace", help="cli.restore.replace")] = False,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Put a backup in the place of the store."""
    from learncomm_agent import calls_moving

    console = console_of(context, data, settings, has_log=False)
    calls_moving.restore(console, file, replaces=replace, as_json=as_json)
