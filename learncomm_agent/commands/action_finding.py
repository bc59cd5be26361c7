"""Which action item somebody means, and what they may do with it now."""

from dataclasses import dataclass, replace

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.people import MemberId
from learncomm_agent.commands.context import Context, Services
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.storage import actions, audit
from learncomm_agent.storage.actions import Action, State
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.promised import Promised, promised


@dataclass(frozen=True, slots=True)
class Held:
    """An action item as it is now, for whoever asks."""

    it: Promised
    is_mine: bool
    leads: bool
    """Whether they lead in the space of its room, where they ask."""
    is_adder: bool
    """Whether they added it, and nobody has taken it on since."""

    @property
    def action(self) -> Action:
        """Its row."""
        return self.it.action

    def check_mine(self) -> None:
        """Refuse whoever neither does it nor leads.

        Raises:
            NotAllowedError: It is somebody else's.
        """
        if not (self.is_mine or self.leads):
            raise NotAllowedError("somebody else's", phrase="actions.not_yours")

    def check_may_change(self) -> None:
        """Refuse whoever may not correct it: until somebody takes it on, whoever added it may, too.

        Raises:
            NotAllowedError: It is somebody else's.
        """
        if not self.is_adder:
            self.check_mine()

    def check_waits(self) -> None:
        """Refuse what is to be done with one that is settled.

        Raises:
            UsageError: It is.
        """
        if not self.action.is_waiting:
            is_done = self.action.state is State.DONE
            raise UsageError("it is settled", phrase="actions.settled", is_done=is_done)


async def held(context: Context, number: int) -> Held:
    """Return the action item of a number, in a room that whoever asks can read.

    Raises:
        NotFoundError: There is none.
    """
    readable = await context.readable(is_private=True)
    it = await look_up(context.services, context.community.id, readable, number)
    is_mine = it.action.owner == context.member.id
    is_here = it.room.ref.space == context.room.ref.space
    leads = context.member.is_leader and is_here
    return Held(it, is_mine, leads, is_adder(it.action, context.member.id))


def is_adder(action: Action, member: MemberId | None) -> bool:
    """Whether somebody added one that nobody has taken on."""
    is_free = action.state in (State.OPEN, State.OFFERED)
    return is_free and member is not None and action.added_by == member


async def look_up(services: Services, community: int, readable: Readable, number: int) -> Promised:
    """Return one for somebody who can read some rooms; raises what `held` raises."""

    def read(conn: Connection) -> Promised | None:
        found = actions.get(conn, number)
        if found is None or found.community != community or found.room not in readable.rooms:
            return None
        return next(iter(promised(conn, [found])), None)

    it = await services.database.read(read)
    if it is None:
        raise NotFoundError("no such action item", phrase="actions.unknown", number=number)
    return it


def there(context: Context, it: Promised) -> Context:
    """Return the request as if it were made in the room of an action item, which whoever asks reads."""
    if it.action.room == context.room_id:
        return context
    return replace(context, room=it.room, room_id=it.action.room, message=None, reply_to=None)


def note(context: Context, conn: Connection, what: str, held: Held) -> None:
    """Keep in the record of what leaders do that one changed what is somebody else's."""
    if not (held.is_mine or held.is_adder):
        audit.record(
            conn,
            context.community.id,
            what,
            f"action {held.action.id}",
            at=context.asked_at,
            account=context.account_id,
        )
