"""The forms of sessions, by their ids `s:<session>:<act>[:<arg>]`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.commands import session_acts as acts
from learncomm_agent.commands import session_changing as changing
from learncomm_agent.commands import session_rules as rules
from learncomm_agent.commands import session_steering as steering
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.playbooks import START, started
from learncomm_agent.commands.pressed import number_of
from learncomm_agent.commands.session_finding import Held, of_control
from learncomm_agent.commands.session_plan import FIELDS, SAY, stage_of
from learncomm_agent.commands.session_reading import done
from learncomm_agent.commands.session_taking import is_interview
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.sessions.events import Mode
from learncomm_agent.sessions.playbook import Ask, AskKind, Playbook, walk
from learncomm_agent.sessions.running.sessions import token_of
from learncomm_agent.sessions.stages.collect import form_of
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.writing.sayings import Filling, Things
from learncomm_agent.writing.voice import Voice

SESSION = "s"
"""What the ids of controls and forms begin with."""
_LONG_CHARS = 4000
_KINDS = {
    AskKind.CHOICE: FieldKind.CHOICE,
    AskKind.MEMBER: FieldKind.MEMBER,
    AskKind.NUMBER: FieldKind.NUMBER,
}
"""The fields of what is asked; all else is words."""
_OF_STAGE = {"enter": "session.step_over", "extend": "session.further"}
"""Forms that are for one visit of a stage and bear its number, and what is said where that is over."""
_LEADERS = frozenset({"change", "extend", "edit", "question", "handover", "say"})


async def form(visitor: Visitor, which: str) -> Form:
    """Return the form of an act in a session, as it is for whoever opens it.

    Raises:
        NotFoundError: The session is gone, or there is no such form.
        NotAllowedError: It is not for them.
        UsageError: It is for a step that is over.
    """
    number, _, act = which.partition(":")
    act, _, arg = act.partition(":")
    if act == START:
        return await _playbook_form(visitor, which, arg.partition(":")[2])
    row, session = await _session_for(visitor, number_of(number), is_leaders=act in _LEADERS)
    if act in _OF_STAGE:
        if arg and number_of(arg) != session.visit:
            raise UsageError("meant for another step", phrase=_OF_STAGE[act])
        which = f"{number}:{act}:{session.visit}"
    fields = await _fields(visitor, row, session, act, arg)
    if not fields:
        raise NotFoundError("no such form", phrase="control.gone")
    title = visitor.label(f"session.control.{act}")
    return Form(f"{SESSION}:{which}", title, tuple(fields))


async def filled(context: Context, which: str, values: Mapping[str, str]) -> Reply:
    """Do what a form says; raises what `form` raises."""
    number, _, act = which.partition(":")
    act, _, arg = act.partition(":")
    if act == START:
        return await started(context, arg, values)
    if act not in _FILLED:
        raise NotFoundError("no such form", phrase="control.gone")
    return await _FILLED[act](context, await of_control(context, number), arg, values)


async def _playbook_form(visitor: Visitor, which: str, name: str) -> Form:
    """Return the form with what a playbook asks first.

    Raises:
        NotFoundError: There is no such playbook.
        NotAllowedError: It is for leaders.
    """
    shelf, slug = visitor.services.playbooks, visitor.community.slug
    playbook = await asyncio.to_thread(shelf.get, slug, name, visitor.language)
    if playbook.who == "leaders" and not visitor.is_leader:
        title = playbook.title
        raise NotAllowedError("leaders only", phrase="session.for_leaders", title=title)
    return Form(f"{SESSION}:{which}", playbook.title, _asked(_first_asks(playbook), {}))


def _first_asks(playbook: Playbook) -> Sequence[Ask]:
    """Return what is asked first: what has to be answered, then the rest in the playbook's order."""
    return sorted(playbook.asks, key=lambda each: not each.is_required)[:FIELDS]


async def _session_for(
    visitor: Visitor, number: int, *, is_leaders: bool
) -> tuple[stored.Row, Session]:
    """Return a session that whoever opens a form may know of.

    Raises:
        NotFoundError: There is none.
        NotAllowedError: What they open is for those who lead.
    """
    services, community = visitor.services, visitor.community.id

    def read(conn: Connection) -> tuple[stored.Row, Session, bool] | None:
        row = stored.get(conn, number, community)
        if row is None:
            return None
        space = rooms.get(conn, row.room).ref.space
        return row, services.sessions.get(conn, number)[1], space == visitor.room.ref.space

    found = await services.database.read(read)
    if found is not None:
        row, session, is_here = found
        me = None if visitor.member is None else visitor.member.id
        if row.room == visitor.room_id or row.room in (await visitor.readable()).rooms:
            if is_leaders and not (me == session.lead or (visitor.is_leader and is_here)):
                title = session.plan.title
                raise NotAllowedError("not theirs", phrase="session.not_yours", title=title)
            return row, session
    raise NotFoundError("no such session", phrase="session.unknown", number=number)


async def _fields(
    visitor: Visitor, row: stored.Row, session: Session, act: str, arg: str
) -> Sequence[Field]:
    label = visitor.label
    match act:
        case "join":
            modes = tuple(Choice(each.value, label(f"session.mode.{each}")) for each in Mode)
            wish = Field(
                "wish",
                label("session.field_wish"),
                is_required=False,
                max_chars=acts.WISH_CHARS,
                hint=label("session.hint_wish"),
            )
            how = Field(
                "mode",
                label("session.field_mode"),
                FieldKind.CHOICE,
                choices=modes,
                values=(Mode.TAKE_PART.value,),
            )
            return (how, wish)
        case "enter":
            me = (
                0 if visitor.member is None else int(visitor.member.id)
            )  # new: has answered nothing
            read = partial(stored.entered, id=row.id, token=token_of(row, me))
            given = await visitor.services.database.read(read)
            return (_words(await asyncio.to_thread(_prompt, visitor, row, session, me, given)),)
        case "question":
            return (_words(label("session.field_question")),)
        case "vote" | "done" | "extend" | "handover":
            kind = FieldKind.MEMBER if act == "handover" else FieldKind.TEXT
            hint = label(f"session.hint_{act}")
            return (Field("text", label(f"session.field_{act}"), kind, max_chars=100, hint=hint),)
        case "edit":
            entry = session.entries.get(number_of(arg))
            return (_words(label("session.field_edit"), "" if entry is None else entry.text),)
        case "say":
            said = (s.words.get(SAY, "") for s in walk(session.plan.stages) if s.name == arg)
            return (_words(label("session.field_say"), next(said, "")),)
        case "change":
            return await _presets(visitor, session, number_of(arg or "0"))
    return ()


def _words(label: str, text: str = "") -> Field:
    """Return a field for words, with those that stand there already."""
    most = acts.ENTRY_CHARS
    values = (text[:most],) if text else ()
    return Field("text", label, is_long=True, max_chars=most, values=values)


def _prompt(visitor: Visitor, row: stored.Row, session: Session, me: int, given: int) -> str:
    """Return what somebody is asked to put in: in an interview what comes next for them. Blocks."""
    otherwise = visitor.label("session.field_enter")
    if not is_interview(session):
        return otherwise
    now = visitor.services.clock.now()
    asked = form_of(session, now, member=me, count=given)
    if asked is None:
        return otherwise
    voice = Voice(visitor.words, visitor.language, ZoneInfo(visitor.community.timezone))
    return Filling(voice, Things(), row.id, now).plain(asked) or otherwise


async def _presets(visitor: Visitor, session: Session, page: int) -> Sequence[Field]:
    """Return what a playbook asks, filled in with what was answered."""
    shelf, slug = visitor.services.playbooks, visitor.community.slug
    name = session.plan.playbook
    playbook = await asyncio.to_thread(shelf.get, slug, name, visitor.language)
    return _asked(playbook.asks[page * FIELDS : (page + 1) * FIELDS], session.plan.asked)


def _asked(asks: Sequence[Ask], told: Mapping[str, str]) -> tuple[Field, ...]:
    fields = []
    for ask in asks:
        is_long = ask.kind in {AskKind.LONG, AskKind.LINES}
        kind = _KINDS.get(ask.kind, FieldKind.TEXT)
        text = told.get(ask.name) or ask.default
        values: tuple[str, ...] = (text,) if text else ()
        if kind is FieldKind.CHOICE:
            values = tuple(each for each in values if each in ask.choices)
        fields.append(
            Field(
                ask.name,
                ask.label,
                kind,
                is_required=ask.is_required,
                is_long=is_long,
                max_chars=_LONG_CHARS if is_long else 300,
                choices=tuple(Choice(each, label) for each, label in ask.choices.items()),
                minimum=ask.minimum,
                maximum=ask.maximum,
                values=values,
                hint=ask.hint,
            )
        )
    return tuple(fields)


Fill = Callable[[Context, Held, str, Mapping[str, str]], Awaitable[Reply]]


async def _join(context: Context, it: Held, arg: str, values: Mapping[str, str]) -> Reply:
    return await acts.join(context, it, values.get("mode", ""), values.get("wish", ""))


async def _enter(context: Context, it: Held, arg: str, values: Mapping[str, str]) -> Reply:
    return await acts.add(context, it, values.get("text", ""), number_of(arg or "0"))


async def _vote(context: Context, it: Held, arg: str, values: Mapping[str, str]) -> Reply:
    return await acts.vote(context, it, values.get("text", "").strip())


async def _done(context: Context, it: Held, arg: str, values: Mapping[str, str]) -> Reply:
    return await done(context, it, values.get("text", ""))


async def _extend(context: Context, it: Held, arg: str, values: Mapping[str, str]) -> Reply:
    return await steering.extend(context, it, values.get("text", ""), number_of(arg or "0"))


async def _handover(context: Context, it: Held, arg: str, values: Mapping[str, str]) -> Reply:
    return await steering.hand_over(context, it, values.get("text", "").strip())


async def _question(context: Context, it: Held, arg: str, values: Mapping[str, str]) -> Reply:
    return await rules.question(context, it, values.get("text", ""))


async def _edit(context: Context, it: Held, arg: str, values: Mapping[str, str]) -> Reply:
    return await rules.edit_one(context, it, number_of(arg), values.get("text", ""))


async def _say(context: Context, it: Held, arg: str, values: Mapping[str, str]) -> Reply:
    return await changing.say_so(context, it, stage_of(it, arg), SAY, values.get("text", ""))


async def _change(context: Context, it: Held, arg: str, values: Mapping[str, str]) -> Reply:
    return await changing.answer(context, it, values)


_FILLED: Mapping[str, Fill] = {
    "join": _join,
    "enter": _enter,
    "vote": _vote,
    "done": _done,
    "extend": _extend,
    "handover": _handover,
    "question": _question,
    "edit": _edit,
    "say": _say,
    "change": _change,
}
