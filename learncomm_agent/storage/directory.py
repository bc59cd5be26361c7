"""Row ids of spaces, rooms and accounts, remembered so that chatter costs no look-up.

Used on the writer's thread alone. What is remembered is what was committed, never what was only tried.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from learncomm_agent.chat.messages import Room, RoomId, RoomRef, whole
from learncomm_agent.chat.people import (
    Account,
    AccountId,
    AccountRef,
    CommunityId,
    Consent,
    MemberId,
    SpaceId,
    SpaceRef,
)
from learncomm_agent.clock import Clock
from learncomm_agent.storage import communities, leaving, members, rooms, spaces
from learncomm_agent.storage.database import Connection, after_commit


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """A room and its rows."""

    id: RoomId
    community: CommunityId
    room: Room


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account, as its platform told of it last, and its rows."""

    id: AccountId
    member: MemberId
    consent: Consent
    account: Account


Met = Callable[[Connection, CommunityId, MemberId, Account], None]
"""Takes who was met for the first time, in the transaction that keeps them."""


class Directory:
    """Finds rows by the platform's ids, and makes them when they are new or have changed."""

    def __init__(
        self,
        clock: Clock,
        join: Callable[[Connection, SpaceRef], CommunityId],
        leads: Callable[[AccountRef], bool],
    ) -> None:
        """Take what it needs.

        Args:
            clock: For the time of making.
            join: Returns the community that a new space belongs to.
            leads: Whether the settings make an account a leader.
        """
        self._clock = clock
        self._join = join
        self.met: Met = lambda conn, community, member, account: None
        self._leads = leads
        self._spaces: dict[SpaceRef, tuple[SpaceId, CommunityId]] = {}
        # By plain strings: every message of a room that is read is looked up here.
        self._rooms: dict[tuple[str, str, str], KnownRoom] = {}
        self._accounts: dict[tuple[CommunityId, str, str], KnownAccount] = {}
        self._reading: dict[tuple[str, str, str], bool] = {}
        self._leader_roles: dict[SpaceRef, frozenset[str]] = {}
        self._left: frozenset[SpaceRef] = frozenset()

    def open(self, conn: Connection) -> None:
        """Read what leaders chose before."""
        self._leader_roles = spaces.leader_roles(conn)
        self._left = frozenset(leaving.left(conn))
        self._reading = {_key(ref): is_read for ref, is_read in rooms.reading(conn).items()}

    def reads(self, room: Room) -> bool:
        """Whether what is written in a room is kept; may be asked on any thread.

        It is as a leader chose, for a thread as they chose where it branches from, else as the platform
        says.
        """
        if self._left and room.ref.space in self._left:
            return False
        chosen = self._reading.get(_key(room.ref))
        if chosen is None and room.parent is not None:
            chosen = self._reading.get(_key(room.parent))
        return room.is_read if chosen is None else chosen

    def choose_reading(self, conn: Connection, id: RoomId, room: RoomRef, *, is_read: bool) -> None:
        """Keep a leader's choice whether a room is read."""
        rooms.choose_reading(conn, id, is_read=is_read)
        after_commit(conn, lambda: self._reading.update({_key(room): is_read}))

    def is_left(self, space: SpaceRef) -> bool:
        """Whether the agent was taken out of a space; may be asked on any thread."""
        return bool(self._left) and space in self._left

    def leave(self, conn: Connection, space: SpaceRef, at: datetime | None) -> None:
        """Keep that the agent was taken out of a space, or is back where there is no moment."""
        leaving.mark(conn, space, at)

        def leave() -> None:  # another one, as it is looked through on other threads
            self._left = self._left - {space} if at is None else self._left | {space}

        after_commit(conn, leave)

    def forget_space(self, conn: Connection, community: CommunityId, space: SpaceRef) -> None:
        """Look everything of a space up again: its rows have gone."""

        def forget() -> None:
            place = (space.platform, space.id)
            self._spaces.pop(space, None)
            self._rooms = {key: each for key, each in self._rooms.items() if key[:2] != place}
            self._reading = {key: each for key, each in self._reading.items() if key[:2] != place}
            self._accounts = {
                key: each for key, each in self._accounts.items() if key[0] != community
            }
            self._leader_roles.pop(space, None)
            self._left = self._left - {space}

        after_commit(conn, forget)

    def space(self, conn: Connection, ref: SpaceRef) -> CommunityId:
        """Return the community of a space, made if need be."""
        return self._space(conn, ref)[1]

    def room(self, conn: Connection, room: Room) -> KnownRoom:
        """Return a room's rows, made or renamed if need be."""
        if (is_read := self.reads(room)) != room.is_read:
            room = replace(room, is_read=is_read)
        key = _key(room.ref)
        known = self._rooms.get(key)
        if known is not None and known.room == room:
            return known
        space, community = self._space(conn, room.ref.space)
        named = replace(room, name=whole(room.name))
        made = KnownRoom(rooms.ensure(conn, community, space, named), community, room)
        after_commit(conn, lambda: self._rooms.update({key: made}))
        return made

    def account(self, conn: Connection, community: CommunityId, account: Account) -> KnownAccount:
        """Return an account's rows, made or renamed if need be."""
        key = (community, account.ref.platform, account.ref.id)
        known = self._accounts.get(key)
        if known is not None and known.account == account:
            return known
        if known is not None and _is_kept_so(known.account, account):
            # Roles are on no disk, and differ from space to space.
            known = self._accounts[key] = replace(known, account=account)
            return known
        has_right = self.has_right(account)
        named = replace(account, name=whole(account.name), is_leader=has_right)
        is_new = members.find_account(conn, community, account.ref) is None
        id, member = members.ensure_account(conn, community, named, self._clock.now())
        if is_new:
            self.met(conn, community, member, account)
        made = KnownAccount(id, member, members.get(conn, member).consent, account)
        after_commit(conn, lambda: self._accounts.update({key: made}))
        return made

    def named(
        self, conn: Connection, community: CommunityId, someone: Account
    ) -> tuple[AccountId, MemberId]:
        """Return the rows of an account that somebody named, made if need be.

        Of one that is known nothing changes: whoever names somebody tells nothing of their rights.
        """
        known = members.find_account(conn, community, someone.ref)
        if known is not None:
            return known
        new = replace(someone, name=whole(someone.name), is_leader=self.has_right(someone))
        return members.ensure_account(conn, community, new, self._clock.now())

    def leads(self, account: Account, space: SpaceRef) -> bool:
        """Whether somebody leads in a space now; may be asked on any thread."""
        return self.has_right(account) or self.leads_by_role(account.roles, space)

    def led(self, community: CommunityId, ref: AccountRef, space: SpaceRef) -> bool | None:
        """Whether somebody leads in a space, as they were last met; None where they weren't since the start."""
        known = self._accounts.get((community, ref.platform, ref.id))
        return None if known is None else self.leads(known.account, space)

    def has_right(self, account: Account) -> bool:
        """Whether somebody leads by the platform's word or by the settings, whatever role they have."""
        return account.is_leader or self._leads(account.ref)

    def leads_by_role(self, roles: Iterable[str], space: SpaceRef) -> bool:
        """Whether one of these roles leads in a space, as chosen there."""
        return not self.leader_roles(space).isdisjoint(roles)

    def leader_roles(self, space: SpaceRef) -> frozenset[str]:
        """Return the roles whose holders lead in a space, as chosen there; may be asked on any thread."""
        return self._leader_roles.get(space, frozenset())

    def holders(self, community: CommunityId, space: SpaceRef) -> dict[AccountRef, MemberId]:
        """Return those of whom it is known since the start that they hold a role that leads in a space.

        What roles people hold is on no disk.
        """
        return {
            known.account.ref: known.member
            for key, known in list(self._accounts.items())
            if key[0] == community
            and key[1] == space.platform
            and self.leads_by_role(known.account.roles, space)
        }

    def choose_leader_roles(self, conn: Connection, space: SpaceRef, roles: frozenset[str]) -> None:
        """Keep which roles lead in a space from now on."""
        spaces.choose_leader_roles(conn, space, roles)
        after_commit(conn, lambda: self._leader_roles.update({space: roles}))

    def known_room(self, conn: Connection, ref: RoomRef) -> KnownRoom | None:
        """Return the rows of a room that was seen before."""
        if (known := self._rooms.get(_key(ref))) is not None:
            return known
        if (id := rooms.find(conn, [ref]).get(ref)) is None:
            return None
        _, community = self._space(conn, ref.space)
        return KnownRoom(id, community, rooms.get(conn, id))

    def forget_account(self, conn: Connection, member: MemberId) -> None:
        """Look a member's accounts up again next time: their consent has changed."""

        def forget() -> None:
            for key in [key for key, known in self._accounts.items() if known.member == member]:
                del self._accounts[key]

        forget()  # what is written next in this batch must know
        after_commit(conn, forget)

    def _space(self, conn: Connection, ref: SpaceRef) -> tuple[SpaceId, CommunityId]:
        known = self._spaces.get(ref) or communities.of_space(conn, ref)
        if known is None:
            community = self._join(conn, ref)
            known = (communities.add_space(conn, community, ref), community)
        found = known
        after_commit(conn, lambda: self._spaces.update({ref: found}))
        return known


def _is_kept_so(known: Account, account: Account) -> bool:
    """Whether all that is kept of an account is as it was."""
    return replace(known, roles=account.roles, since=account.since) == account


def _key(ref: RoomRef) -> tuple[str, str, str]:
    return ref.space.platform, ref.space.id, ref.id
