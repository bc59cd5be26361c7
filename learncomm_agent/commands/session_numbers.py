"""Which entries of a session are meant by the numbers under which they were shown."""

import re
from collections.abc import Sequence

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.session_finding import Held
from learncomm_agent.errors import NotFoundError
from learncomm_agent.sessions.stages.collect import Collect
from learncomm_agent.sessions.stages.vote import Vote
from learncomm_agent.sessions.stages.voting.ballot import options_of
from learncomm_agent.sessions.walking import stage_at
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage import writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.writing.session_posts import ENTRIES

NUMBERS = re.compile(r"#?\d{1,9}(?:[\s,;>&+]+#?\d{1,9})*\.?")
_LOOKED_AT = 30
"""So many of the newest posts of a session are looked at for a list."""
_MOST_NUMBERS = 100


def numbers_in(said: str) -> list[int]:
    """Return the numbers that a text names, in its order; none of one that is more than numbers."""
    if not NUMBERS.fullmatch(said):
        return []
    return [int(each) for each in re.findall(r"\d+", said)][:_MOST_NUMBERS]


async def numbered(context: Context, it: Held, numbers: Sequence[int]) -> list[int]:
    """Return the entries that whoever asks means by numbers: those of the newest list that they see.

    Raises:
        NotFoundError: There is nothing of such a number any more, or there never was.
    """
    shown = await _shown(context, it)
    return [entry_of(it, shown.get(each, 0), each) for each in numbers]


async def meant(context: Context, it: Held, number: int) -> list[int]:
    """Return all that a number may mean: in the list that is collected now, and in those shown before.

    Raises:
        NotFoundError: There is nothing of such a number any more, or there never was.
    """
    lists = await _lists(context, it)
    newest = lists[0].get(number) if lists else None
    if newest is not None and not _is_before(it, newest):
        return [entry_of(it, newest, number)]
    now = {place: each for place, each in enumerate(_of_now(it), 1)}
    before = (each.get(number) for each in lists)
    found = [now.get(number), *(each for each in before if each and it.may_go(each))]
    ids = list(dict.fromkeys(each for each in found if each is not None))
    return ids or await numbered(context, it, [number])


def _is_before(it: Held, id: int) -> bool:
    """Whether an entry stands in a list of an earlier step, or no more."""
    return id not in it.session.entries or it.may_go(id)


def _of_now(it: Held) -> list[int]:
    """Return what was put in at the step that is on, in its order, where nobody has seen that list yet."""
    session = it.session
    if session.standing is None or stage_at(session).kind != Collect.name:
        return []
    found = session.of(stage_at(session).name)
    return [each.id for each in found if each.fields.get("visit") == session.visit]


def entry_of(it: Held, id: int, number: int | None = None) -> int:
    """Return an entry that stands; of one that was merged, the one that holds it.

    Raises:
        NotFoundError: It is gone.
    """
    entry = it.session.entries.get(id)
    while entry is not None and entry.merged_into is not None:
        entry = it.session.entries.get(entry.merged_into)
    if entry is None or entry.is_struck:
        raise NotFoundError("no such entry", phrase="session.no_number", number=number or 0)
    return entry.id


async def _shown(context: Context, it: Held) -> dict[int, int]:
    """Return the entries by the numbers under which whoever asks saw them last."""
    session, found = it.session, await _lists(context, it)
    if found or session.standing is None:
        return found[0] if found else {}
    entries = session.of(stage_at(session).name)
    return {place: each.id for place, each in enumerate(entries, 1)}


async def _lists(context: Context, it: Held) -> list[dict[int, int]]:
    """Return the lists that whoever asks saw, the newest first: entries by their numbers; in a vote its options."""
    session = it.session
    if session.standing is not None and stage_at(session).kind == Vote.name:
        return [dict(enumerate(options_of(session), 1))]

    def read(conn: Connection) -> list[dict[int, int]]:
        found = []
        for id in stored.writings_of(conn, it.id, _LOOKED_AT):
            writing = writings.get(conn, id, it.row.community)
            if writing is None or (writing.is_private and writing.member != context.member.id):
                continue
            lines = [each.content for each in writing.lines if each.section == ENTRIES]
            if lines:
                found.append({each["n"]: each["entry"] for each in lines})
        return found

    return await context.services.database.read(read)
