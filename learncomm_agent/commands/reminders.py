"""`reminders`: what is said to me unasked, how often and when; and how to have less of it, or none."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.caring.hours import MOST_EVER
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.chat.outgoing import Block, Choices, Listing, Menu, Text
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.reminders_words import (
    START,
    STOP,
    clock,
    hours_named,
    kind_named,
    kinds_for,
    zone_told,
)
from learncomm_agent.commands.verbs import meant
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.storage import members, quiet
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.quiet import Quiet
from learncomm_agent.work import Commit

FORM = "reminders"
"""What the ids of its controls and its form begin with."""


async def reminders(context: Context, values: Mapping[str, Any]) -> Reply:
    """Show what may be said unasked, or change it: all that is told, or nothing.

    Raises:
        UsageError: Something told can't be; it says which.
    """
    words = values.get("what", "").split(maxsplit=1)
    verb = None if not words else meant(context.words, "reminders.verb.", (STOP, START), words[0])
    if words and verb is None:
        raise UsageError("no such verb", phrase="reminders.how_to_ask")
    chosen: dict[str, Any] = {}
    if "most" in values:
        chosen["per_week"] = values["most"]
    if "hours" in values:
        chosen["starts"], chosen["ends"] = hours_named(values["hours"])
    zone = await zone_told(values["timezone"]) if "timezone" in values else None
    kind = kind_named(context, words[1]) if len(words) > 1 else None
    return await _changed(context, verb, kind, chosen, zone)


async def press(context: Context, which: str) -> Reply:
    """Do what a control of the page says.

    Raises:
        NotFoundError: There is no such control.
    """
    if which in (STOP, START):
        return await _changed(context, which, None, {}, None)
    if which == "kind" and len(context.picked) == 1:
        kind = context.picked[0]
        if kind not in context.services.nudges.kinds:
            raise NotFoundError("no such kind", phrase="control.gone")
        it = await _choice(context)
        return await _changed(context, START if kind in it.stopped else STOP, kind, {}, None)
    if which == "change":
        return Reply((_how(context),), is_private=True)
    raise NotFoundError("no such control", phrase="control.gone")


async def form(visitor: Visitor, which: str) -> Form:
    """Return the form, filled in as things are."""
    it, member = Quiet(zone=visitor.community.timezone), visitor.member
    if member is not None:
        it = await visitor.services.database.read(lambda conn: quiet.of(conn, member.id))
    span = "-".join(map(clock, it.span))

    def field(name: str, value: str, kind: FieldKind = FieldKind.TEXT, **more: Any) -> Field:
        label = visitor.label(f"reminders.field_{name}")
        return Field(name, label, kind, is_required=False, values=(value,), **more)

    return Form(
        f"{FORM}:{which}",
        visitor.label("reminders.title"),
        (
            field("most", str(it.most), FieldKind.NUMBER, minimum=1, maximum=MOST_EVER),
            field("hours", span, max_chars=40),
            field("timezone", it.zone, max_chars=60),
        ),
    )


async def filled(context: Context, which: str, values: Mapping[str, str]) -> Reply:
    """Take what the form says.

    Raises:
        UsageError: Something told can't be; it says which.
    """
    told: dict[str, Any] = {name: said for name, said in values.items() if said.strip()}
    if "most" in told:
        most = told["most"].strip()
        if not (most.isascii() and most.isdecimal() and 1 <= int(most[:9]) <= MOST_EVER):
            raise UsageError("no number a week", phrase="reminders.no_most", limit=MOST_EVER)
        told["most"] = int(most)
    told.pop("what", None)
    return await reminders(context, told)


async def _changed(
    context: Context,
    verb: str | None,
    kind: str | None,
    chosen: dict[str, Any],
    zone: str | None,
) -> Reply:
    """Keep what is told, and show how it is then."""
    member = context.member.id
    if context.member.consent is Consent.OUT:
        return Reply((context.say("reminders.opted_out"),), is_private=True)

    def applied(it: Quiet) -> Quiet:
        """Return the choices with what is told."""
        if kind is not None:
            stopped = it.stopped | {kind} if verb == STOP else it.stopped - {kind}
            it = replace(it, stopped=stopped)
        if verb == START or (verb == STOP and kind is None):
            it = replace(it, is_stopped=verb == STOP)
        if verb == START and kind is None:
            it = replace(it, stopped=frozenset())
        return replace(it, **chosen, zone=zone or it.zone)

    def commit(conn: Connection) -> None:
        if zone is not None:
            members.set_timezone(conn, member, zone)
        now = applied(quiet.of(conn, member))
        quiet.choose(
            conn,
            member,
            per_week=now.per_week,
            starts=now.starts,
            ends=now.ends,
            stopped=now.stopped,
            is_stopped=now.is_stopped,
        )
        if verb == STOP:
            context.services.nudges.stop(conn, member, kind)

    said: tuple[Block, ...] = ()
    commits: tuple[Commit, ...] = ()
    if verb is not None or chosen or zone is not None:
        commits = (commit,)
        said = (context.say(*_said(verb, kind)[:1], **_named(context, kind)),)
    shown = await _page(context, applied(await _choice(context)))
    return Reply(said + shown, is_private=True, commits=commits)


def _said(verb: str | None, kind: str | None) -> tuple[str]:
    """Return the phrase that confirms a change."""
    if verb is None:
        return ("reminders.changed",)
    if kind is not None:
        return ("reminders.stopped_kind" if verb == STOP else "reminders.started_kind",)
    return ("reminders.stopped" if verb == STOP else "reminders.started",)


def _named(context: Context, kind: str | None) -> dict[str, str]:
    return {} if kind is None else {"word": context.label(f"reminders.word_{kind}")}


async def _page(context: Context, it: Quiet) -> tuple[Block, ...]:
    """Say what may come, how often and when, how much came this week, and how to stop it."""
    now, member = context.services.clock.now(), context.member.id
    late = await context.services.database.read(lambda conn: quiet.sent(conn, [member], now))
    kinds = kinds_for(context)
    items = tuple(
        (
            Text(
                context.layout.phrase(
                    "reminders.line",
                    what=context.label(f"reminders.kind_{kind}"),
                    is_stopped=kind in it.stopped,
                )
            ),
        )
        for kind in kinds
    )
    so = context.say(
        "reminders.none" if it.is_stopped else "reminders.as_it_is",
        most=it.most,
        count=len(late[member]),
        starts=clock(it.span[0]),
        ends=clock(it.span[1]),
        zone=it.zone,
    )
    all_of_it = START if it.is_stopped else STOP
    label = context.label("reminders.start_all" if it.is_stopped else "reminders.stop_all")
    options = tuple(Choice(kind, context.label(f"reminders.kind_{kind}")[:80]) for kind in kinds)
    can = await context.platform.capabilities(context.room.ref)
    buttons = Choices(
        (
            Choice(f"{FORM}:change", context.label("reminders.change"), opens_form=True),
            Choice(f"{FORM}:{all_of_it}", label),
        ),
        in_words=_words_for(context),
    )
    menu = Menu(f"{FORM}:kind", options, context.label("reminders.pick"))
    shown: tuple[Block, ...] = (so, context.say("reminders.about"), Listing(items))
    if can.menus < Level.PARTIAL:
        return (*shown, _how(context), buttons)
    return (*shown, menu, buttons)


def _how(context: Context) -> Block:
    return context.say("reminders.how", word=context.label("reminders.word_goals"))


def _words_for(context: Context) -> str:
    return context.layout.phrase("reminders.how", word=context.label("reminders.word_goals"))


async def _choice(context: Context) -> Quiet:
    member = context.member.id
    return await context.services.database.read(lambda conn: quiet.of(conn, member))


REMINDERS = Command(
    name="reminders",
    run=reminders,
    options=(
        Option("what", takes_rest=True, max_chars=200),
        Option("most", OptionKind.NUMBER, maximum=MOST_EVER),
        Option("hours", max_chars=40),
        Option("timezone", max_chars=100, is_suggested=True),
    ),
    always_private=True,
)
