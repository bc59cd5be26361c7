"""`feedback`: write to the leaders, or ask all in a room, without a name; leaders read it and answer.

What a member writes here is handed on without them: see `community.feedback`.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.chat.messages import Room, RoomKind
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.chat.people import CommunityId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.commands import feedback_box as box
from learncomm_agent.commands import naming
from learncomm_agent.commands.context import Context, Services, Via
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.feedback_words import ALONE, ASK, NUMBER, VERBS, check_member, led
from learncomm_agent.commands.pressed import number_of
from learncomm_agent.commands.verbs import meant
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.community.feedback import FEEDBACK, MOST_CHARS
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.storage import drafts
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.feedback import Kind

NEW = "new"
"""The form in which somebody writes, and what opens it."""
FEW, LOOKED_AT = 3, 24
"""Fewer readers than these are named as a risk; so many people are asked for what they read."""
_CHARS = 6000
"""More than anybody may write, so that what is too long is refused with a word on that."""
_QUESTION_MARKS = ("?", "\uff1f", "\u061f")
"""How a question to the room ends; `Ask us before you move it.` is feedback."""


async def feedback(context: Context, values: Mapping[str, Any]) -> Reply:
    """Take in what somebody writes without a name; of leaders also do what they say with it.

    Raises:
        UsageError: It can't be taken so, or is a slip; it says why, and nothing is kept.
    """
    said, room = values.get("what", "").strip(), values.get("room")
    if "kind" in values:
        return await put(context, Kind(values["kind"]), said, room)
    if not said:
        return await _how(context)
    word, rest = (*said.split(maxsplit=1), "")[:2]
    verb = await asyncio.to_thread(meant, context.words, "feedback.verb_", VERBS, word) or ""
    if context.member.is_leader and (done := await led(context, verb, rest)) is not None:
        return done
    if not context.member.is_leader:
        check_member(verb, rest)
    if verb == ASK and (not rest or word.endswith(":") or rest.endswith(_QUESTION_MARKS)):
        return await put(context, Kind.ROOM, rest, room)
    return await put(context, Kind.LEADERS, said, room)


async def put(context: Context, kind: Kind, text: str, named: str | None = None) -> Reply:
    """Take in what somebody writes; not where others read who writes it.

    Raises:
        UsageError: It can't be taken; nothing is kept then.
    """
    if context.via is Via.MESSAGE and context.room.kind is not RoomKind.DIRECT:
        return _refused(context)
    if not text:
        raise UsageError("no words", phrase="feedback.no_words")
    if len(text) > MOST_CHARS:
        raise UsageError("too long", phrase="feedback.long", limit=MOST_CHARS)
    room = await _room(context, named)
    if kind is Kind.ROOM and room is None:
        raise UsageError("no room", phrase="feedback.which_room")
    services, member, community = context.services, context.member.id, context.community
    await services.database.read(lambda conn: services.feedback.check(conn, community, member))
    is_few = room is not None and await is_read_by_few(
        services, context.platform, community.id, room
    )

    def commit(conn: Connection) -> None:
        id = None if room is None else services.directory.room(conn, room).id
        services.feedback.put(conn, community, id, kind, text, member)

    said = context.say(f"feedback.taken_{kind}", room="" if room is None else room.name)
    blocks = (said, context.say("feedback.nameless", is_few=is_few))
    return Reply(blocks, is_private=True, commits=(commit,), refused="feedback.taken_in")


def _refused(context: Context) -> Reply:
    """Say kindly that others read whose words these are, and keep none of them."""
    forgetting, message = context.services.forgetting, context.message
    community, room = context.community.id, context.room_id

    def commit(conn: Connection) -> None:
        if message is not None and context.room.is_read:
            forgetting.message(conn, community, room, message)

    return Reply((context.say("feedback.seen"),), is_private=True, commits=(commit,))


async def _room(context: Context, named: str | None) -> Room | None:
    """Return the room that is meant; None where nobody says, and it is a direct talk.

    Raises:
        NotFoundError: There is no one room of that name which they read.
    """
    if named is None:
        return None if context.room.kind is RoomKind.DIRECT else context.room
    found, mistakes = await naming.rooms_named(context, [named])
    if mistakes:
        raise mistakes[0]
    return found[0]


async def is_read_by_few(
    services: Services, platform: Platform, community: CommunityId, room: Room
) -> bool:
    """Whether so few can read a room, as far as they are known, that it is easy to guess who wrote."""
    space, name = room.ref.space, room.ref.platform

    def read(conn: Connection) -> list[Any]:
        others = drafts.others_on(conn, community, name, LOOKED_AT)
        return [*others, *drafts.leaders_of(conn, community, name)]

    count = 0
    for account in (await services.database.read(read))[:LOOKED_AT]:
        refs = await platform.readable(Audience.of_account(account, space))
        count += naming.is_read_by(room, refs)
        if count >= FEW:
            return False
    return True


async def _how(context: Context) -> Reply:
    """Offer the form, or say how to do it in words; to leaders also what waits."""
    can = await context.platform.capabilities(context.room.ref)
    is_few = context.room.kind is not RoomKind.DIRECT and await is_read_by_few(
        context.services, context.platform, context.community.id, context.room
    )
    blocks: list[Block] = [
        context.say("feedback.how"),
        context.say("feedback.nameless", is_few=is_few),
    ]
    if can.forms >= Level.PARTIAL:
        opens = Choice(f"{FEEDBACK}:{NEW}", context.label("feedback.write"), opens_form=True)
        blocks.append(Choices((opens,), context.layout.phrase("feedback.in_words")))
    else:
        blocks.append(context.say("feedback.in_words"))
    if context.member.is_leader:
        see = Choice(f"{FEEDBACK}:inbox", context.label("feedback.see"))
        blocks += [context.say("feedback.how_leaders"), Choices((see,))]
    return Reply(tuple(blocks), is_private=True)


# By controls and forms.


async def press(context: Context, which: str) -> Reply:
    """Do what a control of the box says.

    Raises:
        NotFoundError: There is no such control.
    """
    act, _, rest = which.partition(":")
    if act in ALONE:
        return await ALONE[act](context)
    if act in NUMBER:
        return await NUMBER[act](context, number_of(rest))
    if act == "answer":
        return await box.how_to_answer(context, number_of(rest))
    if act == NEW:
        return Reply((context.say("feedback.in_words"),), is_private=True)
    raise NotFoundError("no such control", phrase="control.gone")


async def form(visitor: Visitor) -> Form:
    """Return the form in which somebody writes, which says what becomes of it and who may still guess."""
    is_few = visitor.room.kind is not RoomKind.DIRECT and await is_read_by_few(
        visitor.services, visitor.platform, visitor.community.id, visitor.room
    )
    kinds = tuple(Choice(each, visitor.label(f"feedback.kind_{each}")) for each in Kind)
    return Form(
        f"{FEEDBACK}:{NEW}",
        visitor.label("feedback.form"),
        (
            Field(
                "kind",
                visitor.label("feedback.field_kind"),
                FieldKind.CHOICE,
                choices=kinds,
                values=(Kind.LEADERS.value,),
                hint=visitor.label("feedback.hint_kind"),
            ),
            Field(
                "what",
                visitor.label("feedback.field_what"),
                is_long=True,
                max_chars=MOST_CHARS,
                hint=visitor.label("feedback.hint_few" if is_few else "feedback.hint_what"),
            ),
        ),
    )


async def opened(visitor: Visitor, which: str) -> Form:
    """Return the form of a control; raises what `box.form` raises."""
    act, _, rest = which.partition(":")
    return await (form(visitor) if act == NEW else box.form(visitor, act, rest))


async def filled(context: Context, which: str, values: Mapping[str, str]) -> Reply:
    """Take what was filled in.

    Raises:
        NotFoundError: There is no such form.
        UsageError: It can't be taken.
    """
    act, _, rest = which.partition(":")
    if act == "answer":
        return await box.answer(context, number_of(rest), values.get("text", "").strip())
    if act != NEW or values.get("kind", Kind.LEADERS) not in tuple(Kind):
        raise NotFoundError("no such form", phrase="control.gone")
    kind = Kind(values.get("kind", Kind.LEADERS))
    return await put(context, kind, values.get("what", "").strip())


BOX = Command(
    name=FEEDBACK,
    run=feedback,
    options=(
        Option("what", takes_rest=True, max_chars=_CHARS),
        Option("kind", OptionKind.CHOICE, choices=tuple(each.value for each in Kind)),
        Option("room", OptionKind.ROOM, max_chars=100),
    ),
    always_private=True,
    opens_form=True,
    form=form,
)
