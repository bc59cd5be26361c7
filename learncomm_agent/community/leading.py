"""Whether somebody leads at the moment when they are told something, as far as that can be known."""

from learncomm_agent.community.telling import Listener
from learncomm_agent.storage import spaces
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.directory import Directory


def leads(conn: Connection, directory: Directory, listener: Listener) -> bool | None:
    """Whether somebody leads; None where it can't be told yet.

    What roles people hold is on no disk: of who was not met since the start, only a right of theirs is
    known, and where roles lead as well, they may hold one.
    """
    if listener.member.is_leader:
        return True
    community, account = listener.community.id, listener.account
    is_open = False
    for space in spaces.of_community(conn, community, account.platform):
        led = directory.led(community, account, space)
        if led:
            return True
        is_open |= led is None and bool(directory.leader_roles(space))
    return None if is_open else False
