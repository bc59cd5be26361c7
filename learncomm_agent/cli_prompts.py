"""The commands of the command line on prompts: what they say, and what a change would do."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from learncomm_agent.cli_options import Data, Json, Root, SettingsFile, console_of

prompts = typer.Typer(help="cli.prompts.help")

Name = Annotated[str, typer.Argument(help="cli.prompts.name", metavar="NAME")]
Proposed = typer.Option("--with", help="cli.prompts.with", metavar="FILE")


@prompts.callback(invoke_without_command=True, help="cli.prompts.help")
def listed(
    context: typer.Context,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Name the prompts."""
    if context.invoked_subcommand is not None:
        root: Root = context.obj
        context.obj = Root(data or root.data, settings or root.settings, root.ends)
        return
    from learncomm_agent import prompting

    prompting.listed(console_of(context, data, settings), as_json=as_json)


@prompts.command(help="cli.prompts.show_help")
def show(
    context: typer.Context,
    name: Name,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Print a prompt as it is used."""
    from learncomm_agent import prompting

    prompting.show(console_of(context, data, settings), name, as_json=as_json)


@prompts.command(help="cli.prompts.diff_help")
def diff(
    context: typer.Context,
    name: Name,
    proposed: Annotated[Path | None, Proposed] = None,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Print how a prompt differs from the shipped one, or a proposed one from that."""
    from learncomm_agent import prompting

    console = console_of(context, data, settings)
    prompting.diff(console, name, proposed, as_json=as_json)


@prompts.command("try", help="cli.prompts.try_help")
def try_(
    context: typer.Context,
    name: Name,
    proposed: Annotated[Path, Proposed],
    on: Annotated[
        str, typer.Option("--on", help="cli.prompts.on", metavar="TRANSCRIPT.jsonl|QUESTION")
    ],
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Show what a model writes with a prompt and with a proposed one."""
    from learncomm_agent import trying

    console = console_of(context, data, settings)
    asyncio.run(trying.try_prompt(console, name, proposed, on, as_json=as_json))
