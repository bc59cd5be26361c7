"""Action items after they were said: offered to their owners, reminded of, asked about, done.

Every step looks at how the item stands at that moment, so that of two who act at once one is first,
and whoever was told something that has changed since is told how it is now.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from learncomm_agent.caring.promising import first_word, next_word
from learncomm_agent.chat.messages import RoomId
from learncomm_agent.chat.people import CommunityId, Consent, MemberId
from learncomm_agent.chat.posting import lane_of
from learncomm_agent.clock import Clock
from learncomm_agent.community.nudges import Listener, Nudges, Told
from learncomm_agent.community.promise_words import MOST, asked, told
from learncomm_agent.errors import StorageError
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.removing import Gone
from learncomm_agent.storage import actions, communities, members
from learncomm_agent.storage.actions import Action, State
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.promised import place_of, promised
from learncomm_agent.work import Work

ACTIONS = "actions"
"""The kind of nudges by which people hear of them."""
_OFFER_LASTS = timedelta(days=14)


class Promises:
    """Keeps them. The functions that take a `conn` belong in a transaction.

    Those that change an item raise a `StorageError` where somebody else changed it meanwhile.
    """

    def __init__(self, work: Work, nudges: Nudges, forgetting: Forgetting, clock: Clock) -> None:
        """Take what it needs, and say who finds the words."""
        self._work = work
        self._nudges = nudges
        self._clock = clock
        nudges.handle(ACTIONS, self._tell, rank=2)
        forgetting.follow_with(self._follow)

    def offer(self, conn: Connection, action: Action) -> None:
        """Have its owner asked, once, whether they do it."""
        if action.owner is not None:
            now = self._clock.now()
            self._nudges.add(
                conn,
                action.community,
                action.owner,
                ACTIONS,
                action.id,
                now,
                expires=now + _OFFER_LASTS,
            )

    def accept(self, conn: Connection, action: Action, me: MemberId) -> None:
        """Let somebody take it on: its owner, or whoever is first where it has none."""
        _check_in(conn, me)
        self._change(conn, action, state=State.ACCEPTED, owner_id=me)
        self.remind(conn, actions.moved(action, state=State.ACCEPTED, owner=me))

    def hand_over(self, conn: Connection, action: Action, to: MemberId) -> None:
        """Offer it to somebody else."""
        _check_in(conn, to)
        after = {"state": State.OFFERED, "owner_id": to, "sequence": action.sequence + 1}
        self._change(conn, action, **after)
        self.offer(conn, actions.moved(action, state=State.OFFERED, owner=to))

    def give_back(self, conn: Connection, action: Action) -> None:
        """Let it be nobody's again, so that whoever likes can take it on."""
        after = {"state": State.OPEN, "owner_id": None, "sequence": action.sequence + 1}
        self._change(conn, action, **after)

    def move(self, conn: Connection, action: Action, due: datetime, *, is_day: bool) -> None:
        """Give it another date; whoever names one takes it on by that, where it is theirs."""
        state = State.ACCEPTED if action.owner is not None else action.state
        after = {"due": due, "is_day": is_day, "sequence": action.sequence + 1}
        self._change(conn, action, state=state, **after)
        self.remind(conn, actions.moved(action, state=state, due=due, is_day=is_day))

    def finish(self, conn: Connection, action: Action, me: MemberId) -> None:
        """Let it be done: by its owner, or where it has none by whoever says so."""
        now, owner = self._clock.now(), action.owner or me
        self._change(conn, action, state=State.DONE, owner_id=owner, done_at=now)

    def let_go(self, conn: Connection, action: Action) -> None:
        """Let it be."""
        self._change(conn, action, state=State.DROPPED)

    def keep_result(self, conn: Connection, action: Action, result: str) -> None:
        """Keep what came of it."""
        self._change(conn, action, result=result)

    def remind(self, conn: Connection, action: Action) -> None:
        """Have its owner reminded in time, where they took it on and a date was said."""
        if action.owner is None or action.state is not State.ACCEPTED:
            return
        zone = zone_of(conn, action, action.owner)
        due = first_word(action.due, zone, self._clock.now(), is_day=action.is_day)
        if due is not None:
            self._nudges.add(conn, action.community, action.owner, ACTIONS, action.id, due)

    def end(self, conn: Connection, action: Action) -> None:
        """Say nothing of it any more."""
        self._nudges.end(conn, ACTIONS, action.id)

    def show(self, conn: Connection, community: CommunityId, writing: int, room: RoomId) -> None:
        """Have the posts of a writing follow, which offer to whoever likes what nobody has taken on."""
        args = {"community": community, "writing": writing}
        self._work.add(conn, "mend", args, lane=lane_of(room))

    def _follow(self, conn: Connection, community: CommunityId, gone: Gone) -> None:
        """Let what somebody took on be nobody's, where nothing is to be kept of them any more."""
        if gone.member is None:
            return
        for writing in actions.erase(conn, gone.member):
            if (place := place_of(conn, writing)) is not None:
                self.show(conn, community, writing, place[1])

    def _change(self, conn: Connection, action: Action, **values: object) -> None:
        if not actions.change(conn, action, self._clock.now(), **values):
            raise StorageError("the action item was changed meanwhile")
        self.end(conn, action)
        is_shown = State.OPEN in (action.state, values.get("state", action.state))
        if is_shown or action.added_by is not None:
            self.show(conn, action.community, action.writing, action.room)

    def _tell(self, conn: Connection, listener: Listener, subjects: Sequence[int]) -> Told | None:
        """Find what is to be said of some to their owner: offers first, then what is due."""
        me, rooms = listener.member.id, listener.readable.rooms
        known = (actions.get(conn, id, listener.community.id) for id in subjects)
        mine = [
            each
            for each in known
            if each is not None
            and each.owner == me
            and each.room in rooms
            and each.state in (State.OFFERED, State.ACCEPTED)
        ]
        shown = promised(conn, mine)
        if not shown:
            return None
        shown.sort(key=lambda each: (each.action.state is State.ACCEPTED, each.action.id))
        zone = listener.member.timezone or listener.community.timezone
        again = {
            each.action.id: at
            for each in shown
            if each.action.state is State.ACCEPTED
            and (at := next_word(each.action.due, zone, listener.now, is_day=each.action.is_day))
        }
        platform = listener.account.platform
        voice, more = listener.voice, len(shown) - MOST
        lines = [asked(voice, each, platform, zone, listener.now) for each in shown[:MOST]]
        notes = [voice.phrase("actions.also", count=more)] if more > 0 else []
        notes.append(voice.phrase("reminders.footer"))
        writing = told(listener.community, me, voice, lines, notes=notes)
        return Told(writing=writing, again=again)


def _check_in(conn: Connection, member: MemberId) -> None:
    """Refuse somebody who opted out, of whom nothing is kept.

    Raises:
        StorageError: They did.
    """
    if members.get(conn, member).consent is Consent.OUT:
        raise StorageError("whoever is to do it opted out meanwhile")


def zone_of(conn: Connection, action: Action, member: MemberId) -> str:
    """Return the time zone of somebody, or else of the community."""
    own = members.get(conn, member).timezone
    return own or communities.get(conn, action.community).timezone
