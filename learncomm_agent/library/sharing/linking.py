"""Links and files that come into the library without a command: by a reaction, or all of a room.

A leader chose so: which reaction it is, and in which rooms all is taken. What is to be brought is a row
in the transaction that keeps the message or the wish; `library.sharing.wishes` does it.
"""

from learncomm_agent.chat.events import MessagePosted, Reacted
from learncomm_agent.chat.messages import Room, RoomId, RoomRef
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.sharing.links import links_in
from learncomm_agent.library.web.addresses import kept_as
from learncomm_agent.storage import communities, linking, messages, rooms
from learncomm_agent.storage.database import Connection, after_commit
from learncomm_agent.storage.directory import Directory, KnownRoom
from learncomm_agent.storage.messages import State
from learncomm_agent.work import Work

BRING = "bring"
"""The kind of row that brings what a message holds."""
EVERY, TAPPED = "every", "tapped"


class Linking:
    """Knows what leaders chose, and has brought what that calls for."""

    def __init__(self, directory: Directory, work: Work, forgetting: Forgetting) -> None:
        """Take what it needs."""
        self._directory = directory
        self._work = work
        self._forgetting = forgetting
        self._rooms: dict[RoomRef, str] = {}
        self._reactions: dict[CommunityId, str] = {}

    # What leaders choose.

    def open(self, conn: Connection) -> None:
        """Read what leaders chose before."""
        self._rooms, self._reactions = rooms.links(conn), communities.reactions(conn)

    def choose(self, conn: Connection, id: RoomId, room: RoomRef, *, is_every: bool) -> None:
        """Keep whether all links of a room are taken."""
        chosen = EVERY if is_every else TAPPED
        rooms.choose_links(conn, id, chosen)
        after_commit(conn, lambda: self._rooms.update({room: chosen}))

    def choose_reaction(
        self, conn: Connection, community: CommunityId, reaction: str | None
    ) -> None:
        """Keep which reaction brings what a message holds; none where None."""
        communities.choose_reaction(conn, community, reaction)

        def choose() -> None:  # another one, as it is looked through on other threads
            others = {id: each for id, each in self._reactions.items() if id != community}
            self._reactions = others if reaction is None else {**others, community: reaction}

        after_commit(conn, choose)

    def takes_every(self, room: Room) -> bool:
        """Whether all links of a room are taken; a thread does as where it branches from, unless told."""
        chosen = self._rooms.get(room.ref)
        if chosen is None and room.parent is not None:
            chosen = self._rooms.get(room.parent)
        return chosen == EVERY

    def reaction(self, community: CommunityId) -> str | None:
        """Return the reaction that a community chose."""
        return self._reactions.get(community)

    # What happens in the chat.

    def posted(self, conn: Connection, room: KnownRoom, event: MessagePosted) -> None:
        """Have everything brought that a message holds, where its room wants that."""
        message = event.message
        if message.is_addressed or not self.takes_every(room.room):
            return
        if message.attachments or links_in(message.text).addresses:
            self._add(conn, room, message.ref.id, _lane_of(room, message.ref.id))

    def awaits(self, event: Reacted) -> bool:
        """Whether a reaction may be one that a leader chose."""
        return event.is_added and plain(event.reaction) in self._reactions.values()

    def reacted(self, conn: Connection, event: Reacted) -> None:
        """Have brought what a message holds under which somebody put the reaction."""
        room = self._directory.known_room(conn, event.ref.room)
        if room is None or event.account.is_bot:
            return
        found = messages.find(conn, room.id, event.ref.id)
        wanted = self._reactions.get(room.community)
        if found is None or found.state is not State.KEPT or plain(event.reaction) != wanted:
            return
        account = self._directory.account(conn, room.community, event.account)
        ref = account.account.ref
        wish = {"by": account.member, "ref": [ref.platform, ref.id], "reaction": event.reaction}
        self._add(conn, room, event.ref.id, None, **wish)

    def edited(self, conn: Connection, room: KnownRoom, platform_id: str, before: str) -> None:
        """Follow an edit: what the message brought bears its new words, or goes with its link.

        Only links that the text `before` did not hold come too: what was forgotten stays so.
        """
        message = messages.find(conn, room.id, platform_id)
        if message is None or message.state is not State.KEPT:
            return
        links = links_in(message.text)
        held = {address for each in links.addresses if (address := kept_as(each))}
        gone = linking.unlinked(conn, message.id, held)
        if gone is not None:
            self._forgetting.unshare(conn, room.community, gone, f"message {message.id}")
        if message.is_addressed:  # a command, before what its writer shares
            linking.say_again(conn, message.id, links_in(message.text.partition(" ")[2]).after)
            return
        linking.say_again(conn, message.id, links.rest)
        known = {kept_as(each) for each in links_in(before).addresses}
        new = [each for each in links.addresses if kept_as(each) not in known]
        if new and self.takes_every(room.room):
            key = f"{_lane_of(room, platform_id)}:{message.revision}"
            self._add(conn, room, platform_id, key, links=new)

    def _add(
        self, conn: Connection, room: KnownRoom, message: str, key: str | None, **wish: object
    ) -> None:
        args = {"community": room.community, "room": room.id, "message": message, **wish}
        self._work.add(conn, BRING, args, key=key, lane=_lane_of(room, message))


def _lane_of(room: KnownRoom, message: str) -> str:
    """Return the lane of due work that brings what a message holds."""
    return f"{BRING}:{room.id}:{message}"


def plain(reaction: str) -> str:
    """Return a reaction without the sign that asks for it in colour, which platforms add or leave out."""
    return reaction.replace("\N{VARIATION SELECTOR-16}", "").strip()
