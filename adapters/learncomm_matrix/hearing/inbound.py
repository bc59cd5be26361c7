"""What happens on Matrix, told to the agent in the order in which it came.

What happens in one room is told one after the other; rooms do not wait for each other, so that what is
said in several is kept together. What can't be kept is an error, and the homeserver's answer comes again.
"""

import asyncio
from collections import Counter
from typing import Any, Protocol

from learncomm_agent.chat.events import MessageDeleted, MessageEdited, Reacted
from learncomm_agent.chat.messages import MessageRef, Room, RoomKind
from learncomm_agent.chat.people import Account, AccountRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.errors import LearncommError, for_log
from learncomm_agent.log import logger
from learncomm_matrix.connection.answers import JoinedRoom, RawEvent, Sync
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.controls.controls import Heard
from learncomm_matrix.faults import FINAL, WrongAddressError
from learncomm_matrix.hearing import polls
from learncomm_matrix.hearing.messages import KINDS, is_message
from learncomm_matrix.hearing.posts import Directory, Posts, last_edit
from learncomm_matrix.hearing.relations import EDIT, Relation, id_of, moment, redacted, relation
from learncomm_matrix.hearing.targets import Target, Targets
from learncomm_matrix.hearing.votes import PollOf, Votes

_LONGEST_REACTION = 100
_log = logger(__name__)


class Changes(Protocol):
    """Takes what a sync tells of rooms and members."""

    async def take(self, sync: Sync, is_context: bool) -> None:
        """Take it, before what is said there."""
        ...


class Answers(Protocol):
    """Takes what may be an answer to something that we offered or asked; each says whether it was."""

    async def hear(self, heard: Heard) -> bool:
        """Take a message."""
        ...

    async def reacted(
        self, room: Room, account: Account, event: str, target: str, reaction: str
    ) -> bool:
        """Take a reaction that was put."""
        ...

    async def edited(self, account: AccountRef, message: str, text: str, event: str) -> bool:
        """Take the edit of an answer."""
        ...

    async def deleted(self, account: AccountRef, message: str, event: str) -> bool:
        """Take that an answer was taken back."""
        ...


class Inbound:
    """Takes what the homeserver tells, one sync at a time."""

    def __init__(
        self,
        homeserver: Homeserver,
        directory: Directory,
        posts: Posts,
        sink: Sink,
        changes: Changes,
        answers: Answers,
        poll_of: PollOf,
    ) -> None:
        """Take what it needs.

        Args:
            homeserver: Is asked for what is not known.
            directory: Knows where things happen, and who does them.
            posts: Makes events of messages.
            sink: Is told.
            changes: Takes state first.
            answers: Takes what answers our offers, which is not told as a message.
            poll_of: Returns a poll of ours.
        """
        self._directory = directory
        self._posts = posts
        self._sink = sink
        self._changes = changes
        self._answers = answers
        self._homeserver = homeserver
        self._targets = Targets(homeserver)
        self._votes = Votes(homeserver, posts, self._targets, poll_of, directory, sink)
        self.counts: Counter[str] = Counter()
        """How much was `unreadable` so far."""

    async def take(self, sync: Sync, is_context: bool) -> None:
        """Tell what is new; once it returns, all of it is kept.

        Args:
            sync: What is new, gaps filled.
            is_context: Whether it only says how things are.

        Raises:
            LearncommError: Something could not be kept or looked up; all of it is to come again.
        """
        await self._changes.take(sync, is_context)
        told = [each for each in sync.joined if each.timeline]
        if is_context:
            for room in told:
                for event in room.timeline:
                    self._targets.note(room.room_id, event)
        elif len(told) == 1:
            await self._room(told[0])
        else:
            # All come to their end before one that failed is heard of: nothing may still be told later.
            done = await asyncio.gather(*map(self._room, told), return_exceptions=True)
            for failed in done:
                if failed is not None:
                    raise failed

    async def _room(self, room: JoinedRoom) -> None:
        for event in room.timeline:
            if "state_key" in event:
                continue
            try:
                await self._event(room.room_id, event)
            except FINAL as error:
                # To hear it again would be refused again, and would keep all rooms from being heard.
                self.counts["unreadable"] += 1
                _log.warning("event not placed", room=room.room_id, reason=for_log(error))
            except LearncommError:
                raise
            except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
                # Strangers' clients write these; one that nobody can read must not stop all others.
                self.counts["unreadable"] += 1
                _log.warning("event not readable", room=room.room_id, error=type(error).__name__)

    async def _event(self, room_id: str, event: RawEvent) -> None:
        type = event["type"]
        if type in KINDS:
            related = relation(event)
            self._targets.note(room_id, event, related)
            if not self._posts.is_ours(event):
                await self._post(room_id, event, related)
        elif type == "m.reaction":
            self._targets.note(room_id, event)
            await self._react(room_id, event)
        elif type == "m.room.redaction":
            await self._redact(room_id, event)
        elif type in polls.RESPONSES or type in polls.ENDS:
            await self._votes.take(room_id, event)

    async def _post(self, room_id: str, event: RawEvent, related: Relation) -> None:
        if related.kind == EDIT:
            await self._edit(room_id, event, related.target)
            return
        told = self._posts.posted(event, room_id, related=related)
        if told is None:
            if is_message(event) and moment(event) is None:
                self.counts["unreadable"] += 1
            return
        message, is_direct = told.message, told.room.kind is RoomKind.DIRECT
        if not (is_direct or message.is_addressed or message.reply_to):
            await self._sink(told)  # it answers nobody, as most of what is said
            return
        heard = Heard(
            told.room,
            told.author,
            message.ref.id,
            message.text,
            None if message.reply_to is None else message.reply_to.id,
            self._posts.is_called(event, room_id) if is_direct else message.is_addressed,
        )
        if not await self._answers.hear(heard):
            await self._sink(told)

    async def _edit(self, room_id: str, edit: RawEvent, id: str) -> None:
        """Tell of an edit, if it is by whoever wrote the message: a homeserver lets all others pass, too."""
        found = await self._targets.find(room_id, id) if id else None
        if found is None or not found.is_message or found.sender != edit.get("sender"):
            return
        told, event_id = self._posts.edited(edit, room_id, found.thread, id), edit.get("event_id")
        if told is None or not isinstance(event_id, str):
            return
        author = self._directory.account(str(found.sender), room_id).ref
        if not await self._answers.edited(author, id, told.text, event_id):
            await self._sink(told)

    async def _react(self, room_id: str, event: RawEvent) -> None:
        id = id_of(event.get("event_id"))
        found = None if id is None else await self._targets.find(room_id, id)
        if found is not None and found.reacts is not None and not self._posts.is_ours(event):
            await self._tell_reaction(room_id, found, event, is_added=True)

    async def _tell_reaction(
        self, room_id: str, reaction: Target, event: RawEvent, *, is_added: bool
    ) -> None:
        assert reaction.reacts is not None
        message, key = reaction.reacts
        on = await self._targets.find(room_id, message)
        sender = id_of(reaction.sender)
        room = None if on is None else self._posts.room(room_id, on.thread)
        if room is None or sender is None or len(key) > _LONGEST_REACTION:
            return
        account = self._directory.account(sender, room_id)
        id = id_of(event.get("event_id"))
        if is_added and id and await self._answers.reacted(room, account, id, message, key):
            return
        await self._sink(Reacted(MessageRef(room.ref, message), account, key, is_added))

    async def _redact(self, room_id: str, event: RawEvent) -> None:
        id = redacted(event)
        found = None if id is None else await self._targets.find(room_id, id)
        if id is None or (found is not None and found.sender == self._posts.me):
            return
        if found is None or (found.is_message and not found.is_placed):
            await self._deleted_somewhere(room_id, id)
        elif found.reacts is not None:
            await self._tell_reaction(room_id, found, event, is_added=False)
        elif found.edits is not None:
            await self._edit_gone(room_id, found.edits, event)
        elif found.is_message:
            room = self._posts.room(room_id, found.thread)
            if room is not None and not await self._was_answer(room_id, found, id, event):
                await self._sink(MessageDeleted(MessageRef(room.ref, id)))

    async def _was_answer(self, room_id: str, found: Target, id: str, event: RawEvent) -> bool:
        sender, event_id = id_of(found.sender), id_of(event.get("event_id"))
        if sender is None or event_id is None:
            return False
        author = self._directory.account(sender, room_id).ref
        return await self._answers.deleted(author, id, event_id)

    async def _deleted_somewhere(self, room_id: str, id: str) -> None:
        """Tell that a message is gone of which nothing tells any more in which thread it stood."""
        room = self._posts.room(room_id, None)
        if room is None:
            return
        await self._sink(MessageDeleted(MessageRef(room.ref, id)))
        if room.kind is RoomKind.DIRECT:
            return
        try:
            # One in which nothing is left is listed no more; it is found out when it is read again.
            listed = await self._homeserver.threads(room_id)
        except WrongAddressError:  # not every homeserver can list them
            listed = []
        roots = {id_of(each.get("event_id")) for each in listed} | self._targets.threads(room_id)
        for root in sorted(filter(None, roots)):
            thread = self._posts.room(room_id, root)
            if thread is not None and thread.ref != room.ref:
                await self._sink(MessageDeleted(MessageRef(thread.ref, id)))

    async def _edit_gone(self, room_id: str, message: str, redaction: RawEvent) -> None:
        """Tell what a message says after an edit of it was taken back."""
        at, found = moment(redaction), await self._targets.find(room_id, message)
        if at is None or found is None or not found.is_placed:
            return
        whole: Any = await self._homeserver.event(room_id, message)
        told = self._posts.posted(whole, room_id, last_edit(whole))
        if told is not None:
            now = told.message
            await self._sink(MessageEdited(now.ref, now.text, at, now.attachments))
