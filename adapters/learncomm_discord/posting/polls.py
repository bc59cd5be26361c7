"""Discord's own polls: everyone sees who voted for what."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from math import ceil

import discord

from learncomm_agent.adapting.once import CLOCKS_DIFFER, Once
from learncomm_agent.adapting.receipts import Entry, Receipts
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.chat.polls import Poll, Votes
from learncomm_agent.clock import Clock
from learncomm_agent.errors import PlatformError, RoomGoneError
from learncomm_discord.directory.accounts import account_ref, message_number
from learncomm_discord.directory.rooms import Channel, Rooms
from learncomm_discord.faults import translated
from learncomm_discord.posting.abilities import MAX_POLL_OPTIONS, capabilities, check

_MAX_QUESTION = 300
_MAX_OPTION = 55
_MAX_HOURS = 32 * 24
_HOUR = timedelta(hours=1)
_PAGE = 100
_LOOKED_AT = 500
_ENDED = 520001


class Polls:
    """Opens and closes polls, each key once, and reads their votes."""

    def __init__(
        self, client: discord.Client, rooms: Rooms, receipts: Receipts, once: Once, clock: Clock
    ) -> None:
        """Take what it needs."""
        self._client = client
        self._rooms = rooms
        self._receipts = receipts
        self._once = once
        self._clock = clock

    async def open(self, room: RoomRef, poll: Poll, key: str) -> MessageRef:
        """Open a poll; see `verbs.Polls`."""
        channel = await self._rooms.channel(room)
        check(capabilities(channel).polls, room)
        shown = _shown(poll, self._clock.now())

        async def look(entry: Entry) -> Entry | None:
            found = await self._find_again(channel, shown, entry)
            return None if found is None else entry.made(found.id, _options(found, poll))

        async def make(entry: Entry) -> Entry:
            with translated("poll"):
                message = await channel.send(poll=shown, nonce=_nonce(key))
            return entry.made(message.id, _options(message, poll))

        return MessageRef(room, await self._once.do(f"poll:{key}", room.id, look, make))

    async def close(self, message: MessageRef) -> None:
        """End a poll; see `verbs.Polls`."""
        found = await self._fetched(message)
        if found.poll is None or found.poll.is_finalised():
            return
        with translated("end a poll"):
            try:
                await found.end_poll()
            except discord.HTTPException as error:
                if error.code != _ENDED:
                    raise

    async def votes(self, message: MessageRef, poll: Poll) -> Votes:
        """Return how a poll stands; see `verbs.Polls`."""
        found = await self._fetched(message)
        if found.poll is None:
            raise RoomGoneError(f"message {message.id!r} shows no poll")
        known = self._receipts.of_message(message.id)
        names = known.options if known and known.options else _options(found, poll)
        by_option: dict[str, frozenset[AccountRef]] = {
            each.id: frozenset() for each in poll.options
        }
        for answer in found.poll.answers:
            option = names.get(str(answer.id))
            if option is not None:
                by_option[option] = await self._voters(found, answer.id)
        expires = found.poll.expires_at
        is_over = expires is not None and expires <= self._clock.now()
        return Votes(by_option, is_closed=found.poll.is_finalised() or is_over)

    def option_of(self, message: str, answer: int) -> str | None:
        """Return our id of an option by its message and Discord's id of the answer, if it is ours."""
        known = self._receipts.of_message(message)
        return None if known is None else known.options.get(str(answer))

    async def _fetched(self, message: MessageRef) -> discord.Message:
        channel = await self._rooms.channel(message.room)
        with translated("poll"):
            return await channel.fetch_message(message_number(message))

    async def _voters(self, message: discord.Message, answer: int) -> frozenset[AccountRef]:
        """Return who voted; Discord counts an open poll by estimate, so that each page is asked for."""
        found: set[int] = set()
        while True:
            with translated("votes"):
                page = await self._client.http.get_poll_answer_voters(
                    message.channel.id, message.id, answer, after=max(found, default=0), limit=_PAGE
                )
            more = {int(user["id"]) for user in page["users"]} - found
            found |= more
            if len(more) < _PAGE:
                return frozenset(map(account_ref, found))

    async def _find_again(
        self, channel: Channel, shown: discord.Poll, entry: Entry
    ) -> discord.Message | None:
        """Return the poll of an attempt that was cut off, if it got there."""
        me, since = self._client.user, entry.at - CLOCKS_DIFFER
        with translated("look for a poll"):
            async for message in channel.history(limit=_LOOKED_AT):
                if message.created_at < since:
                    break
                is_ours = me is not None and message.author.id == me.id
                is_same = message.poll is not None and _words(message.poll) == _words(shown)
                if (
                    is_ours
                    and is_same
                    and self._once.is_free(message.id, message.created_at, since)
                ):
                    return message
        return None


def _shown(poll: Poll, now: datetime) -> discord.Poll:
    """Return a poll as Discord takes it.

    Raises:
        PlatformError: It is more than Discord takes.
    """
    hours = ceil((poll.closes_at - now) / _HOUR)
    if not 1 <= hours <= _MAX_HOURS:
        raise PlatformError(f"a poll of {hours} hours")
    if not 1 <= len(poll.options) <= MAX_POLL_OPTIONS:
        raise PlatformError(f"a poll with {len(poll.options)} options")
    if not 1 <= len(poll.question.strip()) <= _MAX_QUESTION:
        raise PlatformError(f"a poll's question has {len(poll.question)} characters")
    shown = discord.Poll(poll.question.strip(), hours * _HOUR, multiple=poll.is_multiple)
    for option in poll.options:
        if not 1 <= len(option.label.strip()) <= _MAX_OPTION:
            raise PlatformError(f"a poll's option has {len(option.label)} characters")
        shown.add_answer(text=option.label.strip())
    return shown


def _options(message: discord.Message, poll: Poll) -> Mapping[str, str]:
    """Return our ids of the options by those that Discord gave the answers."""
    answers = message.poll.answers if message.poll is not None else []
    pairs = zip(answers, poll.options, strict=False)
    return {str(answer.id): option.id for answer, option in pairs}


def _nonce(key: str) -> str:
    """Return by what Discord knows a repeat; not the key itself, which a message may have as well."""
    return blake2b(f"poll:{key}".encode(), digest_size=12).hexdigest()


def _words(poll: discord.Poll) -> tuple[str, ...]:
    return (poll.question, *(answer.text for answer in poll.answers))
