"""What is suggested while somebody types `session …` or `playbooks …`."""

import asyncio
from collections.abc import Sequence

from learncomm_agent.chat.forms import Choice
from learncomm_agent.commands.session import BEGIN, START, VERBS
from learncomm_agent.commands.session_rules import STEERS
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.sessions.playbook import Playbook, walk
from learncomm_agent.sessions.state import Phase, Session
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection

MOST = 25
_PLANNED = ("go", "plan", "set", "say", "drop", "stretch", "end")
_MEMBERS = (
    "join",
    "status",
    "add",
    "vote",
    "back",
    "done",
    "take-back",
    "entries",
    "catchup",
    "plan",
    "leave",
)
_STAGED = frozenset({"say", "drop", "stretch"})


async def playbooks(visitor: Visitor, typed: str) -> Sequence[Choice]:
    """Suggest the playbooks that hold what is typed."""
    said = typed.casefold()
    return [
        Choice(each.name, each.title)
        for each in await _playbooks(visitor)
        if said in f"{each.name} {each.title}".casefold()
    ][:MOST]


async def what(visitor: Visitor, typed: str) -> Sequence[Choice]:
    """Suggest what can be done now, and which playbooks can be started."""
    word, _, rest = typed.partition(" ")
    verb, session = word.casefold(), await _here(visitor)
    if verb == START and (rest or typed.endswith(" ") or session is None):
        found = await playbooks(visitor, rest.strip())
        return [Choice(f"{START} {each.id}", f"{START} {each.label}") for each in found]
    if verb in _STAGED and session is not None and session.phase is Phase.PLANNED:
        names = [each.name for each in walk(session.plan.stages)]
        return _beginning([f"{verb} {each}" for each in names], typed)
    if verb == "set" and session is not None and session.phase is Phase.PLANNED:
        return _beginning([f"{verb} {each}" for each in session.plan.answers], typed)
    return _beginning(_verbs(visitor, session), typed)


def _verbs(visitor: Visitor, session: Session | None) -> Sequence[str]:
    """Return what can be done in the session of this room by whoever types."""
    if session is None:
        return (START, BEGIN, *VERBS)
    member = None if visitor.member is None else visitor.member.id
    may_steer = visitor.is_leader or member == session.lead
    if session.phase is Phase.PLANNED:
        return _PLANNED if may_steer else (START,)
    return (*_MEMBERS, *STEERS) if may_steer else _MEMBERS


def _beginning(offered: Sequence[str], typed: str) -> list[Choice]:
    said = typed.casefold()
    return [Choice(each, each) for each in offered if each.casefold().startswith(said)][:MOST]


async def _here(visitor: Visitor) -> Session | None:
    room = visitor.room_id
    if room is None:
        return None
    sessions = visitor.services.sessions

    def read(conn: Connection) -> Session | None:
        found = stored.in_room(conn, room)
        return sessions.get(conn, found[0][0].id)[1] if found else None

    return await visitor.services.database.read(read)


async def _playbooks(visitor: Visitor) -> Sequence[Playbook]:
    shelf, slug = visitor.services.playbooks, visitor.community.slug
    found = await asyncio.to_thread(shelf.all, slug, visitor.language)
    return [each for each in found if each.who == "everyone" or visitor.is_leader]
