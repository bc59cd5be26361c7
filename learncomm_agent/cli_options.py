"""What the commands of the command line share: their common options, the console, the language.

Nothing heavy is imported before a command runs.
"""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from learncomm_agent.console import Console

Data = Annotated[Path | None, typer.Option("--data", help="cli.data", metavar="DIR")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="cli.settings", metavar="FILE")
]
Community = Annotated[str | None, typer.Option("--community", help="cli.community", metavar="NAME")]
Json = Annotated[bool, typer.Option("--json", help="cli.json")]


@dataclass(frozen=True, slots=True)
class Root:
    """What goes for every command."""

    data: Path | None
    settings: Path | None
    ends: ExitStack
    """Closes what the command has opened, when all is said and done."""


def console_of(
    context: typer.Context, data: Path | None, settings: Path | None, *, has_log: bool = True
) -> "Console":
    """Return what carries a command out; its import is what costs time.

    Args:
        context: Of the command; holds the `Root`.
        data: The data folder, as said behind the command.
        settings: The settings file, as said behind the command.
        has_log: False leaves the data folder alone.
    """
    from learncomm_agent.console import Console

    root: Root = context.obj
    data, settings = data or root.data, settings or root.settings
    console = Console.open(data, settings, terminal_language(), has_log=has_log)
    root.ends.callback(console.close)
    return console


def terminal_language() -> str:
    """Return the language that this terminal speaks, as POSIX has it; English where it says nothing."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    said = next((os.environ[name] for name in names if os.environ.get(name)), "en")
    tag = said.split(".")[0].split("_")[0].lower()
    return tag if tag.isalpha() and tag not in {"c", "posix"} else "en"
