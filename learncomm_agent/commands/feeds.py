"""`feeds`: what this room is subscribed to, for a leader to choose."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Listing, Style, Text
from learncomm_agent.commands.choosing import number_in
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, Reply, Who
from learncomm_agent.commands.recording import record
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.library.readers.feed import MAX_ADDRESS
from learncomm_agent.storage import feeds as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.feeds import Subscription
from learncomm_agent.work import Commit

MOST = 50
"""So many feeds of one room."""


async def feeds(context: Context, values: Mapping[str, Any]) -> Reply:
    """List the feeds of this room, add one, or stop one; of a change, all in the room are told.

    Raises:
        UsageError: In a direct talk or a room that is not read; or there are too many.
        NotFoundError: There is no such feed here.
        UnreadableResourceError: What is at the address is no feed, or can't be had.
    """
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("a direct talk is never read", phrase="read.direct")
    here = await context.services.database.read(lambda conn: stored.of_room(conn, context.room_id))
    if "add" in values:
        return await _add(context, here, values["add"].strip("<>"))
    if "stop" in values:
        return _stop(context, _named(here, values["stop"].strip("<>")))
    if not here:
        return Reply((context.say("feeds.none"),), is_private=True)
    items = tuple(_line(context, feed) for feed in here)
    return Reply((context.say("feeds.list"), Listing(items, start=1)), is_private=True)


async def _add(context: Context, here: list[Subscription], address: str) -> Reply:
    if not context.services.directory.reads(context.room):
        raise UsageError("the room is not read", phrase="feeds.not_read")
    if len(here) >= MOST:
        raise UsageError("too many feeds", phrase="feeds.too_many", limit=MOST)
    service = context.services.feeds
    look = await service.look(address)
    if any(feed.address == look.address for feed in here):
        return Reply((context.say("feeds.known", feed=look.feed.title),), is_private=True)

    def subscribe(conn: Connection) -> None:
        service.subscribe(conn, context.community.id, context.room_id, context.member.id, look)

    said = context.say("feeds.added", feed=look.feed.title)
    return Reply((said,), commits=(subscribe, _noted(context, "feed add")))


def _stop(context: Context, feed: Subscription) -> Reply:
    def stop(conn: Connection) -> None:
        stored.remove(conn, feed.id)

    said = context.say("feeds.stopped", feed=feed.title)
    return Reply((said,), commits=(stop, _noted(context, "feed stop")))


def _noted(context: Context, action: str) -> Commit:
    return record(context, action, f"room {context.room_id}")


def _named(here: list[Subscription], which: str) -> Subscription:
    """Return the feed of this number in the list, or of this address."""
    number = number_in(which)
    if number is not None and 0 < number <= len(here):
        return here[number - 1]
    for feed in here:
        if feed.address.rstrip("/") == which.rstrip("/"):
            return feed
    raise NotFoundError("no such feed here", phrase="feeds.not_found")


def _line(context: Context, feed: Subscription) -> tuple[Text, ...]:
    words, language = context.words, context.language
    if feed.checked_at is None:
        when = words.phrase("feeds.not_checked", language=language)
    else:
        age = context.layout.age(feed.checked_at.isoformat(), context.asked_at.isoformat())
        when = words.phrase("feeds.checked", language=language, age=age)
    parts = [f" · {feed.address}", f" · {when}"]
    if feed.failures:
        parts.append(f" · {words.phrase('feeds.fails', language=language)}")
    return (Text(feed.title, Style.STRONG), *map(Text, parts))


FEEDS = Command(
    name="feeds",
    run=feeds,
    options=(
        Option("add", max_chars=MAX_ADDRESS, wanted="wanted.feeds_add"),
        Option("stop", max_chars=MAX_ADDRESS, is_suggested=True, wanted="wanted.feeds_stop"),
    ),
    who=Who.LEADERS,
    is_rare=True,
)
