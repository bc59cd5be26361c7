"""Persons and their accounts: two members become one, and an account is taken apart again."""

from collections.abc import Collection

from learncomm_agent.chat.people import AccountId, CommunityId, Consent, MemberId
from learncomm_agent.chat.posting import lane_of
from learncomm_agent.clock import Clock
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.sessions.events import United
from learncomm_agent.sessions.running.uniting import Uniting
from learncomm_agent.sessions.uniting import renamed
from learncomm_agent.storage import audit, lines, members, parting, uniting
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.directory import Directory
from learncomm_agent.work import Work

_STRICTNESS = (Consent.IN, Consent.SUMMARIES_ONLY, Consent.OUT)
"""From the one that allows the most."""


class Persons:
    """Makes one member of two. Its functions belong in a transaction."""

    def __init__(
        self,
        directory: Directory,
        sessions: Uniting,
        forgetting: Forgetting,
        work: Work,
        clock: Clock,
    ) -> None:
        """Take what it needs."""
        self._directory = directory
        self._sessions = sessions
        self._forgetting = forgetting
        self._work = work
        self._clock = clock

    def unite(
        self,
        conn: Connection,
        community: CommunityId,
        one: MemberId,
        other: MemberId,
        by: AccountId,
    ) -> None:
        """Make one member of two: the one that was known first, with the stricter consent of both.

        What had been kept beyond that goes.

        Args:
            conn: The transaction.
            community: Whose members they are.
            one: A member.
            other: Another one of the same person.
            by: The account that linked them.
        """
        into, gone = sorted((one, other))
        both = [members.get(conn, id) for id in (into, gone)]
        event = United(gone, into)
        for id in (gone, into):
            self._directory.forget_account(conn, id)
        self._sessions.unite(conn, community, gone, into)
        shown = uniting.unite(conn, gone, into, lambda held: renamed(held, event))
        self._mend(conn, community, shown)
        if both[0].is_named is not both[1].is_named:
            self._forgetting.unname(conn, community, into)
        consents = {each.consent for each in both}
        if len(consents) > 1:
            self._allow(conn, community, into, stricter(consents), by)
        detail = {"member": int(gone)}
        now = self._clock.now()
        audit.record(conn, community, "link", f"member {into}", at=now, account=by, detail=detail)

    def part(
        self, conn: Connection, community: CommunityId, account: AccountId, member: MemberId
    ) -> None:
        """Make an account a member of its own, whose is what was done on its platform."""
        self._directory.forget_account(conn, member)
        now = self._clock.now()
        made = parting.part(conn, account, now)
        (mine,) = members.accounts_of(conn, made)
        self._sessions.part(conn, community, member, made, mine.platform)
        event = United(member, made)
        parting.take_along(conn, account, member, made, lambda held: renamed(held, event))
        detail = {"member": int(made)}
        subject = f"member {member}"
        audit.record(conn, community, "unlink", subject, at=now, account=account, detail=detail)

    def _allow(
        self,
        conn: Connection,
        community: CommunityId,
        member: MemberId,
        consent: Consent,
        by: AccountId,
    ) -> None:
        """Let the stricter consent hold for all that either account wrote."""
        if consent is Consent.OUT:
            self._forgetting.opt_out(conn, community, member, by)
            return
        members.set_consent(conn, member, consent)
        self._forgetting.withdraw(conn, community, member)
        self._forgetting.unname(conn, community, member)

    def _mend(self, conn: Connection, community: CommunityId, shown: tuple[int, ...]) -> None:
        for writing, room in lines.rooms_of(conn, shown).items():
            args = {"community": community, "writing": writing}
            self._work.add(conn, "mend", args, lane=lane_of(room))


def stricter(consents: Collection[Consent]) -> Consent:
    """Return the consent that allows the least."""
    return max(consents, key=_STRICTNESS.index)
