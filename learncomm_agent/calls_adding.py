"""The call of the command line that adds to the library. It returns the exit code."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from learncomm_agent.agent import Agent
from learncomm_agent.beside import Beside
from learncomm_agent.console import Console
from learncomm_agent.errors import LinkError, StoreLockedError
from learncomm_agent.library.readers.reader import Unread
from learncomm_agent.library.web.addresses import (
    checked,
    is_link,
    is_public,
    link_error,
    literal,
    shown,
)
from learncomm_agent.progress import Bars
from learncomm_agent.readers import readers_of


async def add(console: Console, paths: list[str], *, as_json: bool) -> int:
    """Add files and folders; beside a running process, leave them for it."""
    try:
        return await _add_here(console, paths, as_json=as_json)
    except StoreLockedError:
        return await _add_beside(console, paths, as_json=as_json)


async def _add_here(console: Console, paths: list[str], *, as_json: bool) -> int:
    added, known, unread = 0, 0, []
    async with Agent(console.settings) as agent:
        with Bars(console.label) as bars:
            for path in paths:
                addition = await agent.add(
                    path if is_link(path) else Path(path), progress=bars.read
                )
                added, known = added + len(addition.added), known + len(addition.known)
                unread += addition.unread
            await agent.idle(progress=bars.indexed)
    failures = _told(console, unread)
    if as_json:
        console.json({"added": added, "known": known, "unread": failures})
    elif added + known:
        console.say("cli.add.done", added=added, known=known)
    return 0 if added + known else 1


async def _add_beside(console: Console, paths: list[str], *, as_json: bool) -> int:
    """Leave paths for the process that holds the store; what is wrong with them is told here, for it can't."""
    readers = await asyncio.to_thread(readers_of, console.settings)
    left, unread = [], []
    with Bars(console.label) as bars:
        for path in paths:
            is_good = False
            seen = _link_seen(console, path) if is_link(path) else readers.read_path(path)
            while (each := await asyncio.to_thread(next, seen, None)) is not None:
                bars.read(1)
                if isinstance(each, Unread):
                    unread.append(each)
                else:
                    is_good = True
            if is_good:
                left.append(path)
    if left:
        async with Beside(console.settings, console.clock) as store:
            for path in left:
                await store.leave("add", {"path": path})
    failures = _told(console, unread)
    if as_json:
        console.json({"left": bool(left), "unread": failures})
    if left:
        console.note("cli.add.left")
    return 0 if left else 1


def _link_seen(console: Console, link: str) -> Iterator[str | Unread]:
    """Yield an address that may be opened, as far as that can be told without doing so."""
    try:
        url = checked(link)
        if not console.settings.library.links:
            raise LinkError("links are off", phrase="error.link_off")
        machine = literal(url.raw_host or "")
        if machine is not None and not is_public(machine):
            raise link_error(url, "is inside", "error.link_refused")
        yield link
    except LinkError as error:
        yield Unread(shown(link), error)


def _told(console: Console, unread: list[Unread]) -> list[dict[str, str]]:
    """Say what could not be read, and return the same for programs."""
    failures = []
    for each in unread:
        advice = each.error.advice
        reason = console.label(advice.phrase, **{"name": each.source, **advice.values})
        print(reason, file=sys.stderr)
        failures.append({"source": each.source, "reason": reason})
    return failures
