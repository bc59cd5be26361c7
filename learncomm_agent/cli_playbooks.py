"""The commands of the command line on playbooks: which there are, whether they hold, one to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from learncomm_agent.cli_options import Data, Json, Root, SettingsFile, console_of

playbooks = typer.Typer(help="cli.playbooks.help")


@playbooks.callback(invoke_without_command=True, help="cli.playbooks.help")
def listed(
    context: typer.Context,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Name the playbooks."""
    if context.invoked_subcommand is not None:
        root: Root = context.obj
        context.obj = Root(data or root.data, settings or root.settings, root.ends)
        return
    from learncomm_agent import calls_playbooks

    calls_playbooks.listed(console_of(context, data, settings), as_json=as_json)


@playbooks.command(help="cli.playbooks.check_help")
def check(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="cli.playbooks.files", metavar="[FILE…]")
    ] = None,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Check playbooks."""
    from learncomm_agent import calls_playbooks

    console = console_of(context, data, settings)
    raise typer.Exit(calls_playbooks.check(console, files or (), as_json=as_json))


@playbooks.command(help="cli.playbooks.show_help")
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="cli.playbooks.name", metavar="NAME")],
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Print a playbook."""
    from learncomm_agent import calls_playbooks

    calls_playbooks.show(console_of(context, data, settings), name, as_json=as_json)


@playbooks.command(help="cli.playbooks.new_help")
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="cli.playbooks.new_name", metavar="NAME")],
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Write a playbook to begin with."""
    from learncomm_agent import calls_playbooks

    calls_playbooks.new(console_of(context, data, settings), name)
