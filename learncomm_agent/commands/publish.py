"""`publish`: put a summary, or the links of a room, on the page that anybody may read; for leaders."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from learncomm_agent.caring.public_page import Entry
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomId, RoomKind
from learncomm_agent.chat.outgoing import Block, Choices, Link, Listing, Outgoing, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, Reply, Who
from learncomm_agent.commands.pressed import check_leads
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.storage import publications, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.publications import Publication
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.excerpts import snippet

PRESS = "public"
"""What the ids of its controls begin with."""
LINKS, OFF = "resources", "off"
_LINKS = frozenset({LINKS, "links", "ressourcen"})
_OFF = frozenset({OFF, "remove", "weg", "zurück"})
_NUMBER = re.compile(r"#?(\d{1,15})")
_OFFERED, _LISTED, _LINKS_SHOWN = 3, 20, 10
_LONGEST_LINK = 300
"""Characters of an address that is shown in a list; of a longer one the title has to do."""
TITLE_CHARS = 80
EXAMPLE = 12
"""Named where no summary is known."""


@dataclass(frozen=True, slots=True)
class _Thing:
    """What is to be put on the page, or is there; links are found by their room, summaries by their number."""

    title: str
    room: RoomId
    """Where it was said or shared."""
    writing: int | None
    """The summary; None where the links of the room are meant."""
    entries: tuple[Entry, ...]
    """The lines or links of it that anybody may read."""
    it: Publication | None
    """Where it stands there already."""

    @property
    def which(self) -> str:
        """How controls name it."""
        return f"r{self.room}" if self.writing is None else str(self.writing)

    @property
    def what(self) -> dict[str, Any]:
        """How the page names it."""
        return {"room": self.room} if self.writing is None else {"writing": self.writing}


async def publish(context: Context, values: Mapping[str, Any]) -> Reply:
    """Say what is on the page, ask before something is put there, or take it off.

    Raises:
        UsageError: It is not clear what is meant.
        NotFoundError: There is no such summary, or nothing to show.
    """
    said = " ".join(values.get("what", "").casefold().split())
    first, _, rest = said.partition(" ")
    if not said:
        return await _listed(context)
    is_off = first in _OFF
    named = rest if is_off else said
    if named in _LINKS and context.room.kind is RoomKind.DIRECT:
        raise UsageError("a direct talk has no links", phrase="publish.direct")
    number = _NUMBER.fullmatch(named)
    if number is None and named not in _LINKS:
        raise UsageError("no number", phrase="publish.how", number=EXAMPLE)
    thing = await _thing(context, number[1] if number else f"r{context.room_id}")
    return await _take_off(context, thing) if is_off else _asked(context, thing)


async def _listed(context: Context) -> Reply:
    """Name what is on the page, and what could be put there."""
    services, community = context.services, context.community.id
    readable = await context.readable(is_private=True)

    def read(conn: Connection) -> tuple[list[tuple[str, str]], list[tuple[Writing, datetime]]]:
        there = publications.of_community(conn, community)
        # Of rooms that they can't see, leaders learn nothing here either.
        seen = [
            (each.title, _called(each)) for each in there if _room(conn, each) in readable.rooms
        ]
        return seen, publications.newest(conn, community, readable, _OFFERED)

    there, new = await services.database.read(read)
    phrase, url = context.layout.phrase, services.publishing.url
    blocks: list[Block] = [context.say("publish.heading", count=len(there), url=url)]
    if there:
        lines = (
            phrase("publish.listed", title=snippet(title, TITLE_CHARS), name=name)
            for title, name in there[:_LISTED]
        )
        blocks.append(Listing(tuple((Text(line),) for line in lines)))
    if new:
        lines = (
            phrase(
                "publish.could_be",
                title=snippet(str(each.header["title"]), TITLE_CHARS),
                number=each.id,
                at=at.astimezone(context.zone),
            )
            for each, at in new
        )
        blocks += [context.say("publish.could"), Listing(tuple((Text(line),) for line in lines))]
        options = tuple(
            Choice(f"{PRESS}:ask:{each.id}", phrase("publish.choose", number=each.id))
            for each, _ in new
        )
        blocks.append(Choices(options))
    known = [*(name for _, name in there if name != LINKS), *(each.id for each, _ in new)]
    blocks.append(context.say("publish.how", number=known[0] if known else EXAMPLE))
    return Reply(tuple(blocks), is_private=True)


def _called(it: Publication) -> str:
    """Return how something is named where it is to be taken off."""
    return LINKS if it.writing is None else str(it.writing)


def _room(conn: Connection, it: Publication) -> RoomId | None:
    if it.writing is None:
        return it.room
    found = publications.publishable(conn, it.community, it.writing)
    return None if found is None else found.room


async def _thing(context: Context, which: str) -> _Thing:
    """Return what is named, as far as whoever asks leads and reads there.

    Raises:
        NotFoundError: There is no such thing for them.
        NotAllowedError: They don't lead there.
    """
    community, digits = context.community.id, which.removeprefix("r")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 15:
        raise NotFoundError("no such thing", phrase="publish.unknown")
    number, is_room = int(digits), which.startswith("r")
    publishing = context.services.publishing

    def read(conn: Connection) -> _Thing | None:
        if is_room:
            room = RoomId(number)
            if not rooms.exists(conn, room):
                return None
            links = publishing.entries(conn, context.community, room=room)
            title = context.layout.phrase("public.links_of", room=rooms.get(conn, room).name)
            it = publications.find(conn, community, room=room)
            return _Thing(title, room, None, links, it)
        writing = publications.publishable(conn, community, number)
        if writing is None or writing.room is None:
            return None
        lines = publishing.entries(conn, context.community, writing=number)
        it = publications.find(conn, community, writing=number)
        return _Thing(str(writing.header["title"]), writing.room, number, lines, it)

    found = await context.services.database.read(read)
    if found is None or found.room not in (await context.readable(is_private=True)).rooms:
        raise NotFoundError("no such thing", phrase="publish.unknown")
    await check_leads(context, found.room, PUBLISH.name)
    return found


def _asked(context: Context, thing: _Thing) -> Reply:
    """Say plainly who will read it, and ask.

    Raises:
        UsageError: It is there already, or there is nothing to show.
    """
    _check(thing)
    yes = Choice(f"{PRESS}:yes:{thing.which}", context.label("publish.yes"))
    no = Choice(f"{PRESS}:no:", context.label("publish.no"))
    title = snippet(thing.title, TITLE_CHARS)
    key = "publish.ask_links" if thing.writing is None else "publish.ask"
    blocks: list[Block] = [context.say(key, title=title, count=len(thing.entries))]
    if thing.writing is None:
        shown = thing.entries[:_LINKS_SHOWN]
        blocks.append(Listing(tuple((_linked(each),) for each in shown)))
        if more := len(thing.entries) - len(shown):
            blocks.append(context.say("publish.more_links", count=more))
    blocks.append(context.say("publish.who", url=context.services.publishing.url))
    return Reply((*blocks, Choices((yes, no))), is_private=True)


def _linked(entry: Entry) -> Link | Text:
    title = snippet(entry.text, TITLE_CHARS) or snippet(entry.url, TITLE_CHARS)
    return Link(title, entry.url) if len(entry.url) <= _LONGEST_LINK else Text(title)


def _check(thing: _Thing) -> None:
    if thing.it is not None:
        raise UsageError("it is there", phrase="publish.is_there", name=_called(thing.it))
    if not thing.entries:
        key = "publish.no_links" if thing.writing is None else "publish.no_lines"
        raise UsageError("nothing to show", phrase=key)


def _put(context: Context, thing: _Thing) -> Reply:
    """Put it on the page, and tell the room that it came from."""
    _check(thing)
    services, community, url = (
        context.services,
        context.community.id,
        context.services.publishing.url,
    )
    title = snippet(thing.title, TITLE_CHARS)

    def commit(conn: Connection) -> None:
        account = context.account_id
        if services.publishing.put(conn, community, account, thing.title, **thing.what):
            who = context.member.name
            key = "publish.told_links" if thing.writing is None else "publish.told"
            _tell(context, conn, thing, key, title=title, who=who, url=url)

    return Reply((context.say("publish.done", url=url),), is_private=True, commits=(commit,))


async def _take_off(context: Context, thing: _Thing) -> Reply:
    """Take it off the page, and tell the room.

    Raises:
        NotFoundError: It is not there.
    """
    if thing.it is None:
        raise NotFoundError("not on the page", phrase="publish.not_there")
    it, services = thing.it, context.services

    def commit(conn: Connection) -> None:
        services.publishing.take_off(conn, it, context.account_id)
        _tell(context, conn, thing, "publish.told_off", title=snippet(thing.title, TITLE_CHARS))

    return Reply((context.say("publish.taken_off"),), is_private=True, commits=(commit,))


def _tell(context: Context, conn: Connection, thing: _Thing, phrase: str, **values: object) -> None:
    """Have a room told what became of what it said or shared."""
    room = rooms.get(conn, thing.room)
    spoken = rooms.language(conn, thing.room) or context.community.language
    said = replace(context.layout, language=spoken).say(phrase, **values)
    outgoing = Outgoing(room.ref, (said,), f"{context.key}u")
    context.services.publishing.tell(conn, context.community.id, thing.room, outgoing)


async def press(context: Context, which: str) -> Reply:
    """Do what a button says.

    Raises:
        NotFoundError: There is no such control, or what it was for is gone.
        NotAllowedError: It is for leaders.
    """
    verb, _, named = which.partition(":")
    PUBLISH.check_may(is_leader=context.member.is_leader)
    match verb:
        case "ask":
            return _asked(context, await _thing(context, named))
        case "yes":
            return _put(context, await _thing(context, named))
        case "no":
            return Reply((context.say("publish.let_be"),), is_private=True)
    raise NotFoundError("no such control", phrase="control.gone")


PUBLISH = Command(
    name="publish",
    run=publish,
    options=(Option("what", takes_rest=True, max_chars=100),),
    who=Who.LEADERS,
    always_private=True,
    is_rare=True,
)
