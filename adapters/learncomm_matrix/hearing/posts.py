"""The messages of a room, as the rest of the house knows them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from learncomm_agent.chat.events import MessageEdited, MessagePosted
from learncomm_agent.chat.messages import Message, MessageRef, Room, RoomKind, RoomRef
from learncomm_agent.chat.people import Account
from learncomm_matrix.connection.answers import RawEvent, mapping
from learncomm_matrix.directory.place import Where
from learncomm_matrix.directory.state import RoomState
from learncomm_matrix.hearing.messages import Myself, is_message, said
from learncomm_matrix.hearing.relations import (
    EDIT,
    Relation,
    bundled,
    id_of,
    moment,
    new_content,
    relation,
)


class Directory(Protocol):
    """What is known of rooms and people."""

    @property
    def states(self) -> Mapping[str, RoomState]:
        """The rooms that we are in, by their ids."""
        ...

    def room(self, room_id: str, thread: str | None = None) -> Room | None:
        """Return a room, or a thread in it; None where it is not served."""
        ...

    def where(self, ref: RoomRef) -> Where:
        """Return where a room is.

        Raises:
            RoomGoneError: We are not in it.
        """
        ...

    def account(self, user_id: str, room_id: str) -> Account:
        """Return who somebody is in a room."""
        ...


class Posts:
    """Makes events of messages; the same ones, whether they are heard or read in the history."""

    def __init__(
        self, directory: Directory, me: str, prefixes: Sequence[str] = ("!learncomm", "!lc")
    ) -> None:
        """Take what it needs.

        Args:
            directory: Knows where messages stand, and who wrote them.
            me: Our own id.
            prefixes: What people may write before a command.
        """
        self._directory = directory
        self.me = me
        self._prefixes = tuple(prefixes)
        self._myself: dict[str | None, Myself] = {}

    def room(self, room_id: str, thread: str | None) -> Room | None:
        """Return where something stands; None where that is not served. A direct talk has no threads."""
        room = self._directory.room(room_id)
        if thread is None or room is None or room.kind is RoomKind.DIRECT:
            return room
        return self._directory.room(room_id, thread)

    def posted(
        self,
        event: RawEvent,
        room_id: str,
        edit: RawEvent | None = None,
        related: Relation | None = None,
    ) -> MessagePosted | None:
        """Return the event of a message; None where it is none, is our own, or is not served.

        Args:
            event: The message as it was posted.
            room_id: Where it came from.
            edit: The last edit of it.
            related: Its relation, where that was read already.
        """
        sender, id, at = id_of(event.get("sender")), id_of(event.get("event_id")), moment(event)
        if sender is None or sender == self.me or id is None or at is None:
            return None
        related = related or relation(event)
        if not is_message(event, related):
            return None
        room = self.room(room_id, related.thread)
        if room is None:
            return None
        edited_at = None if edit is None else moment(edit)
        changed = new_content(edit) if edit is not None and edited_at is not None else None
        content = mapping(event.get("content")) if changed is None else changed
        what = said(event, content, self._by_name(room_id), lambda id: self._name(id, room_id))
        if what is None:
            return None
        account = self._directory.account(sender, room_id)
        message = Message(
            MessageRef(room.ref, id),
            account.ref,
            what.text,
            at,
            revision=0 if changed is None else 1,
            edited_at=None if changed is None else edited_at,
            reply_to=self._answered(related.reply_to, related.thread, room, room_id),
            attachments=what.attachments,
            is_addressed=what.is_addressed or room.kind is RoomKind.DIRECT,
        )
        return MessagePosted(message, account, room)

    def edited(
        self, edit: RawEvent, room_id: str, thread: str | None, target: str
    ) -> MessageEdited | None:
        """Return the event of an edit; None where it changes nothing that people read."""
        content, at, room = new_content(edit), moment(edit), self.room(room_id, thread)
        if content is None or at is None or room is None:
            return None
        what = said(edit, content, self._by_name(room_id), lambda id: self._name(id, room_id))
        if what is None:
            return None
        return MessageEdited(MessageRef(room.ref, target), what.text, at, what.attachments)

    def is_ours(self, event: RawEvent) -> bool:
        """Whether we sent it."""
        return event.get("sender") == self.me

    def is_called(self, event: RawEvent, room_id: str) -> bool:
        """Whether a message begins with a sign or our name."""
        body = mapping(event.get("content")).get("body")
        return isinstance(body, str) and self._by_name(room_id).called(body) is not None

    def _name(self, user_id: str, room_id: str) -> str | None:
        """Return what somebody is called in a room; None where they are not known there."""
        state = self._directory.states.get(room_id)
        member = None if state is None else state.members.get(user_id)
        return None if member is None else member.name

    def _by_name(self, room_id: str) -> Myself:
        name = self._name(self.me, room_id)
        found = self._myself.get(name)
        if found is None:
            found = Myself(self.me, () if name is None else (name,), self._prefixes)
            self._myself[name] = found
        return found

    def _answered(
        self, id: str | None, thread: str | None, room: Room, room_id: str
    ) -> MessageRef | None:
        if id is None:
            return None
        trunk = (
            self.room(room_id, None) if id == thread else None
        )  # where a thread's first message is
        return MessageRef(room.ref if trunk is None else trunk.ref, id)


def last_edit(event: RawEvent) -> RawEvent | None:
    """Return the last edit that the homeserver tells along with a message; None where there is none."""
    edit = bundled(event, EDIT)
    return edit if edit and edit.get("sender") == event.get("sender") else None
