"""Erasing a member: what they wrote and shared is forgotten, then all else that is kept of them, and they themselves."""

from learncomm_agent.chat.people import AccountId, CommunityId, Consent, MemberId
from learncomm_agent.clock import Clock
from learncomm_agent.community import dossier
from learncomm_agent.library.forgetting import SCRUB_WAIT, Forgetting
from learncomm_agent.library.forgotten import Forgotten
from learncomm_agent.library.removing import Gone
from learncomm_agent.storage import kept_between, matches, members, pulses, ratings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.directory import Directory
from learncomm_agent.work import Work


class Erasing:
    """Erases. Its functions belong in a transaction."""

    def __init__(
        self, forgetting: Forgetting, directory: Directory, work: Work, clock: Clock
    ) -> None:
        """Take what it needs."""
        self._forgetting = forgetting
        self._directory = directory
        self._work = work
        self._clock = clock

    def member(
        self, conn: Connection, community: CommunityId, member: MemberId, by: AccountId
    ) -> Forgotten:
        """Let nothing be known of a member any more, on any platform; who writes again is somebody new.

        Args:
            conn: The transaction.
            community: Whose member they are.
            member: Who asks for it.
            by: Their account that asks.
        """
        self._directory.forget_account(conn, member)
        gone = self._forgetting.member(conn, community, member, by)
        matches.part(conn, member, self._clock.now())
        shown = Forgotten(writings=dossier.erase(conn, community, member))
        gone += self._forgetting.close(conn, community, "erase", f"member {member}", shown)
        # The answer to whoever asked names them as long as it waits to be posted.
        self._work.add(conn, "scrub", {}, due=self._clock.now() + SCRUB_WAIT, lane="scrub")
        return gone

    def follow(self, conn: Connection, community: CommunityId, gone: Gone) -> None:
        """Let what happens between sessions know no more of who opts out, beside how much they want to be told.

        How often they spoke without a name is counted on, under a key that goes at its time: or whoever
        opts out and in again could speak without end.
        """
        member = gone.member
        if member is None or members.get(conn, member).consent is not Consent.OUT:
            return
        kept_between.opt_out(conn, member)
        matches.part(conn, member, self._clock.now())
        for forget in (pulses.erase, ratings.erase):
            forget(conn, member)
