"""`audit`: what leaders and the agent did to the community's data, newest first, for leaders alone."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Block, Choices, Listing, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply, Who
from learncomm_agent.commands.forget import COUNTED
from learncomm_agent.errors import NotAllowedError, NotFoundError
from learncomm_agent.storage import audit as stored
from learncomm_agent.storage.audit import Act
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.retention_rules import KINDS

PAGE = 12
MOST = 5000
"""So many of the newest acts are looked through."""
_ROOM = re.compile(r"room (\d+)")
_NUMBER = re.compile(r"(?:writing|session|resource|action) (\d+)")
RETENTION = "retention"
ACTS = frozenset(
    [
        "change_goal",
        "drop_action",
        "drop_decision",
        "drop_draft",
        "drop_goal",
        "edit",
        "end_digest",
        "erase",
        "feed_add",
        "feed_stop",
        "feedback_answered",
        "feedback_aside",
        "feedback_shown",
        "finish_action",
        "forget",
        "forget_goals",
        "forget_member",
        "forget_message",
        "forget_room",
        "give_back_action",
        "hand_over_action",
        "hide_goal",
        "keep_decision",
        "leave",
        "link",
        "links",
        "links_reaction",
        "match_apart",
        "match_swap",
        "mend",
        "message",
        "move_action",
        "opt_out",
        "order_digest",
        "outlived",
        "plan_changed",
        "plan_next",
        "publish",
        "publish_draft",
        "pulse_ask",
        "pulse_did",
        "pulse_least",
        "pulse_off",
        "pulse_weekly",
        "read_off",
        "read_on",
        "retention",
        "revise",
        "room_gone",
        "session_begin",
        "session_end",
        "session_extend",
        "session_hand_over",
        "session_move",
        "session_next",
        "session_pause",
        "session_resume",
        "session_skip",
        "set_up",
        "strike",
        "take_down",
        "talk_decision",
        "thanks",
        "thanks_off",
        "thanks_weekly",
        "unlink",
        "unname",
        "unpublish",
        "unsay",
        "unshare",
        "vote_open",
        "welcome_off",
        "welcome_on",
        "withdraw",
    ]
)
"""What has words of its own, under `audit.act`."""
UPKEEP = frozenset({"message", "edit", "mend", "unsay", "revise", "take down", "outlived"})
"""What I do by myself, all day; shown when somebody asks for it by a word."""
PRIVATE = frozenset(
    {
        "opt out",
        "change goal",
        "drop goal",
        "hide goal",
        "forget goals",
        "forget member",
        "withdraw",
        "unname",
        "thanks",
        "link",
        "unlink",
        "erase",
        "unshare",
        "forget message",
    }
)
"""What members do with what is theirs: that it was done is shown, and not by whom."""


async def audit(context: Context, values: Mapping[str, Any]) -> Reply:
    """Show a page of what was done, or of what bears some words."""
    return await page(context, values.get("words", ""), values.get("page", 1))


async def press(context: Context, which: str) -> Reply:
    """Show another page.

    Raises:
        NotAllowedError: The presser leads no more.
        NotFoundError: The control is made up.
    """
    if not context.member.is_leader:
        raise NotAllowedError("leaders only", phrase="error.leaders_only", command="audit")
    number, _, words = which.partition(":")
    if not (number.isascii() and number.isdecimal() and 0 < len(number) < 5):
        raise NotFoundError("a page without a number", phrase="control.gone")
    return await page(context, words, int(number))


async def page(context: Context, words: str, number: int) -> Reply:
    """Show a page of what was done that bears all of some words."""
    readable = (await context.readable(is_private=True)).rooms

    def read(conn: Connection) -> tuple[list[Act], dict[int, str]]:
        acts = stored.newest(conn, context.community.id, MOST)
        return acts, stored.rooms_named(conn, {id for id in map(_room_of, acts) if id in readable})

    acts, rooms = await context.services.database.read(read)
    wanted = words.casefold().split()
    lines = [(each, _line(context, each, rooms)) for each in acts]
    fit = [
        line
        for act, line in lines
        if (wanted or act.action not in UPKEEP)
        and all(word in f"{line} {act.action}".casefold() for word in wanted)
    ]
    if not fit:
        key = "audit.nothing_of" if wanted else "audit.nothing"
        return Reply((context.say(key, words=words),), is_private=True)
    pages = -(-len(fit) // PAGE)
    number = min(max(number, 1), pages)
    shown = fit[(number - 1) * PAGE : number * PAGE]
    blocks: list[Block] = [context.say("audit.is", page=number, pages=pages)]
    blocks.append(Listing(tuple((Text(line),) for line in shown)))
    if not wanted and (left := sum(act.action in UPKEEP for act in acts)):
        blocks.append(context.layout.note("audit.upkeep", count=left))
    return Reply((*blocks, *_turning(context, words, number, pages)), is_private=True)


def _turning(context: Context, words: str, number: int, pages: int) -> Iterable[Block]:
    """Return the controls that lead to other pages."""
    there = ((number - 1, "audit.newer"), (number + 1, "audit.older"))
    options = tuple(
        Choice(f"audit:{to}:{words[:60]}", context.label(key))
        for to, key in there
        if 0 < to <= pages
    )
    return (Choices(options),) if options else ()


def _line(context: Context, act: Act, rooms: Mapping[int, str]) -> str:
    phrase = context.layout.phrase
    if act.action in PRIVATE:
        who = phrase("audit.a_member")
    elif act.who is None:
        who = phrase("audit.nobody" if act.by else "audit.me")
    else:
        who = act.who
    at = context.layout.local(act.at.isoformat())
    parts = [_done(context, act.action)]
    if (id := _room_of(act)) is not None:
        parts.append(rooms.get(id) or phrase("audit.a_room"))
    parts += _told(context, act)
    return phrase("audit.line", at=at, who=who, done=" · ".join(parts))


def _done(context: Context, action: str) -> str:
    """Return what was done in words; what nobody has put into words stands as it was noted."""
    slug = action.replace(" ", "_")
    return context.layout.phrase(f"audit.act.{slug}") if slug in ACTS else action


def _told(context: Context, act: Act) -> Iterable[str]:
    """Return what is known beside: how much went, of what number it was, how long it is kept."""
    phrase, detail = context.layout.phrase, act.detail
    if act.action == RETENTION and act.subject in KINDS:
        days = detail.get("days")
        key = "retention.for_days" if isinstance(days, int) else "retention.for_ever"
        return [phrase(key, kind=phrase(f"retention.kind_{act.subject}"), days=days)]
    counts = ((name, detail.get(name)) for name in COUNTED)
    found = [phrase(f"forgotten.{name}", count=count) for name, count in counts if count]
    number = _NUMBER.fullmatch(act.subject)
    return [f"#{number[1]}", *found] if number and act.action not in UPKEEP else found


def _room_of(act: Act) -> int | None:
    found = _ROOM.search(act.subject)
    return None if found is None else int(found[1])


AUDIT = Command(
    name="audit",
    run=audit,
    options=(
        Option("words", takes_rest=True, max_chars=200),
        Option("page", OptionKind.NUMBER, maximum=1000),
    ),
    who=Who.LEADERS,
    always_private=True,
    is_rare=True,
)
