"""The command of the command line for those who write an adapter."""

from pathlib import Path
from typing import Annotated

import typer

from learncomm_agent.cli_options import Data, SettingsFile, console_of

adapters = typer.Typer()


@adapters.command("new-adapter", help="cli.new_adapter.help")
def new_adapter(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="cli.new_adapter.name", metavar="NAME")],
    to: Annotated[
        Path, typer.Option("--to", help="cli.new_adapter.to", metavar="FOLDER", show_default=False)
    ] = Path(),
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Write a package for another chat platform to begin with."""
    from learncomm_agent import calls_adapters

    calls_adapters.new(console_of(context, data, settings, has_log=False), name, to)
