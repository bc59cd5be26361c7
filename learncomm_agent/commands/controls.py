"""What the agent's buttons do. A control's id is `<what>:<which>`; it holds no state and lasts for ever.

An id that is out of date, not the presser's, or made up gets a kind sentence.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageId, RoomId
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands import (
    about,
    actions,
    audit,
    ballot,
    decisions,
    digest,
    draft,
    feedback,
    feedback_sessions,
    forget,
    goal_pressed,
    help,
    letter,
    me,
    me_erase,
    minutes,
    profile,
    publish,
    pulse,
    reminders,
    retention,
    session_pressed,
)
from learncomm_agent.commands.ask import answer
from learncomm_agent.commands.choosing import NUMBERED
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.follow_ups import same_before
from learncomm_agent.commands.keep import promote
from learncomm_agent.commands.me import NAMING, opted_out, set_consent, set_naming
from learncomm_agent.commands.open import opened, read_on
from learncomm_agent.commands.pressed import check_leads, mine, number_of, there_of, written_as
from learncomm_agent.commands.search import find
from learncomm_agent.commands.vote import picked
from learncomm_agent.errors import NotFoundError
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import promoted, writings
from learncomm_agent.storage.asked import KINDS
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
        "help": help.press,
        "keep": _keep,
        "letter": letter.press,
        "promote": _promote,
        "consent": _consent,
        "naming": _naming,
        "opt_out": _opt_out,
        "me": me.press,
        "erase_me": _erase_me,
        "retain": retention.press,
        "audit": audit.press,
        "vote": _vote,
        "ballot": _ballot,
        "minutes": minutes.press,
        "speaker": minutes.press,
        "publish": draft.publish,
        "edit_line": draft.edit_line,
        "strike": draft.strike,
        "undo": draft.undo,
        "drop": draft.drop,
        "drop_it": draft.drop_it,
        "reminders": reminders.press,
        "s": session_pressed.press,
        "feedback": feedback.press,
        "pulse": pulse.press,
        "rate": feedback_sessions.press,
        "act": actions.press,
        "review": decisions.press,
        "digest": digest.press,
        "wanted": digest.ask_wanted,
        "public": publish.press,
        "goal": goal_pressed.press,
        "profile": profile.press,
    }
    if what not in presses:
        raise NotFoundError("no such control", phrase="control.gone")
    return await presses[what](context, which)


async def _show(context: Context, which: str) -> Reply:
    """Search or answer again, for the eyes of the room."""
    writing = await _asked(context, which)
    there = await there_of(context, writing)
    reply = await _again(there, writing, is_private=False)
    if reply.writing is not None and not _holds_anything(reply.writing):
        return Reply(
            (context.say("control.nothing_to_show", room=there.room.name),), is_private=True
        )
    return _posted(reply, there, context)


def _holds_anything(writing: Writing) -> bool:
    return bool(writing.lines) and writing.kind != "unanswered"


async def _show_mine(context: Context, which: str) -> Reply:
    """Search or answer again, for the asker's eyes alone."""
    writing = await _asked(context, which)
    return await _again(await there_of(context, writing), writing, is_private=True)


async def _again(there: Context, writing: Writing, *, is_private: bool) -> Reply:
    asked = writing.request
    # In the room, where nobody saw it asked, the question stands above.
    who = "" if is_private or there.member.consent is Consent.OUT else there.member.name
    if writing.kind in KINDS:
        earlier = await same_before(there, writing, is_private=is_private)
        question = asked["question"]
        reply = await answer(there, question, is_private=is_private, who=who, earlier=earlier)
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
    writing = await written_as(context, which)
    if writing.is_private:
        writing = await mine(context, which)
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
    await check_leads(context, None, "keep")
    writing = await written_as(context, which)
    await check_leads(context, writing.room, "keep")
    if writing.is_private:
        writing = await mine(context, which)
    return await promote(await there_of(context, writing), writing)


async def _ask_community(context: Context, which: str) -> Reply:
    """Put a question to the people in the room, in its asker's name and by their wish."""
    writing = await _asked(context, which)
    there = await there_of(context, writing)
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
    writing = await written_as(context, id)
    if writing.is_private:
        writing = await mine(context, id)
    if writing.kind not in NUMBERED:
        raise NotFoundError("nothing with numbers", phrase="control.gone")
    return await opened(context, writing, number_of(number), is_private=True)


async def _read_on(context: Context, which: str) -> Reply:
    resource, _, ordinal = which.partition(":")
    return await read_on(context, number_of(resource), number_of(ordinal), is_private=True)


async def _about(context: Context, which: str) -> Reply:
    return await about.card(context, ResourceId(number_of(which)), is_private=True)


async def _forget(context: Context, which: str) -> Reply:
    return await forget.confirmed(context, ResourceId(number_of(which)))


async def _forget_this(context: Context, which: str) -> Reply:
    return await forget.this(context, ResourceId(number_of(which)))


async def _forget_message(context: Context, which: str) -> Reply:
    return await forget.message_confirmed(context, MessageId(number_of(which)))


async def _forget_room(context: Context, which: str) -> Reply:
    return await forget.room_confirmed(context, RoomId(number_of(which)))


async def _forget_me(context: Context, which: str) -> Reply:
    return await forget.me_confirmed(context, number_of(which))


async def _keep(context: Context, which: str) -> Reply:
    return Reply((context.say("forget.kept"),), is_private=True)


async def _consent(context: Context, which: str) -> Reply:
    if which not in tuple(Consent):
        raise NotFoundError("no such consent", phrase="control.gone")
    return replace(await set_consent(context, Consent(which)), is_private=True)


async def _naming(context: Context, which: str) -> Reply:
    if which not in NAMING:
        raise NotFoundError("no such choice", phrase="control.gone")
    return replace(await set_naming(context, which), is_private=True)


async def _opt_out(context: Context, which: str) -> Reply:
    return await opted_out(context, number_of(which))


async def _erase_me(context: Context, which: str) -> Reply:
    return await me_erase.erased(context, number_of(which))


async def _vote(context: Context, which: str) -> Reply:
    return await picked(context, number_of(which) if which else None)


async def _ballot(context: Context, which: str) -> Reply:
    return await ballot.opened(context, guide=number_of(which))


async def _asked(context: Context, which: str) -> Writing:
    """Return an answer or a search of the presser's own; nothing else can be asked again.

    Nor can it be where what was asked has been forgotten.
    """
    writing = await mine(context, which)
    if writing.kind not in {*KINDS, "search"} or not writing.request:
        raise NotFoundError("not to be asked again", phrase="control.gone")
    return writing


def _posted(reply: Reply, there: Context, context: Context) -> Reply:
    """Have a reply posted there, where that is another room than this one."""
    return reply if there is context else replace(reply, room=there.room_id)
