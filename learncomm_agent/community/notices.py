"""What rooms and newcomers are told of what is read: by whom, what for, and how to say no."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.platform import Platform, Signs
from learncomm_agent.storage import communities, rooms
from learncomm_agent.storage import windows as kept
from learncomm_agent.storage.database import Connection
from learncomm_agent.words import Words
from learncomm_agent.writing.voice import Voice


class Notices:
    """Finds the words, in the language of the room."""

    def __init__(self, words: Words, platforms: Mapping[str, Platform]) -> None:
        """Take what it needs."""
        self._words = words
        self._platforms = platforms

    def opening(
        self, conn: Connection, room: RoomId, since: datetime | None, *, is_from_now: bool
    ) -> tuple[Block, ...]:
        """Return what a room is told before it is read, from a moment on or from its beginning."""
        voice = self._voice(conn, room)
        blocks = [voice.say("read.on")]
        if since is None:
            blocks.append(voice.say("read.on_all"))
        elif not is_from_now:
            blocks.append(voice.say("read.on_since", at=since.astimezone(voice.zone)))
        return (*blocks, voice.say("read.on_rights"))

    def closing(self, conn: Connection, room: RoomId) -> tuple[Block, ...]:
        """Return what a room is told that is read no more."""
        return (self._voice(conn, room).say("read.off", room=rooms.get(conn, room).name),)

    def welcome(self, conn: Connection, room: RoomId) -> tuple[Block, ...]:
        """Return what a newcomer is told in private before anything of theirs is kept."""
        voice = self._voice(conn, room)
        name = rooms.get(conn, room).name
        return (voice.say("read.newcomer", room=name), voice.say("read.on_rights"))

    def briefly(self, conn: Connection, room: RoomId) -> tuple[Block, ...]:
        """Return what a newcomer is told in the room who takes nothing in private."""
        return (self._voice(conn, room).say("read.newcomer_here"),)

    def aside(self, conn: Connection, room: RoomId, key: str) -> tuple[Block, ...]:
        """Return what a leader is told of a room, by the key of the sentence."""
        return (self._voice(conn, room).say(key, room=rooms.get(conn, room).name),)

    def _voice(self, conn: Connection, id: RoomId) -> Voice:
        community = communities.get(conn, kept.community_of(conn, id))
        platform = self._platforms.get(rooms.get(conn, id).ref.platform)
        return Voice(
            self._words.for_community(community.slug),
            rooms.language(conn, id) or community.language,
            ZoneInfo(community.timezone),
            platform.command_sign if isinstance(platform, Signs) else "",
        )
