"""What is suggested for an option: one suggester for a kind of option, or for a single one."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC
from zoneinfo import available_timezones

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.people import MemberId
from learncomm_agent.commands import session_suggesting
from learncomm_agent.commands.declaration import Command, OptionKind, Who
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.storage import drafts, feeds, suggesting, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.templates import language_name
from learncomm_agent.writing.layout import Layout

MOST = 25
_LONGEST_ID = 100
"""Platforms take no longer one; then a number does."""
Suggester = Callable[[Visitor, str], Awaitable[Sequence[Choice]]]


def suggester_of(command: Command, option: str) -> Suggester | None:
    """Return what suggests for an option; None where there is nothing to suggest."""
    found = next((each for each in command.options if each.name == option), None)
    if found is None:
        return None
    return _OF_OPTION.get((command.name, option)) or _OF_KIND.get(found.kind)


async def resources(visitor: Visitor, typed: str) -> list[Choice]:
    """Suggest what the visitor may see of the library."""
    return await _resources(visitor, typed)


async def forgettable(visitor: Visitor, typed: str) -> list[Choice]:
    """Suggest what the visitor may take out: a leader what they see, others what they shared."""
    if visitor.is_leader:
        return await _resources(visitor, typed)
    return [] if visitor.member is None else await _resources(visitor, typed, visitor.member.id)


async def _resources(visitor: Visitor, typed: str, member: MemberId | None = None) -> list[Choice]:
    community, readable = visitor.community.id, await visitor.readable()
    found = await visitor.services.database.read(
        lambda conn: suggesting.titles(
            conn, community, readable, typed.removeprefix("#"), member=member, limit=MOST
        )
    )
    count = Counter(title for _, title in found)
    return [
        Choice(f"#{id}", title if count[title] == 1 else f"#{id} {title}") for id, title in found
    ]


async def commands(visitor: Visitor, typed: str) -> list[Choice]:
    """Suggest the commands that the visitor may call."""
    names = (
        command.name
        for command in visitor.services.catalogue.commands
        if command.who is Who.EVERYONE or visitor.is_leader
    )
    return _named(names, typed.lstrip("/!"))


async def feeds_here(visitor: Visitor, typed: str) -> list[Choice]:
    """Suggest the feeds of the room."""
    room = visitor.room_id
    if room is None:
        return []
    here = await visitor.services.database.read(lambda conn: feeds.of_room(conn, room))
    said = typed.casefold()
    return [
        Choice(feed.address if len(feed.address) <= _LONGEST_ID else str(number), feed.title)
        for number, feed in enumerate(here, 1)
        if said in f"{feed.title} {feed.address}".casefold()
    ]


async def drafts_waiting(visitor: Visitor, typed: str) -> list[Choice]:
    """Suggest the drafts that wait for rooms that the visitor may read; of one, also what to do with it."""
    readable, community = await visitor.readable(), visitor.community.id
    space = visitor.room.ref.space
    layout = Layout(visitor.words, visitor.language, UTC)

    def read(conn: Connection) -> list[Choice]:
        there = drafts.open_in(conn, community, space)
        waiting = [each for each in there if each.room in readable.rooms]
        found = [writings.get(conn, each.writing, community) for each in waiting[-MOST:]]
        return [Choice(str(each.id), f"{each.id}: {layout.title(each)}") for each in found if each]

    said = typed.lstrip("#").casefold()
    found = await visitor.services.database.read(read)
    fit = [each for each in found if said in each.label.casefold()]
    number = said.split(maxsplit=1)[0] if said else ""
    if not any(each.id == number for each in found):
        return fit
    done = (f"{number} {verb}" for verb in ("publish", "undo", "drop"))
    return [*fit, *(Choice(each, each) for each in done if each.startswith(said))]


async def languages(visitor: Visitor, typed: str) -> list[Choice]:
    """Suggest the languages that there are sentences in, and the community's own."""

    def read() -> list[Choice]:
        spoken = dict.fromkeys((*visitor.words.languages(), visitor.community.language))
        return [Choice(tag, language_name(tag, visitor.language)) for tag in spoken]

    said = typed.casefold()
    found = await asyncio.to_thread(read)
    return [each for each in found if said in f"{each.id} {each.label}".casefold()]


async def zones(visitor: Visitor, typed: str) -> list[Choice]:
    """Suggest time zones."""
    return _named(sorted(await asyncio.to_thread(available_timezones)), typed.replace(" ", "_"))


def _named(names: Iterable[str], typed: str) -> list[Choice]:
    """Suggest names that hold what is typed, those first that begin with it."""
    said = typed.casefold()
    fit = [name for name in names if said in name.casefold()]
    fit.sort(key=lambda name: not name.casefold().startswith(said))
    return [Choice(name, name) for name in fit[:MOST]]


_OF_KIND: dict[OptionKind, Suggester] = {OptionKind.RESOURCE: resources}
_OF_OPTION: dict[tuple[str, str], Suggester] = {
    ("draft", "what"): drafts_waiting,
    ("feeds", "stop"): feeds_here,
    ("forget", "source"): forgettable,
    ("help", "command"): commands,
    ("playbooks", "which"): session_suggesting.playbooks,
    ("session", "what"): session_suggesting.what,
    ("setup", "language"): languages,
    ("setup", "timezone"): zones,
    ("reminders", "timezone"): zones,
}
