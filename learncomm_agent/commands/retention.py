"""`retention`: how long each kind of data is kept here, for a leader to see and to choose, with a trial first."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Block, Choices, Listing, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, Reply, Who
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.storage import retention_rules
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.retention_rules import KINDS, MOST_DAYS

NONE = frozenset({"none", "never", "off", "ever", "immer", "nie", "keine", "ohne"})
"""Said in the place of a number: there is no bound."""
_FOR_EVER = "-"
Rules = Mapping[str, int | None]


async def retention(context: Context, values: Mapping[str, Any]) -> Reply:
    """Show for how long each kind is kept; or count what would go, and ask whether it is to.

    Raises:
        UsageError: What was said is no number of days.
    """
    if not values:
        return await _shown(context)
    rules = {kind: _days(context, kind, values[kind]) for kind in KINDS if kind in values}
    would = await context.services.database.read(
        lambda conn: context.services.retention.would_go(conn, context.community.id, rules)
    )
    lines = tuple(_line(context, kind, days) for kind, days in rules.items())
    blocks: list[Block] = [context.say("retention.would_be"), Listing(lines)]
    if parts := [_counted(context, kind, count) for kind, count in would.items() if count]:
        blocks.append(context.say("retention.would_go", parts=parts))
        blocks.append(context.layout.note("retention.posts"))
    elif would:
        blocks.append(context.say("retention.nothing_yet"))
    options = (
        Choice(f"retain:{_coded(rules)}", context.label("control.retain")),
        Choice("keep:", context.label("control.retain_not")),
    )
    return Reply((*blocks, Choices(options)), is_private=True)


async def press(context: Context, which: str) -> Reply:
    """Keep kinds for so many days from now on.

    Raises:
        NotAllowedError: The presser leads no more.
        NotFoundError: The control is made up.
    """
    if not context.member.is_leader:
        raise NotAllowedError("leaders only", phrase="error.leaders_only", command="retention")
    rules = _decoded(which)

    def commit(conn: Connection) -> None:
        community, leader = context.community.id, context.member.id
        context.services.retention.choose(conn, community, rules, context.account_id, leader)

    lines = tuple(_line(context, kind, days) for kind, days in rules.items())
    blocks = (context.say("retention.chosen"), Listing(lines))
    return Reply(blocks, is_private=True, commits=(commit,))


async def _shown(context: Context) -> Reply:
    rules = await context.services.database.read(
        lambda conn: retention_rules.of(conn, context.community.id)
    )
    lines = tuple(_line(context, kind, rules.get(kind)) for kind in KINDS)
    blocks: list[Block] = [context.say("retention.is"), Listing(lines)]
    if (days := context.services.retention.days) is not None:
        blocks.append(context.layout.note("retention.settings", days=days))
    return Reply((*blocks, context.say("retention.how")), is_private=True)


def _days(context: Context, kind: str, said: str) -> int | None:
    word = said.strip().casefold()
    if word in NONE:
        return None
    number = word.split()[0] if word else ""
    if not (number.isascii() and number.isdecimal() and 0 < int(number[:9]) <= MOST_DAYS):
        raise UsageError(
            "no number of days", phrase="retention.no_number", kind=kind, most=MOST_DAYS
        )
    return int(number)


def _coded(rules: Rules) -> str:
    """Return rules as they fit into a control: `0=90,3=-`."""
    shown = ((KINDS.index(kind), days) for kind, days in rules.items())
    return ",".join(f"{n}={_FOR_EVER if days is None else days}" for n, days in shown)


def _decoded(which: str) -> Rules:
    rules: dict[str, int | None] = {}
    for each in which.split(","):
        number, _, days = each.partition("=")
        is_kind = number.isascii() and number.isdecimal() and len(number) < 3
        is_days = days.isascii() and days.isdecimal() and len(days) < 6
        if not is_kind or int(number) >= len(KINDS) or not (is_days or days == _FOR_EVER):
            raise NotFoundError("a control without rules", phrase="control.gone")
        bound = None if days == _FOR_EVER else int(days)
        if bound is not None and not 0 < bound <= MOST_DAYS:
            raise NotFoundError("a control without rules", phrase="control.gone")
        rules[KINDS[int(number)]] = bound
    return rules


def _line(context: Context, kind: str, days: int | None) -> tuple[Text, ...]:
    named = context.layout.phrase(f"retention.kind_{kind}")
    if days is None:
        return (Text(context.layout.phrase("retention.for_ever", kind=named)),)
    return (Text(context.layout.phrase("retention.for_days", kind=named, days=days)),)


def _counted(context: Context, kind: str, count: int) -> str:
    named = context.layout.phrase(f"retention.kind_{kind}")
    return context.layout.phrase("retention.counted", kind=named, count=count)


RETENTION = Command(
    name="retention",
    run=retention,
    options=tuple(Option(kind, max_chars=20) for kind in KINDS),
    who=Who.LEADERS,
    always_private=True,
    is_rare=True,
)
