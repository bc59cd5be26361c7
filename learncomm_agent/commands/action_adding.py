"""An action item that somebody adds by itself: in their own words, or from a message."""

from dataclasses import replace
from datetime import datetime

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.people import Account, Consent
from learncomm_agent.commands.action_acts import check_enough, check_known, date_in, whom
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.meeting import asking
from learncomm_agent.commands.parsing import message_id
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.storage import actions, ballots, messages, writings
from learncomm_agent.storage.actions import ACTION, Action, State
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.messages import State as Kept
from learncomm_agent.storage.messages import StoredMessage
from learncomm_agent.storage.naming import Named
from learncomm_agent.storage.writings import Evidence, Line, Writing

WORDS_CHARS = 300
_ME = frozenset({"me", "ich", "mich", "i"})


async def add(
    context: Context, words: str, *, who: str = "", by: str = "", message: str = ""
) -> Reply:
    """Keep one, said before all in this room; whoever is to do it is asked in private.

    Raises:
        UsageError: It is not for here, or nothing says what is to be done; it says why.
    """
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("nobody else is here", phrase="actions.direct")
    check_known(context)
    rests = await _message(context, message) if message else None
    words = " ".join(words.split())
    if not words and rests is not None:
        words = _words_of(rests)
    if not words:
        raise UsageError("no words", phrase="actions.add_how")
    if len(words) > WORDS_CHARS:
        raise UsageError("too long", phrase="actions.too_long", limit=WORDS_CHARS)
    to = await _owner(context, who)
    if to is not None:
        await check_enough(context, to)
    due, is_day = await date_in(context, by) if by.strip() else (None, True)
    asked = rests or await asking(context)
    writing = Writing(
        community=context.community.id,
        kind=ACTION,
        room=context.room_id,
        member=context.member.id,
        is_private=False,
        request={},
        header={},
        trace={},
        lines=(Line(ACTION, {"text": words, "n": 1}, _evidence(words, asked)),),
    )

    def keep(conn: Connection, shown: int) -> None:
        _keep(context, conn, shown, to, due, is_day=is_day)

    return Reply(await context.show(writing), writing=writing, beside=keep)


async def _message(context: Context, named: str) -> StoredMessage:
    """Return a message of this room that is kept.

    Raises:
        NotFoundError: It is not.
    """
    id = message_id(named)
    found = await context.services.database.read(
        lambda conn: messages.find(conn, context.room_id, id)
    )
    if found is None or found.state is not Kept.KEPT:
        raise NotFoundError("not kept", phrase="actions.no_message")
    return found


def _words_of(message: StoredMessage) -> str:
    """Return the words of a message, where these may be quoted.

    Raises:
        UsageError: They may not, or there are none.
    """
    words = " ".join(message.text.split())
    if message.consent is not Consent.IN or not words:
        raise UsageError("no words to quote", phrase="actions.own_words")
    return words if len(words) <= WORDS_CHARS else words[:WORDS_CHARS].rsplit(" ", 1)[0]


async def _owner(context: Context, who: str) -> Named | None:
    if not who.strip():
        return None
    if who.strip().casefold() in _ME:
        return Named(
            context.member.id,
            context.account,
            context.member.name,
            is_bot=False,
            consent=context.member.consent,
        )
    return await whom(context, who)


def _evidence(words: str, message: StoredMessage | None) -> tuple[Evidence, ...]:
    """Tie it to a message: to its words where they are the same, so that it goes when they change."""
    if message is None:
        return ()
    quote = words if words in " ".join(message.text.split()) else ""
    return (Evidence(quote, message.revision, message=message.id),)


def _keep(
    context: Context,
    conn: Connection,
    shown: int,
    to: Named | None,
    due: datetime | None,
    *,
    is_day: bool,
) -> None:
    me, promises, now = context.member.id, context.services.promises, context.asked_at
    kept = writings.get(conn, shown, context.community.id)
    assert kept is not None
    (line,) = kept.lines
    ballots.own(conn, line.id, me, now)
    owner = None
    if to is not None:
        account = Account(to.ref, to.name, to.is_bot)
        _, owner = context.services.directory.named(conn, context.community.id, account)
    is_mine = owner == me
    action = Action(
        id=0,
        community=context.community.id,
        room=context.room_id,
        item=line.id,
        writing=shown,
        owner=owner,
        added_by=me,
        state=State.ACCEPTED if is_mine else State.OPEN if owner is None else State.OFFERED,
        due=due,
        is_day=is_day,
        result=None,
        said="",
        sequence=0,
        made_at=now,
        changed_at=now,
        done_at=None,
    )
    action = replace(action, id=actions.add(conn, action))
    if is_mine:
        promises.remind(conn, action)
    else:
        promises.offer(conn, action)
