"""What the agent's buttons do. A control's id is `<what>:<which>`; it holds no state and lasts for ever.

An id that is out of date, not the presser's, or made up gets a kind sentence.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.outgoing import Paragraph, Quote, Text
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands import forget
from learncomm_agent.commands.ask import answer
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.me import set_consent
from learncomm_agent.commands.search import find
from learncomm_agent.errors import NotAllowedError, NotFoundError
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import rooms, writings
from learncomm_agent.storage.writings import Writing

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
        "useful": _useful,
        "not_right": _not_right,
        "ask_community": _ask_community,
        "forget": _forget,
        "keep": _keep,
        "consent": _consent,
    }
    if what not in presses:
        raise NotFoundError("no such control", phrase="control.gone")
    return await presses[what](context, which)


async def _show(context: Context, which: str) -> Reply:
    """Search or answer again, for the eyes of the room."""
    writing = await _asked(context, which)
    there = await _there(context, writing)
    asked = writing.request
    if writing.kind == "answer":
        reply = await answer(there, asked["question"], is_private=False)
    else:
        reply = await find(there, asked["query"], asked["limit"], is_private=False)
    if reply.writing is not None and not reply.writing.lines:
        return Reply(
            (context.say("control.nothing_to_show", room=there.room.name),), is_private=True
        )
    return _posted(reply, there, context)


async def _useful(context: Context, which: str) -> Reply:
    return await _judge(context, which, "useful")


async def _not_right(context: Context, which: str) -> Reply:
    return await _judge(context, which, "not_right")


async def _judge(context: Context, which: str, verdict: str) -> Reply:
    """Keep the verdict with the answer and its trace; of a private answer, its asker alone may."""
    writing = await _written(context, which)
    if writing.is_private:
        writing = await _mine(context, which)
    return Reply(
        (context.say(f"control.thanks_{verdict}"),),
        is_private=True,
        commits=(lambda conn: writings.judge(conn, writing.id, verdict),),
    )


async def _ask_community(context: Context, which: str) -> Reply:
    """Put a question to the people in the room, in its asker's name and by their wish."""
    writing = await _asked(context, which)
    there = await _there(context, writing)
    asked = writing.request.get("question") or writing.request["query"]
    reply = Reply(
        (
            context.say("control.asks", who=context.member.name),
            Quote((Text(asked),)),
            Paragraph(context.layout.note("control.asks_hint").spans),
        )
    )
    return _posted(reply, there, context)


async def _forget(context: Context, which: str) -> Reply:
    return await forget.confirmed(context, ResourceId(_number(which)))


async def _keep(context: Context, which: str) -> Reply:
    return Reply((context.say("forget.kept"),), is_private=True)


async def _consent(context: Context, which: str) -> Reply:
    if which not in tuple(Consent):
        raise NotFoundError("no such consent", phrase="control.gone")
    return replace(await set_consent(context, Consent(which)), is_private=True)


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
    """Return an answer or a search of the presser's own; nothing else can be asked again."""
    writing = await _mine(context, which)
    if writing.kind not in {"answer", "search"}:
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
    if room.ref not in await context.platform.readable(Audience.of_account(context.account)):
        raise NotFoundError("not in that room any more", phrase="control.gone")
    return replace(context, room=room, room_id=id, message=None, reply_to=None)


def _posted(reply: Reply, there: Context, context: Context) -> Reply:
    """Have a reply posted there, where that is another room than this one."""
    return reply if there is context else replace(reply, room=there.room_id)


def _number(which: str) -> int:
    if not (which.isascii() and which.isdecimal() and len(which) < 16):
        raise NotFoundError("a control without a number", phrase="control.gone")
    return int(which)
