"""`setup`: how things are here: who leads and where, what is read, which language and time zone; for leaders."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.chat.messages import Room, RoomId, RoomKind
from learncomm_agent.chat.outgoing import Block, Listing, Text
from learncomm_agent.chat.platform import Inspects, Roles
from learncomm_agent.commands import setup_desk
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply, Who
from learncomm_agent.commands.read import SINCE
from learncomm_agent.commands.setup_wishes import AT_ONCE, Wishes, checked
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.errors import PlatformError, UsageError
from learncomm_agent.log import logger
from learncomm_agent.storage import audit, communities, drafts, goals, spaces
from learncomm_agent.storage.database import Connection
from learncomm_agent.templates import language_name

NAMED = 10
"""So many rooms are named; the others are counted."""
_log = logger(__name__)


async def setup(context: Context, values: Mapping[str, Any]) -> Reply:
    """Change what is told, all of it or nothing, and say how things are then.

    Raises:
        UsageError: In a direct talk, which belongs to no space.
    """
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("a direct talk is in no space", phrase="setup.direct")
    wishes, mistakes = await checked(context, values)
    if mistakes:
        said = tuple(
            (Text(context.layout.phrase(each.advice.phrase, **each.advice.values)),)
            for each in mistakes
        )
        return Reply((context.say("setup.mistakes"), Listing(said)), is_private=True)
    if wishes.language is not None and context.member.language is None:
        context = replace(context, language=wishes.language)
    desk = await setup_desk.chosen(context, wishes)
    warned: list[Block] = []
    if desk is not None and await setup_desk.is_open(context, desk, wishes):
        warned.append(context.say("setup.desk_is_open", room=desk.name))
    blocks = (
        context.say("setup.changed" if wishes.is_any else "setup.heading"),
        await _as_it_is(context, wishes, desk),
        *await _missing(context),
        *warned,
        *(() if wishes.is_any else (context.say("setup.how"),)),
    )

    def commit(conn: Connection) -> None:
        if wishes.is_any:
            _keep(context, conn, wishes)

    return Reply(blocks, is_private=True, commits=(commit,))


async def form(visitor: Visitor) -> Form:
    """Return the form, filled in as things are.

    Raises:
        UsageError: In a direct talk, which belongs to no space.
    """
    if visitor.room.kind is RoomKind.DIRECT:
        raise UsageError("a direct talk is in no space", phrase="setup.direct")
    community, space = visitor.community, visitor.room.ref.space
    roles = sorted(visitor.services.directory.leader_roles(space))
    languages = dict.fromkeys((*visitor.words.languages(), community.language))

    def field(name: str, kind: FieldKind, **more: Any) -> Field:
        label, hint = visitor.label(f"setup.field_{name}"), visitor.label(f"setup.hint_{name}")
        return Field(name, label, kind, is_required=False, hint=hint, **more)

    desk = await visitor.services.database.read(lambda conn: drafts.desk_of(conn, space))
    at = () if desk is None else (desk.ref.id,)
    spoken = tuple(Choice(tag, language_name(tag, visitor.language)) for tag in languages)
    return Form(
        SETUP.name,
        visitor.label("setup.title"),
        (
            field("leaders", FieldKind.ROLE, at_most=AT_ONCE, values=tuple(roles[:AT_ONCE])),
            field("read", FieldKind.ROOM, at_most=AT_ONCE),
            field("desk", FieldKind.ROOM, values=at),
            field("language", FieldKind.CHOICE, choices=spoken, values=(community.language,)),
            field("timezone", FieldKind.TEXT, max_chars=60, values=(community.timezone,)),
        ),
    )


def _keep(context: Context, conn: Connection, wishes: Wishes) -> None:
    """Keep what is wished, in the transaction of the answer."""
    community, space, services = context.community.id, context.room.ref.space, context.services
    present = context.community
    chosen = {
        "language": (wishes.language, present.language),
        "timezone": (wishes.timezone, present.timezone),
    }
    # A form sends what stood in it as well; the settings go on ruling that.
    changed = {name: new for name, (new, old) in chosen.items() if new not in (None, old)}
    if changed:
        communities.choose(conn, community, services.clock.now(), **changed)
    if wishes.roles is not None:
        services.leaders.choose(conn, space, wishes.roles)
    if wishes.desk is not None:
        for room in wishes.desk:
            services.directory.room(conn, room)  # known from now on, also one that nobody wrote in
        drafts.choose_desk(conn, space, next((room.ref.id for room in wishes.desk), None))
    if wishes.goal is not None:
        goals.keep(conn, community, wishes.goal, services.clock.now())
    if wishes.rooms:
        services.reading.open(conn, wishes.rooms, wishes.since, context.account)
    detail: dict[str, int | str] = {**changed, "rooms": len(wishes.rooms)}
    if wishes.desk is not None:
        detail["desk"] = len(wishes.desk)
    if wishes.roles is not None:
        detail["roles"] = len(wishes.roles)
    if wishes.goal is not None:
        detail["goal"] = int(bool(wishes.goal))
    subject, at = f"space {space.platform}:{space.id}", services.clock.now()
    audit.record(
        conn, community, "set up", subject, at=at, account=context.account_id, detail=detail
    )


async def _as_it_is(context: Context, wishes: Wishes, desk: Room | None) -> Block:
    """Say how things are once the wishes are kept, in short lines."""
    community, space = context.community, context.room.ref.space
    readable = (await context.readable(is_private=True)).rooms
    known: dict[RoomId, str] = await context.services.database.read(
        lambda conn: spaces.rooms_read(conn, space)
    )
    # Of rooms that they can't see, leaders learn nothing here either.
    rooms = [name for id, name in known.items() if id in readable]
    directory = context.services.directory
    opening = [room.name for room in wishes.rooms if not directory.reads(room)]
    roles = wishes.roles
    if roles is None:
        roles = directory.leader_roles(space)
    names = await _role_names(context, roles)
    language = language_name(wishes.language or community.language, context.language)
    lines = (
        context.layout.phrase("setup.is_language", name=language),
        context.layout.phrase("setup.is_timezone", zone=wishes.timezone or community.timezone),
        context.layout.phrase("setup.is_leaders", roles=names, count=len(roles)),
        context.layout.phrase("setup.is_desk", room="" if desk is None else desk.name),
        context.layout.phrase("setup.is_goal", goal=await _goal(context, wishes)),
        _named(context, "setup.is_read", rooms),
        *((_named(context, "setup.will_read", opening),) if opening else ()),
    )
    return Listing(tuple((Text(line),) for line in lines))


async def _goal(context: Context, wishes: Wishes) -> str:
    """Return what the community wants to reach; empty where nobody said."""
    if wishes.goal is not None:
        return wishes.goal
    community = context.community.id
    return await context.services.database.read(lambda conn: goals.of(conn, community))


def _named(context: Context, key: str, rooms: Sequence[str]) -> str:
    return context.layout.phrase(key, rooms=rooms[:NAMED], more=len(rooms[NAMED:]))


async def _role_names(context: Context, roles: frozenset[str]) -> list[str]:
    """Return the names of roles that are there still, where the platform tells them."""
    platform = context.platform
    if not roles or not isinstance(platform, Roles):
        return []
    named = await platform.roles(context.room.ref.space)
    return sorted(named[role] for role in roles if role in named)


async def _missing(context: Context) -> list[Block]:
    """Say what the agent may not do in this space, each with its remedy."""
    platform = context.platform
    if not isinstance(platform, Inspects):
        return []
    try:
        findings = await platform.inspect(context.room.ref.space)
    except PlatformError as error:
        _log.warning("space not inspected", platform=platform.name, reason=str(error))
        return []
    return [context.say(each.phrase, **each.values) for each in findings if not each.is_ok]


SETUP = Command(
    name="setup",
    run=setup,
    options=(
        Option("leaders", OptionKind.ROLE, can_be_empty=True),
        Option("read", OptionKind.ROOM, max_chars=6000),
        Option("since", OptionKind.CHOICE, choices=SINCE, is_checked_later=True),
        Option("desk", OptionKind.ROOM, can_be_empty=True, max_chars=200),
        Option("goal", takes_words=True, can_be_empty=True, max_chars=300),
        Option("language", max_chars=100, is_suggested=True),
        Option("timezone", max_chars=100, is_suggested=True),
    ),
    who=Who.LEADERS,
    always_private=True,
    opens_form=True,
    form=form,
)
