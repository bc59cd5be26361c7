"""What may help with a goal: things of the library, past sessions, and members who offered help.

All of it is what the goal's owner may read, and members are named who agreed to that alone.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from zlib import crc32

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.search import worth_showing
from learncomm_agent.commands.who_knows import can_be_asked
from learncomm_agent.errors import DisconnectedError, RateLimitedError, for_log
from learncomm_agent.log import logger
from learncomm_agent.storage import goal_sources, learning_goals
from learncomm_agent.storage.goal_sources import SummedUp
from learncomm_agent.storage.knowers import SECTION as PEOPLE
from learncomm_agent.storage.learning_goals import IDEAS, Goal
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.writing.goal_posts import SESSIONS, SOURCES
from learncomm_agent.writing.keeping import passage_lines

MOST_SOURCES, MOST_SESSIONS, MOST_PEOPLE = 3, 2, 2
_LOOKED_AT = 6
"""Members of whom it is found out whether they can be asked."""
_NEAR = 0.4
"""What scores less shares a word with a goal and has little to do with it: it is no help, and not shown."""
_SHARE = 3
"""One word in so many of a goal has to be said, for something to be about it."""
_log = logger(__name__)
Fits = Callable[[str], frozenset[int]]
"""Returns which words of a goal stand in a text."""


async def ideas(context: Context, goal: Goal, key: str) -> Writing:
    """Return what may help with a goal and was not suggested for it before, for its owner alone.

    Args:
        context: The request.
        goal: Whose words are looked for.
        key: The phrase that stands above it, with the goal as `goal`.
    """
    about = await asyncio.to_thread(topic, context, goal.text)
    before = await context.services.database.read(
        lambda conn: learning_goals.suggested(conn, goal.id)
    )
    lines = (
        *await _sources(context, about, before),
        *await _beside(context, goal, about, before),
    )
    return Writing(
        community=context.community.id,
        kind=IDEAS,
        room=context.room_id,
        member=context.member.id,
        is_private=True,
        request={},
        header={
            "goal": goal.id,
            "at": context.asked_at.isoformat(),
            "key": key,
            "values": {"goal": goal.text, "number": goal.number},
        },
        trace={},
        lines=lines,
    )


def topic(context: Context, text: str) -> str:
    """Return what a goal is about, without words such as *I want to learn*. Reads files, once."""
    said = text.strip().rstrip(".!")
    for each in sorted(context.words.spoken("goals.begins"), key=len, reverse=True):
        rest = said[len(each) :]
        if said.casefold().startswith(each.casefold()) and not rest[:1].isalnum():
            return rest.strip(" ,:") or said
    return said


async def _sources(context: Context, about: str, before: Collection[str]) -> Sequence[Line]:
    """Return a line for each of the things in the library that fit best."""
    query = await context.query(about, is_private=True, limit=MOST_SOURCES + len(before) + 3)
    found = worth_showing(await context.services.search.find(query))
    lines: dict[str, Line] = {}
    for passage, line in zip(found.passages, passage_lines(found), strict=True):
        key = f"resource:{passage.resource}"
        if passage.score >= _NEAR and key not in before:
            content = {**line.content, "key": key, "room": None}
            lines.setdefault(key, replace(line, section=SOURCES, content=content))
    return list(lines.values())[:MOST_SOURCES]


async def _beside(
    context: Context, goal: Goal, about: str, before: Collection[str]
) -> Sequence[Line]:
    """Return a line for each past session, and each member who offered help, that fits best."""
    readable = await context.readable(is_private=True)
    community, platform = context.community.id, context.room.ref.platform
    me, database = context.member.id, context.services.database
    held = await database.read(lambda conn: goal_sources.summed_up(conn, community, readable))
    offered = await database.read(
        lambda conn: goal_sources.offers(conn, community, platform, but=me)
    )
    analyser = context.services.search.analyser
    asked = analyser.asked(about)
    needed = -(-len(asked.terms) // _SHARE)

    def fits(text: str) -> frozenset[int]:
        return frozenset(which for _, _, which in analyser.spans(text, asked))

    new = [each for each in held if f"session:{each.writing.id}" not in before]
    sessions = await asyncio.to_thread(_sessions, new, fits, needed)
    helping = [
        (len(fits(text)), crc32(f"{goal.id}:{named.member}".encode()), named)
        for named, text in offered
        if f"member:{named.member}" not in before
    ]
    # Of those who fit as well, others come first for each goal: nobody is asked by all.
    fit = sorted(
        (each for each in helping if each[0] >= max(1, needed)), key=lambda it: (-it[0], it[1])
    )
    lines: list[Line] = []
    try:
        for _, _, named in fit[:_LOOKED_AT]:
            if len(lines) < MOST_PEOPLE and await can_be_asked(context, named):
                content = {"key": f"member:{named.member}", "member": named.member}
                lines.append(Line(PEOPLE, {**content, "shared_by": named.name}, ()))
    except (DisconnectedError, RateLimitedError) as error:
        _log.info("nobody named", error=for_log(error))
    return (*sessions, *lines)


def _sessions(held: Sequence[SummedUp], fits: Fits, needed: int) -> list[Line]:
    """Return a line for each of the summaries that fit best; it rests on what fits."""
    found: list[tuple[int, Line]] = []
    for each in held:
        title = str(each.writing.header.get("title") or "")
        said = {id: fits(_text(line)) for id, line in enumerate(each.writing.lines)}
        words = fits(title).union(*said.values())
        if len(words) < max(1, needed):
            continue
        best = max(said, key=lambda id: (len(said[id]), -id), default=None)
        evidence: tuple[Evidence, ...] = ()
        if best is not None and said[best]:
            evidence = each.writing.lines[best].evidence
        content = {
            "key": f"session:{each.writing.id}",
            "title": title,
            "room": each.room,
            "at": each.at.isoformat(),
            "post": each.post,
        }
        found.append((len(words), Line(SESSIONS, content, evidence)))
    found.sort(key=lambda it: -it[0])  # of those that fit as well, the newest stays first
    return [line for _, line in found[:MOST_SESSIONS]]


def _text(line: Line) -> str:
    return "" if line.content.get("is_struck") else str(line.content.get("text") or "")
