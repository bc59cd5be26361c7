"""How sessions were rated, what members said of them, what leaders change next time and what they did change."""

from collections.abc import Mapping, Sequence

from learncomm_agent.caring.figures import Figure
from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.chat.outgoing import Block, Listing, Paragraph, Span, Style, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.pressed import number_of
from learncomm_agent.commands.recording import recorded
from learncomm_agent.commands.session_planning import named_in
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.community.feedback import FEEDBACK
from learncomm_agent.community.pulses import SCORES
from learncomm_agent.community.ratings import LINE_CHARS, RATE
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.storage import ratings as stored
from learncomm_agent.storage import sessions as stored_sessions
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.ratings import Kind, Lesson, Rated
from learncomm_agent.writing.layout import Layout

SHOWN = 5
"""So many sessions, and so many lines of each."""
PLAN_CHARS = 300
_LINE, _SCORE, _SEE = "line", "score", "see"


async def sessions(context: Context) -> Reply:
    """Tell a leader how the latest sessions were rated, what members wrote, and what is to change.

    Raises:
        NotAllowedError: It is for leaders.
    """
    _check_leads(context)
    readable, community = await context.readable(is_private=True), context.community.id

    def read(conn: Connection) -> tuple[list[Block], list[Lesson]]:
        found = _rated(conn, context, readable)
        blocks = [block for each in found for block in told_of(conn, context.layout, each)]
        return blocks, stored.plans(conn, community, limit=SHOWN)

    blocks, plans = await context.services.database.read(read)
    if not blocks:
        blocks = [context.say("rate.none")]
    if plans:
        blocks += [context.say("rate.plans"), Listing(planned(context.layout, plans))]
    blocks.append(context.say("rate.how_next"))
    return Reply(tuple(blocks), is_private=True)


def _rated(conn: Connection, context: Context, readable: Readable) -> list[Rated]:
    found = stored.rated(conn, context.community.id, limit=4 * SHOWN)
    return [each for each in found if each.room in readable.rooms][:SHOWN]


def told_of(conn: Connection, layout: Layout, rated: Rated) -> list[Block]:
    """Return what may be told of one session: a figure, and the lines without names."""
    head = layout.phrase(
        "rate.session", title=rated.title, at=rated.ended_at.astimezone(layout.zone)
    )
    text = in_words(layout, rated.figure, rated.least)
    blocks: list[Block] = [Paragraph((Text(head, Style.STRONG), Text(f" {text}")))]
    lines = stored.lines(conn, rated.session)
    if lines:
        blocks.append(Listing(tuple((Text(each.text),) for each in lines[:SHOWN])))
    return blocks


def in_words(layout: Layout, figure: Figure | None, least: int) -> str:
    """Return a figure in one sentence; that too few answered, where there is none."""
    if figure is None:
        return layout.phrase("pulse.few", least=least)
    return layout.phrase(
        "pulse.figure", level=figure.level, count=figure.answered, is_fine=figure.is_fine
    )


def planned(layout: Layout, plans: Sequence[Lesson]) -> tuple[tuple[Span, ...], ...]:
    """Return what is to change, or was changed, each in one line."""
    return tuple(
        (Text(layout.phrase("rate.plan", number=each.id, text=each.text, changed=each.reply)),)
        for each in plans
    )


async def next_time(context: Context, said: str) -> Reply:
    """Keep what a leader changes in a playbook next time.

    Raises:
        NotFoundError: There is no such playbook.
        UsageError: There are no words, or too many.
    """
    _check_leads(context)
    if not said:
        raise UsageError("no playbook", phrase="rate.how_next")
    playbook, words = await named_in(context, said)
    words = _line_of(words, "rate.how_next", PLAN_CHARS)
    community, day = context.community.id, context.asked_at.astimezone(context.zone).date()

    def commit(conn: Connection) -> None:
        if not stored.is_planned(conn, community, playbook.name, words):
            stored.learn(conn, community, playbook.name, Kind.PLAN, words, day)

    said_so = context.say("rate.planned", title=playbook.title)
    reply = Reply((said_so,), is_private=True, commits=(commit,))
    return recorded(context, reply, "plan next", "")


async def changed(context: Context, number: int, words: str) -> Reply:
    """Keep what was changed of a plan.

    Raises:
        NotFoundError: There is no such plan.
        UsageError: There are no words, or too many.
    """
    _check_leads(context)
    words, community = _line_of(words, "rate.how_next", PLAN_CHARS), context.community.id
    plans = await context.services.database.read(
        lambda conn: stored.plans(conn, community, limit=10_000)
    )
    if all(each.id != number for each in plans):
        raise NotFoundError("no such plan", phrase="rate.no_plan", number=number)

    def commit(conn: Connection) -> None:
        stored.change(conn, community, number, words)

    reply = Reply((context.say("rate.is_changed"),), is_private=True, commits=(commit,))
    return recorded(context, reply, "plan changed", "")


# What members do, by controls and forms `rate:<session>:<what>`.


async def press(context: Context, which: str) -> Reply:
    """Take how a member rates a session; show leaders how sessions were rated.

    Raises:
        NotFoundError: It is over, or was never asked.
    """
    number, _, what = which.partition(":")
    if number == _SEE:
        return await sessions(context)
    id = number_of(number)
    if what == _LINE:
        await _check_asked(context, id)
        return Reply((context.say("rate.no_form"),), is_private=True)
    return await _rate(context, id, score_in(what))


def score_in(said: str) -> int:
    """Return an answer from 1 to 5.

    Raises:
        NotFoundError: It is none.
    """
    if number_of(said) not in SCORES:
        raise NotFoundError("no such answer", phrase="control.gone")
    return int(said)


async def _rate(context: Context, id: int, score: int) -> Reply:
    await _check_asked(context, id)
    services, community, member = context.services, context.community.id, context.member.id
    said = context.say("rate.taken", score=context.label(f"rate.score_{score}"))
    return Reply(
        (said,),
        is_private=True,
        commits=(lambda conn: services.ratings.rate(conn, id, community, member, score),),
        refused="feedback.taken_in",
    )


async def form(visitor: Visitor, which: str) -> Form:
    """Return the form for one more line, or for the answer where buttons would show it to others.

    Raises:
        NotFoundError: It is over, or was never asked.
    """
    number, _, what = which.partition(":")
    id, community = number_of(number), visitor.community.id
    readable = await visitor.readable()
    title = await visitor.services.database.read(lambda conn: _title(conn, id, community, readable))
    if what == _LINE:
        hint = visitor.label("rate.hint_line")
        field = Field("text", visitor.label("rate.field_line"), max_chars=LINE_CHARS, hint=hint)
    else:
        field = score_field(visitor, "rate.score_")
    return Form(f"{RATE}:{which}", title[:45], (field,))


def score_field(visitor: Visitor, words: str) -> Field:
    """Return the field with the five answers."""
    choices = tuple(Choice(str(score), visitor.label(f"{words}{score}")) for score in SCORES)
    label = visitor.label("pulse.field_score")
    return Field(_SCORE, label, FieldKind.CHOICE, choices=choices)


async def filled(context: Context, which: str, values: Mapping[str, str]) -> Reply:
    """Take what was filled in.

    Raises:
        NotFoundError: It is over.
        UsageError: There are no words, or too many.
    """
    number, _, what = which.partition(":")
    id = number_of(number)
    if what != _LINE:
        return await _rate(context, id, score_in(values.get(_SCORE, "")))
    words = _line_of(values.get("text", ""), "feedback.no_words", LINE_CHARS)
    await _check_asked(context, id)
    services, community, member = context.services, context.community.id, context.member.id
    await services.database.read(
        lambda conn: services.ratings.check_line(conn, id, community, member)
    )
    return Reply(
        (context.say("rate.line_taken"),),
        is_private=True,
        commits=(lambda conn: services.ratings.add_line(conn, id, community, member, words),),
        refused="feedback.taken_in",
    )


async def _check_asked(context: Context, id: int) -> None:
    """Refuse what is over, or for others.

    Raises:
        NotFoundError: It is.
        UsageError: They were not in the session.
    """
    readable, community = await context.readable(is_private=True), context.community.id
    ratings, member = context.services.ratings, context.member.id

    def check(conn: Connection) -> None:
        _title(conn, id, community, readable)
        ratings.check_took_part(conn, id, member)

    await context.services.database.read(check)


def _title(conn: Connection, id: int, community: int, readable: Readable) -> str:
    row, asked = stored_sessions.get(conn, id), stored.asked(conn, id)
    if row is None or row.community != community or row.room not in readable.rooms:
        raise NotFoundError("no such session", phrase="control.gone")
    if asked is None or asked.is_closed:
        raise NotFoundError("nobody is asked any more", phrase="rate.over")
    return row.title


def _line_of(text: str, otherwise: str, most: int) -> str:
    """Return words in one line.

    Raises:
        UsageError: There are none, or too many.
    """
    words = " ".join(text.split())
    if not words:
        raise UsageError("no words", phrase=otherwise)
    if len(words) > most:
        raise UsageError("too long", phrase="feedback.long", limit=most)
    return words


def _check_leads(context: Context) -> None:
    if not context.member.is_leader:
        raise NotAllowedError("leaders only", phrase="error.leaders_only", command=FEEDBACK)
