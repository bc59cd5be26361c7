"""What the agent's buttons do. A control's id is `<what>:<which>`; it holds no state and lasts for ever.

An id that is out of date, not the presser's, or made up gets a kind sentence.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands import about, forget
from learncomm_agent.commands.ask import answer
from learncomm_agent.commands.choosing import NUMBERED
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.keep import promote
from learncomm_agent.commands.me import opted_out, set_consent
from learncomm_agent.commands.open import opened, read_on
from learncomm_agent.commands.search import find
from learncomm_agent.errors import NotAllowedError, NotFoundError
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import promoted, rooms, writings
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.notices import CALL

Press = Callable[[Context, str], Awaitable[Reply]]


async def press(context: Context, choice: str) -> Reply:
    """Do what a control says.

    Raises:
        NotFoundError: There is no such control, or what it was for is gone.
        NotAllowedError: It is not for the presser.
    """
    what, _, which = choice.partition(":")
    presses: dict[str, Press] = {
        "show": _show,
        "mine": _show_mine,
        "useful": _useful,
        "not_right": _not_right,
        "ask_community": _ask_community,
        "open": _open,
        "read": _read_on,
        "about": _about,
        "forget": _forget,
        "forget_this": _forget_this,
        "forget_message": _forget_message,
        "forget_room": _forget_room,
        "forget_me": _forget_me,
        "keep": _keep,
        "promote": _promote,
        "consent": _consent,
        "opt_out": _opt_out,
    }
    if what not in presses:
        raise NotFoundError("no such control", phrase="control.gone")
    return await presses[what](context, which)


async def _show(context: Context, which: str) -> Reply:
    """Search or answer again, for the eyes of the room."""
    writing = await _asked(context, which)
    there = await _there(context, writing)
    reply = await _again(there, writing, is_private=False)
    if reply.writing is not None and not reply.writing.lines:
        return Reply(
            (context.say("control.nothing_to_show", room=there.room.name),), is_private=True
        )
    return _posted(reply, there, context)


async def _show_mine(context: Context, which: str) -> Reply:
    """Search or answer again, for the asker's eyes alone."""
    writing = await _asked(context, which)
    return await _again(await _there(context, writing), writing, is_private=True)


async def _again(there: Context, writing: Writing, *, is_private: bool) -> Reply:
    asked = writing.request
    # In the room, where nobody saw it asked, the question stands above.
    who = "" if is_private or there.member.consent is Consent.OUT else there.member.name
    if writing.kind == "answer":
        reply = await answer(there, asked["question"], is_private=is_private, who=who)
    else:
        reply = await find(there, asked["query"], asked["limit"], is_private=is_private, who=who)
    if reply.writing is None:
        return reply
    return replace(reply, writing=writings.asked_as(reply.writing, writing))


async def _useful(context: Context, which: str) -> Reply:
    return await _judge(context, which, "useful")


async def _not_right(context: Context, which: str) -> Reply:
    return await _judge(context, which, "not_right")


async def _judge(context: Context, which: str, verdict: str) -> Reply:
    """Keep the verdict with the answer and its trace; of a private answer, its asker alone may."""
    writing = await _written(context, which)
    if writing.is_private:
        writing = await _mine(context, which)
    blocks: tuple[Block, ...] = (context.say(f"control.thanks_{verdict}"),)
    if verdict == promoted.USEFUL and writing.kind == "answer" and context.member.is_leader:
        more = Choice(f"promote:{writing.id}", context.label("control.promote"))
        blocks = (*blocks, Choices((more,)))
    return Reply(
        blocks,
        is_private=True,
        commits=(lambda conn: writings.judge(conn, writing.id, verdict),),
    )


async def _promote(context: Context, which: str) -> Reply:
    """Keep an answer in the library; leaders may, of a private one its asker alone."""
    if not context.member.is_leader:
        raise NotAllowedError("leaders only", phrase="error.leaders_only", command="keep")
    writing = await _written(context, which)
    if writing.is_private:
        writing = await _mine(context, which)
    return await promote(await _there(context, writing), writing)


async def _ask_community(context: Context, which: str) -> Reply:
    """Put a question to the people in the room, in its asker's name and by their wish."""
    writing = await _asked(context, which)
    there = await _there(context, writing)
    asked = writing.request.get("question") or writing.request["query"]
    # Kept as it stands there, so that it goes from the room when its asker takes it back.
    call = Writing(
        community=context.community.id,
        kind=CALL,
        room=there.room_id,
        member=context.member.id,
        is_private=False,
        request={"question": asked, "who": context.member.name},
        header={},
        trace={},
        lines=(),
    )
    kept = writings.asked_as(call, writing)
    return _posted(Reply(await there.show(call), writing=kept), there, context)


async def _open(context: Context, which: str) -> Reply:
    """Open a line, for the presser alone; of a private writing, its asker alone may."""
    id, _, number = which.partition(":")
    writing = await _written(context, id)
    if writing.is_private:
        writing = await _mine(context, id)
    if writing.kind not in NUMBERED:
        raise NotFoundError("nothing with numbers", phrase="control.gone")
    return await opened(context, writing, _number(number), is_private=True)


async def _read_on(context: Context, which: str) -> Reply:
    resource, _, ordinal = which.partition(":")
    return await read_on(context, _number(resource), _number(ordinal), is_private=True)


async def _about(context: Context, which: str) -> Reply:
    return await about.card(context, ResourceId(_number(which)), is_private=True)


async def _forget(context: Context, which: str) -> Reply:
    return await forget.confirmed(context, ResourceId(_number(which)))


async def _forget_this(context: Context, which: str) -> Reply:
    return await forget.this(context, ResourceId(_number(which)))


async def _forget_message(context: Context, which: str) -> Reply:
    return await forget.message_confirmed(context, MessageId(_number(which)))


async def _forget_room(context: Context, which: str) -> Reply:
    return await forget.room_confirmed(context, RoomId(_number(which)))


async def _forget_me(context: Context, which: str) -> Reply:
    return await forget.me_confirmed(context, _number(which))


async def _keep(context: Context, which: str) -> Reply:
    return Reply((context.say("forget.kept"),), is_private=True)


async def _consent(context: Context, which: str) -> Reply:
    if which not in tuple(Consent):
        raise NotFoundError("no such consent", phrase="control.gone")
    return replace(await set_consent(context, Consent(which)), is_private=True)


async def _opt_out(context: Context, which: str) -> Reply:
    return await opted_out(context, _number(which))


async def _written(context: Context, which: str) -> Writing:
    id = _number(which)
    found = await context.services.database.read(
        lambda conn: writings.get(conn, id, context.community.id)
    )
    if found is None:
        raise NotFoundError("that writing is gone", phrase="control.gone")
    return found


async def _mine(context: Context, which: str) -> Writing:
    writing = await _written(context, which)
    if writing.member != context.member.id:
        raise NotAllowedError("somebody else's control", phrase="control.not_yours")
    return writing


async def _asked(context: Context, which: str) -> Writing:
    """Return an answer or a search of the presser's own; nothing else can be asked again.

    Nor can it be where what was asked has been forgotten.
    """
    writing = await _mine(context, which)
    if writing.kind not in {"answer", "search"} or not writing.request:
        raise NotFoundError("not to be asked again", phrase="control.gone")
    return writing


async def _there(context: Context, writing: Writing) -> Context:
    """Return the request as if it were made where the first one was.

    A private answer may have come as a direct message; its buttons speak of the room all the same.

    Raises:
        NotFoundError: The presser is not in that room any more.
    """
    id = writing.room
    if id is None or id == context.room_id:
        return context
    room = await context.services.database.read(lambda conn: rooms.get(conn, id))
    presser = Audience.of_account(context.account, room.ref.space)
    refs = await context.platform.readable(presser)
    if room.ref not in refs and room.parent not in refs:  # a thread is read by its room's rule
        raise NotFoundError("not in that room any more", phrase="control.gone")
    return replace(context, room=room, room_id=id, message=None, reply_to=None)


def _posted(reply: Reply, there: Context, context: Context) -> Reply:
    """Have a reply posted there, where that is another room than this one."""
    return reply if there is context else replace(reply, room=there.room_id)


def _number(which: str) -> int:
    if not (which.isascii() and which.isdecimal() and len(which) < 16):
        raise NotFoundError("a control without a number", phrase="control.gone")
    return int(which)
