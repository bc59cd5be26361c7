"""The command line: parses, calls, prints. Its sentences are keys into the phrases, filled in by `main`.

Nothing heavy is imported before a command runs, so that `--help` is quick.
"""

import asyncio
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from learncomm_agent import __version__
from learncomm_agent.cli_adapters import adapters
from learncomm_agent.cli_moving import moving
from learncomm_agent.cli_options import (
    Data,
    Json,
    Root,
    SettingsFile,
    console_of,
    terminal_language,
)
from learncomm_agent.cli_playbooks import playbooks
from learncomm_agent.cli_prompts import prompts
from learncomm_agent.cli_rehearse import rehearsing
from learncomm_agent.errors import (
    LearncommError,
    NotFoundError,
    PluginError,
    SettingsError,
    UsageError,
)
from learncomm_agent.words import Words

app = typer.Typer(
    help="cli.help",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(adapters)
app.add_typer(moving)
app.add_typer(playbooks, name="playbooks")
app.add_typer(prompts, name="prompts")
app.add_typer(rehearsing)


def _say_version(is_asked: bool) -> None:
    """Say which version this is, and end."""
    if is_asked:
        print(f"learncomm {__version__}")
        raise typer.Exit


@app.callback(help="cli.help")
def root(
    context: typer.Context,
    data: Data = None,
    settings: SettingsFile = None,
    version: Annotated[
        bool,
        typer.Option("--version", help="cli.version", is_eager=True, callback=_say_version),
    ] = False,
) -> None:
    """Keep what goes for every command."""
    context.obj = Root(data, settings, context.obj)


@app.command(help="cli.chat.help")
def chat(context: typer.Context, data: Data = None, settings: SettingsFile = None) -> None:
    """Open the community in this terminal."""
    from learncomm_agent import upkeep

    asyncio.run(upkeep.chat(console_of(context, data, settings)))


@app.command(help="cli.run.help")
def run(context: typer.Context, data: Data = None, settings: SettingsFile = None) -> None:
    """Take part in the chats that the settings name."""
    from learncomm_agent import upkeep

    asyncio.run(upkeep.run(console_of(context, data, settings)))


@app.command(help="cli.add.help")
def add(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="cli.add.paths", metavar="PATH…")],
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Add files and folders to the library."""
    from learncomm_agent import calls_adding

    console = console_of(context, data, settings)
    raise typer.Exit(
        asyncio.run(calls_adding.add(console, [_absolute(path) for path in paths], as_json=as_json))
    )


@app.command(help="cli.search.help")
def search(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(help="cli.search.query")] = None,
    queries: Annotated[
        Path | None, typer.Option("--queries", help="cli.search.queries", metavar="FILE")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, max=1000, help="cli.search.limit")
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="cli.search.why")] = False,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Search the library once, or for each line of a file."""
    from learncomm_agent import calls

    console = console_of(context, data, settings)
    if (query is None) == (queries is None):
        raise UsageError("a query or a file of queries", phrase="cli.search.one_of")
    if queries is not None:
        raise typer.Exit(asyncio.run(calls.search_all(console, queries, limit=limit)))
    call = calls.search(console, query or "", limit=limit, why=why, as_json=as_json)
    raise typer.Exit(asyncio.run(call))


@app.command(help="cli.ask.help")
def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="cli.ask.question")],
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Answer a question from the library."""
    from learncomm_agent import calls

    console = console_of(context, data, settings)
    raise typer.Exit(asyncio.run(calls.ask(console, question, as_json=as_json)))


@app.command(help="cli.questions.help")
def questions(
    context: typer.Context,
    about: Annotated[str, typer.Argument(help="cli.questions.about", metavar="TOPIC|RESOURCE")],
    count: Annotated[int, typer.Option("--count", min=1, max=50, help="cli.questions.count")] = 5,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Write open questions."""
    from learncomm_agent import calls

    console = console_of(context, data, settings)
    raise typer.Exit(asyncio.run(calls.questions(console, about, count=count, as_json=as_json)))


@app.command(help="cli.summarize.help")
def summarize(
    context: typer.Context,
    transcript: Annotated[
        Path, typer.Argument(help="cli.summarize.transcript", metavar="TRANSCRIPT.jsonl")
    ],
    language: Annotated[
        str | None, typer.Option("--language", help="cli.summarize.language", metavar="CODE")
    ] = None,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="cli.summarize.dry_run")] = False,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Summarise a transcript."""
    from learncomm_agent import calls

    console = console_of(context, data, settings)
    call = calls.summarize(console, transcript, language=language, is_dry=is_dry, as_json=as_json)
    raise typer.Exit(asyncio.run(call))


@app.command(help="cli.forget.help")
def forget(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="cli.forget.source")],
    yes: Annotated[bool, typer.Option("--yes", help="cli.forget.yes")] = False,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Forget a resource."""
    from learncomm_agent import calls

    console = console_of(context, data, settings)
    if not yes:
        raise UsageError("forget wants --yes", phrase="cli.forget.want_yes", source=source)
    raise typer.Exit(asyncio.run(calls.forget(console, source, as_json=as_json)))


@app.command(help="cli.doctor.help")
def doctor(
    context: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="cli.doctor.offline")] = False,
    as_json: Json = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Say how things are."""
    from learncomm_agent import upkeep

    console = console_of(context, data, settings)
    raise typer.Exit(asyncio.run(upkeep.doctor(console, is_offline=offline, as_json=as_json)))


@app.command(help="cli.init.help")
def init(
    context: typer.Context,
    models_only: Annotated[
        bool, typer.Option("--models-only", help="cli.init.models_only")
    ] = False,
    data: Data = None,
    settings: SettingsFile = None,
) -> None:
    """Write a settings file, bring the embedding model, and look at what is set up."""
    from learncomm_agent import upkeep

    console = console_of(context, data, settings)
    raise typer.Exit(asyncio.run(upkeep.init(console, models_only=models_only)))


def main() -> None:
    """Run the command line; ends the process with 0, 1 (nothing found, or failed) or 2 (usage, settings)."""
    words, language = Words(), terminal_language()
    command = typer.main.get_command(app)
    _translate(command, words, language)
    with ExitStack() as ends:  # the log is open until the last mistake is in it
        _run(command, words, language, ends)


def _run(command: Any, words: Words, language: str, ends: ExitStack) -> None:
    try:
        command.main(obj=ends)
    except BrokenPipeError:  # whoever read our output has gone; there is nobody to tell
        sys.stdout = None
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except LearncommError as error:
        advice = error.advice
        print(words.phrase(advice.phrase, language=language, **advice.values), file=sys.stderr)
        sys.exit(_code(error))
    except Exception as error:  # a mistake of ours: one sentence here, the cause in the log
        from learncomm_agent import log

        if log.is_kept():
            log.logger(__name__).exception("command failed", kind=type(error).__name__)
            said = words.phrase("error.unexpected", language=language)
        else:
            said = words.phrase("cli.failed", language=language, where=log.origin(error))
        print(said, file=sys.stderr)
        sys.exit(1)


def _code(error: LearncommError) -> int:
    is_usage = isinstance(error, SettingsError | PluginError | UsageError)
    return 2 if is_usage and not isinstance(error, NotFoundError) else 1


def _absolute(path: str) -> str:
    """Return a path as another process would need it; a link stays as it is."""
    if not path.strip():
        raise UsageError("an empty path", phrase="cli.unreadable", name=path)
    return path if "://" in path else os.path.abspath(path)


def _translate(command: Any, words: Words, language: str) -> None:
    """Put the sentences in the place of their keys, in a command and all below it."""
    for shown in (command, *command.params):
        if (getattr(shown, "help", None) or "").startswith("cli."):
            shown.help = words.phrase(shown.help, language=language)
    for child in getattr(command, "commands", {}).values():
        _translate(child, words, language)
