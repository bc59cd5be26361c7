"""The box as leaders see it: what waits, shown to the room, answered before it, or put aside."""

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice, Field, Form
from learncomm_agent.chat.messages import Room, RoomId, RoomKind
from learncomm_agent.chat.outgoing import Block, Choices, Paragraph, Quote, Style, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.pressed import check_leads, number_of
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.community.feedback import FEEDBACK, MOST_CHARS
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.storage import drafts, rooms
from learncomm_agent.storage import feedback as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.feedback import Piece, State

AT_ONCE = 1
"""So many are shown at once: of the buttons of several nobody could tell which is for which."""
_OPEN = frozenset({State.OPEN, State.ASIDE})


async def inbox(context: Context) -> Reply:
    """Show what waits, to a leader alone.

    Raises:
        NotAllowedError: It is for leaders.
    """
    _check_leads(context)
    readable, community = await context.readable(is_private=True), context.community.id

    def read(conn: Connection) -> list[tuple[Piece, str]]:
        waits = stored.open_in(conn, community)
        return [
            (each, "" if each.room is None else rooms.get(conn, each.room).name)
            for each in waits
            if each.room is None or each.room in readable.rooms
        ]

    waits = await context.services.database.read(read)
    if not waits:
        return Reply((context.say("feedback.empty"),), is_private=True)
    can = await context.platform.capabilities(context.room.ref)
    blocks: list[Block] = [context.say("feedback.inbox", count=len(waits))]
    for piece, room in waits[:AT_ONCE]:
        blocks += _shown(context, piece, room, has_forms=can.forms >= Level.PARTIAL)
    if len(waits) > AT_ONCE:
        blocks.append(context.say("feedback.more", count=len(waits) - AT_ONCE))
    return Reply(tuple(blocks), is_private=True)


def _shown(context: Context, piece: Piece, room: str, *, has_forms: bool) -> tuple[Block, ...]:
    head = context.layout.phrase(
        f"feedback.piece_{piece.kind}", number=piece.id, room=room, day=piece.day
    )
    controls = (
        Choice(f"{FEEDBACK}:show:{piece.id}", context.label("feedback.show")),
        Choice(
            f"{FEEDBACK}:answer:{piece.id}", context.label("feedback.answer"), opens_form=has_forms
        ),
        Choice(f"{FEEDBACK}:aside:{piece.id}", context.label("feedback.aside")),
    )
    return (
        Paragraph((Text(head, Style.STRONG),)),
        Quote((Text(piece.text),)),
        Choices(controls, context.layout.phrase("feedback.decide_in_words", number=piece.id)),
    )


async def show(context: Context, number: int) -> Reply:
    """Post one in its room, as it is.

    Raises:
        NotFoundError: There is none of this number, or it was decided on.
        UsageError: Nobody says in which room.
    """
    return await _posted(context, number, "")


async def answer(context: Context, number: int, words: str) -> Reply:
    """Post one in its room, with what the leaders answer; raises what `show` raises.

    Raises:
        UsageError: There are no words, or too many.
    """
    if not words:
        return await how_to_answer(context, number)
    if len(words) > MOST_CHARS:
        raise UsageError("too long", phrase="feedback.long", limit=MOST_CHARS)
    return await _posted(context, number, words)


async def how_to_answer(context: Context, number: int) -> Reply:
    """Say how one is answered in words."""
    await _piece(context, number)
    return Reply((context.say("feedback.answer_in_words", number=number),), is_private=True)


async def put_aside(context: Context, number: int) -> Reply:
    """Let one rest: it waits no more, and can still be shown or answered by its number."""
    piece = await _piece(context, number)
    services, by = context.services, context.account_id
    return Reply(
        (context.say("feedback.is_aside", number=number),),
        is_private=True,
        commits=(lambda conn: services.feedback.put_aside(conn, piece, by),),
    )


async def _posted(context: Context, number: int, words: str) -> Reply:
    piece = await _piece(context, number)
    id, room = await _where(context, piece)
    services, by = context.services, context.account_id
    key = "feedback.is_answered" if words else "feedback.is_shown"
    return Reply(
        (context.say(key, room=room.name),),
        is_private=True,
        commits=(lambda conn: services.feedback.show(conn, piece, id, by, words),),
    )


async def _where(context: Context, piece: Piece) -> tuple[RoomId, Room]:
    """Return the room that one is for; of one that was given in none, the room in which the leader says so.

    Raises:
        UsageError: It was given in none, and this is the leaders' room, or a direct talk.
    """
    if piece.room is not None:
        id = piece.room
        return id, await context.services.database.read(lambda conn: rooms.get(conn, id))
    space = context.room.ref.space
    desk = await context.services.database.read(lambda conn: drafts.desk_of(conn, space))
    if context.room.kind is RoomKind.DIRECT or (desk and desk.ref == context.room.ref):
        raise UsageError("in which room", phrase="feedback.where", number=piece.id)
    return context.room_id, context.room


async def _piece(context: Context, number: int) -> Piece:
    """Return one on which a leader may decide.

    Raises:
        NotFoundError: There is none, or it was decided on.
        NotAllowedError: It is for leaders.
    """
    _check_leads(context)
    community = context.community.id
    piece = await context.services.database.read(lambda conn: stored.get(conn, number, community))
    readable = await context.readable(is_private=True)
    if piece is None or (piece.room is not None and piece.room not in readable.rooms):
        raise NotFoundError("no such feedback", phrase="feedback.unknown", number=number)
    await check_leads(context, piece.room, FEEDBACK)
    if piece.state not in _OPEN:
        raise NotFoundError("decided on", phrase="feedback.decided", number=number)
    return piece


def _check_leads(context: Context) -> None:
    if not context.member.is_leader:
        raise NotAllowedError("leaders only", phrase="error.leaders_only", command=FEEDBACK)


async def form(visitor: Visitor, act: str, which: str) -> Form:
    """Return the form in which a leader answers one.

    Raises:
        NotAllowedError: It is for leaders.
        NotFoundError: There is no such form, or nothing to answer.
    """
    if act != "answer":
        raise NotFoundError("no such form", phrase="control.gone")
    if not visitor.is_leader:
        raise NotAllowedError("leaders only", phrase="error.leaders_only", command=FEEDBACK)
    number, community = number_of(which), visitor.community.id
    piece = await visitor.services.database.read(lambda conn: stored.get(conn, number, community))
    readable = await visitor.readable()
    if piece is None or (piece.room is not None and piece.room not in readable.rooms):
        raise NotFoundError("no such feedback", phrase="feedback.unknown", number=number)
    field = Field(
        "text",
        visitor.label("feedback.field_answer"),
        is_long=True,
        max_chars=MOST_CHARS,
        hint=visitor.label("feedback.hint_answer"),
    )
    return Form(f"{FEEDBACK}:answer:{number}", visitor.label("feedback.answer"), (field,))
