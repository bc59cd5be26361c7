"""The calls of the command line that open, set up and check the house."""

from learncomm_agent import checkup, plugins
from learncomm_agent.agent import Agent
from learncomm_agent.chat.platform import Interactive
from learncomm_agent.commands import builtin
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.console import Console


async def chat(console: Console) -> None:
    """Open the community in this terminal, until its people leave."""
    make = plugins.load("adapters", "terminal")
    folder = console.settings.data / "terminal"
    folder.mkdir(parents=True, exist_ok=True)
    community = console.settings.community
    adapter = make(
        Surroundings(
            folder=folder,
            clock=console.clock,
            phrases=console.words.for_community(community.slug),
            catalogue=builtin.catalogue(),
            language=community.language,
            community=community.name,
        )
    )
    async with Agent(console.settings, [adapter]):
        if isinstance(adapter, Interactive):
            await adapter.finished()


def doctor(console: Console, *, as_json: bool) -> int:
    """Say how things are: 0 when all is well."""
    checks = checkup.checks(console.settings, console.words, console.clock.now())
    if as_json:
        console.json([{"check": each.name, "ok": each.is_ok, **each.facts} for each in checks])
    else:
        for each in checks:
            console.say(each.phrase, mark="✓" if each.is_ok else "!", **each.facts)
    return 0 if all(each.is_ok for each in checks) else 1


def init(console: Console, *, models_only: bool) -> int:
    """Write a settings file where there is none, and bring the embedding model."""
    from learncomm_agent.library.models import fetch_models

    if not models_only:
        _write_settings(console)
    console.note("cli.init.fetching")
    fetch_models()
    console.note("cli.init.ready")
    return 0


def _write_settings(console: Console) -> None:
    """Write the commented settings file, unless there is one."""
    path = console.settings.data / "learncomm.toml"
    if path.exists():
        console.note("cli.init.kept", path=path)
        return
    path.write_text(console.words.template("learncomm.toml"), encoding="utf-8")
    console.note("cli.init.written", path=path)
