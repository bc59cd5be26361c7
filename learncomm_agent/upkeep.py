"""The calls of the command line that open, set up and check the house."""

import asyncio
import contextlib
import signal

from learncomm_agent import checkup, checkup_remote, platforms, plugins
from learncomm_agent.agent import Agent
from learncomm_agent.chat.platform import Interactive, Platform
from learncomm_agent.checkup import Check
from learncomm_agent.console import Console

_ENDS = (signal.SIGTERM, signal.SIGINT)


async def chat(console: Console) -> None:
    """Open the community in this terminal, until its people leave."""
    adapter = await asyncio.to_thread(platforms.make, console.settings, "terminal", console.clock)
    async with Agent(console.settings, [adapter]):
        if isinstance(adapter, Interactive):
            await adapter.finished()


async def run(console: Console) -> None:
    """Take part in the chats that the settings name, until somebody stops it.

    Raises:
        UsageError: The settings name no chat.
        LearncommError: It can't start, or something has ended that should go on.
    """
    names = platforms.names(console.settings)
    made = [
        await asyncio.to_thread(platforms.make, console.settings, name, console.clock)
        for name in names
    ]
    running = asyncio.create_task(_run(console, made, names))
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for number in _ENDS:  # a second one ends the process at once
            loop.remove_signal_handler(number)
        running.cancel()

    for number in _ENDS:
        with contextlib.suppress(NotImplementedError):  # Windows: there, Ctrl-C ends the process
            loop.add_signal_handler(number, stop)
    try:
        await running
    except asyncio.CancelledError:
        console.note("cli.run.stopped")


async def _run(console: Console, made: list[Platform], names: tuple[str, ...]) -> None:
    console.note("cli.run.starting", names=names)
    async with Agent(console.settings, made, clock=console.clock) as agent:
        console.note("cli.run.running", names=names)
        await agent.watch()


async def doctor(console: Console, *, is_offline: bool, as_json: bool) -> int:
    """Say how things are: 0 when all is well."""
    now = console.clock.now()
    checks = await asyncio.to_thread(checkup.checks, console.settings, console.words, now)
    if not is_offline:
        checks += await checkup_remote.checks(console.settings, console.clock)
    if as_json:
        console.json([{"check": each.name, "ok": each.is_ok, **each.facts} for each in checks])
    else:
        _show(console, checks)
    return 0 if all(each.is_ok for each in checks) else 1


async def init(console: Console, *, models_only: bool) -> int:
    """Write a settings file where there is none, bring the embedding model, and check what is set."""
    from learncomm_agent.library.embedders.models import fetch_models

    if not models_only:
        await asyncio.to_thread(_write_settings, console)
    console.note("cli.init.fetching")
    await asyncio.to_thread(fetch_models)
    console.note("cli.init.ready")
    if models_only:
        return 0
    checks = await checkup_remote.checks(console.settings, console.clock)
    _show(console, checks)
    if not console.settings.adapters:
        known = await asyncio.to_thread(plugins.names, "adapters")
        others = [name for name in known if name != "terminal"]
        console.note("cli.init.next", adapters=others)
    return 0 if all(each.is_ok for each in checks) else 1


def _show(console: Console, checks: list[Check]) -> None:
    for each in checks:
        mark = "✓" if each.is_ok else "!"
        print(f"{mark} {console.label(each.phrase, **each.facts)}")


def _write_settings(console: Console) -> None:
    """Write the commented settings file, unless there is one."""
    path = console.settings.data / "learncomm.toml"
    if path.exists():
        console.note("cli.init.kept", path=path)
        return
    path.write_text(console.words.template("learncomm.toml"), encoding="utf-8")
    console.note("cli.init.written", path=path)
