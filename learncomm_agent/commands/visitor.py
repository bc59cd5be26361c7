"""Somebody at the desk, who types or opens a form: nothing is kept of them for that."""

from dataclasses import dataclass

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import Room, RoomId
from learncomm_agent.chat.people import Account, Community, Member
from learncomm_agent.chat.platform import Platform
from learncomm_agent.commands.context import Services
from learncomm_agent.community.alone import readable_alone
from learncomm_agent.words import Words


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is there and where, as far as it is known without making a row."""

    services: Services
    platform: Platform
    words: Words
    community: Community
    """As it would be made, where nobody of its space was met before; its id is 0 then."""
    room: Room
    room_id: RoomId | None
    account: Account
    member: Member | None
    language: str
    is_leader: bool

    def label(self, key: str, **values: object) -> str:
        """Return words in the visitor's language."""
        return self.words.phrase(key, language=self.language, **values)

    async def readable(self) -> Readable:
        """Return what the visitor alone may be shown."""
        return await readable_alone(
            self.services.database,
            self.services.platforms,
            self.community.id,
            self.account.ref,
            self.room.ref.space,
        )
