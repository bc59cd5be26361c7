"""Action items after they were said: offered to their owners, reminded of, asked about, done.

Every step looks at how the item stands at that moment, so that of two who act at once one is first,
and whoever was told something that has changed since is told how it is now.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from learncomm_agent.caring.hours import WEEK, free
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
from learncomm_agent.storage import actions, communities, members, quiet
from learncomm_agent.storage.actions import Action, State
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.promised import Promised, place_of, promised
from learncomm_agent.work import Work

ACTIONS = "actions"
"""The kind of nudges by which people hear of them."""
_OFFER_LASTS = timedelta(days=14)
HELD = timedelta(minutes=20)
"""So long an offer waits for others, to be told in one message with them."""
KEPT_BACK = 2
"""So many messages of a week are left for what somebody took on, where they are reminded in it."""
_NEXT_DAY = timedelta(days=1)
"""When those are told for which a message had no room."""


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
                now + HELD,
                expires=now + _OFFER_LASTS,
            )

    def accept(self, conn: Connection, action: Action, me: MemberId) -> None:
        """Let somebody take it on: its owner, or whoever is first where it has none."""
        _check_in(conn, me)
        self._change(conn, action, me, state=State.ACCEPTED, owner_id=me)

    def hand_over(self, conn: Connection, action: Action, to: MemberId, me: MemberId) -> None:
        """Offer it to somebody else."""
        _check_in(conn, to)
        after = {"state": State.OFFERED, "owner_id": to, "sequence": action.sequence + 1}
        self._change(conn, action, me, **after)

    def give_back(self, conn: Connection, action: Action, me: MemberId) -> None:
        """Let it be nobody's again, so that whoever likes can take it on."""
        after = {"state": State.OPEN, "owner_id": None, "sequence": action.sequence + 1}
        self._change(conn, action, me, **after)

    def move(
        self, conn: Connection, action: Action, due: datetime, me: MemberId, *, is_day: bool
    ) -> None:
        """Give it another date; its owner takes it on by naming one, and by that alone."""
        state = State.ACCEPTED if action.owner == me else action.state
        after = {"due": due, "is_day": is_day, "sequence": action.sequence + 1}
        self._change(conn, action, me, state=state, **after)

    def finish(self, conn: Connection, action: Action, me: MemberId) -> None:
        """Let it be done: by its owner, or where it has none by whoever says so."""
        now, owner = self._clock.now(), action.owner or me
        self._change(conn, action, me, state=State.DONE, owner_id=owner, done_at=now)

    def let_go(self, conn: Connection, action: Action, me: MemberId) -> None:
        """Let it be."""
        self._change(conn, action, me, state=State.DROPPED)

    def keep_result(self, conn: Connection, action: Action, result: str) -> None:
        """Keep what came of it."""
        self._change(conn, action, action.owner, result=result)

    def follow_line(
        self, conn: Connection, action: Action, said: str, **values: object
    ) -> Action | None:
        """Let it be as its line says since a leader changed that.

        Args:
            conn: The transaction to write in.
            action: As it is.
            said: Digests of what the line says.
            values: What is otherwise: `owner_id`, and `due`, which is a day then.

        Returns:
            It as it is then; None where nothing changes.
        """
        if said == action.said or not action.is_waiting:
            return None
        if "owner_id" in values:
            values["state"] = State.OPEN if values["owner_id"] is None else State.OFFERED
        if "due" in values:
            values["is_day"] = True
        return self._change(conn, action, None, said=said, sequence=action.sequence + 1, **values)

    def remind(self, conn: Connection, action: Action) -> None:
        """Have its owner reminded in time, where they took it on and a date was said."""
        if action.owner is None or action.state is not State.ACCEPTED:
            return
        zone = zone_of(conn, action, action.owner)
        due = first_word(action.due, zone, self._clock.now(), is_day=action.is_day)
        if due is not None:
            self._nudges.add(conn, action.community, action.owner, ACTIONS, action.id, due)

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

    def _change(
        self, conn: Connection, action: Action, by: MemberId | None, **values: object
    ) -> Action:
        """Change it, and what is to be said of it, in the posts that show it and to whom it concerns."""
        if not actions.change(conn, action, self._clock.now(), **values):
            raise StorageError("the action item was changed meanwhile")
        after = actions.get(conn, action.id)
        assert after is not None
        if State.OPEN in (action.state, after.state) or action.added_by is not None:
            self.show(conn, action.community, action.writing, action.room)
        if (action.state, action.owner, action.due) != (after.state, after.owner, after.due):
            self._have_told(conn, action, after, by)
        return after

    def _have_told(
        self, conn: Connection, before: Action, after: Action, by: MemberId | None
    ) -> None:
        """Have its owner asked or reminded, and whoever had taken it on told what another made of it."""
        if before.owner is not None:
            self._nudges.end(conn, ACTIONS, before.id, before.owner)
        promised = before.owner if before.state is State.ACCEPTED and before.owner != by else None
        if after.state is State.OFFERED:
            self.offer(conn, after)
        elif after.owner != promised:
            self.remind(conn, after)
        if promised is not None:
            due = self._clock.now() + HELD
            is_theirs = after.owner == promised and after.state is State.ACCEPTED
            expires = None if is_theirs else due + _OFFER_LASTS
            self._nudges.add(
                conn, after.community, promised, ACTIONS, after.id, due, expires=expires
            )

    def _tell(self, conn: Connection, listener: Listener, subjects: Sequence[int]) -> Told | None:
        """Find what is to be said of some to their owner: what they took on, by its date, then offers."""
        me, rooms = listener.member.id, listener.readable.rooms
        known = (actions.get(conn, id, listener.community.id) for id in subjects)
        shown = promised(conn, [each for each in known if each is not None and each.room in rooms])
        if not shown:
            return None
        if (at := _when_together(conn, listener, shown)) is not None:
            return Told(again={each.action.id: at for each in shown})
        shown.sort(key=lambda each: _urgency(each, me))
        zone = listener.member.timezone or listener.community.timezone
        again = {each.action.id: listener.now + _NEXT_DAY for each in shown[MOST:]}
        again |= {
            each.action.id: at
            for each in shown[:MOST]
            if each.action.owner == me
            and each.action.state is State.ACCEPTED
            and (at := next_word(each.action.due, zone, listener.now, is_day=each.action.is_day))
        }
        platform = listener.account.platform
        voice, more = listener.voice, len(shown) - MOST
        lines = [asked(voice, each, platform, me, zone, listener.now) for each in shown[:MOST]]
        notes = [voice.phrase("actions.also", count=more)] if more > 0 else []
        writing = told(listener.community, me, voice, lines, notes=notes)
        return Told(writing=writing, again=again)


def _urgency(it: Promised, me: MemberId) -> tuple[bool, float, int]:
    """Return by what they are told in order: what was taken on is not held up by what others ask."""
    due = it.action.due
    is_offer = it.action.state is State.OFFERED and it.action.owner == me
    return is_offer, 0.0 if due is None or is_offer else due.timestamp(), it.action.id


def _when_together(
    conn: Connection, listener: Listener, shown: Sequence[Promised]
) -> datetime | None:
    """Return when offers are told along with a reminder; None where they are told now, as some messages are left."""
    me, now = listener.member.id, listener.now
    if any(each.action.owner == me and each.action.state is State.ACCEPTED for each in shown):
        return None
    if free(quiet.sent(conn, [me], now)[me], quiet.of(conn, me).most, now) > KEPT_BACK:
        return None
    return actions.next_reminder(conn, me, ACTIONS, now, now + WEEK)


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
