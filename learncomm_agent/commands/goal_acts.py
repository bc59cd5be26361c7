"""What is done with a goal of one's own, in words, by a button or by a form."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block, Choices
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.goal_ideas import ideas
from learncomm_agent.commands.goal_ideas import topic as topic_of
from learncomm_agent.commands.session_planning import playbook_of
from learncomm_agent.commands.session_starting import start_with
from learncomm_agent.community.learning_goals import CONTROL
from learncomm_agent.errors import NotAllowedError, UsageError
from learncomm_agent.storage import learning_goals as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.learning_goals import GOAL, Goal, State
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.goal_posts import goal_blocks

MOST, CHARS, MOST_CHARS = 10, 300, 2000
"""Open goals of one member, characters of one, and of what is read at all."""
PATH = "learning-path"
"""The playbook that a goal may become."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """The goal that a number means."""

    goal: Goal


async def mine(context: Context) -> list[Goal]:
    """Return the asker's goals, oldest first."""
    member = context.member.id
    return await context.services.database.read(lambda conn: stored.of(conn, member))


async def with_shared(context: Context, goals: Sequence[Goal]) -> list[tuple[Goal, bool]]:
    """Return goals with whether others can see them."""
    return await context.services.database.read(
        lambda conn: [(each, stored.is_shared(conn, each.id)) for each in goals]
    )


async def add(context: Context, said: str) -> Reply:
    """Keep a goal, and say once what may help with it.

    Raises:
        UsageError: There are no words, too many, or too many goals.
        NotAllowedError: Nothing may be kept of whoever asks.
    """
    text = _words(said, "goals.no_words")
    if context.member.consent is Consent.OUT:
        raise NotAllowedError("opted out", phrase="goals.opted_out")
    goals, me = context.services.goals, context.member.id

    def write(conn: Connection) -> Goal:
        is_open = [each for each in stored.of(conn, me) if each.state is State.OPEN]
        is_there = any(each.text.casefold() == text.casefold() for each in is_open)
        if len(is_open) >= MOST and not is_there:
            raise UsageError("too many goals", phrase="goals.enough", most=MOST)
        return goals.add(conn, context.community.id, me, text)

    goal = await context.services.database.write(write)
    if goal.is_suggested:
        raise UsageError("there already", phrase="goals.already", number=goal.number)
    return await _with_ideas(context, goal, "goals.added")


async def change(context: Context, goal: Goal, said: str) -> Reply:
    """Put other words in the place of a goal's.

    Raises:
        UsageError: There are no words, or too many, or it is reached.
    """
    _check_open(goal)
    text = _words(said, "goals.no_new_words", number=goal.number)
    goals = context.services.goals
    gone = await context.services.database.write(lambda conn: goals.change(conn, goal, text))
    said_now = context.say("goals.changed", goal=text, is_hidden=bool(gone.writings))
    return Reply((said_now,), is_private=True)


async def show(context: Context, goal: Goal) -> Reply:
    """Show one goal with what can be done with it."""
    ((_, is_shared),) = await with_shared(context, [goal])
    is_reached = goal.state is State.REACHED
    said = context.say(
        "goals.one",
        number=goal.number,
        goal=goal.text,
        at=goal.made_at.astimezone(context.zone),
        is_reached=is_reached,
        is_shared=is_shared,
    )
    acts = ["hide"] if is_shared else ["share"] if _is_room(context) else []
    acts = acts if is_reached else ["reached", "stuck", *acts]
    change = () if is_reached else await _form_button(context, "change", goal.id)
    return Reply((said, *_buttons(context, goal, (*acts, "let_go")), *change), is_private=True)


async def reached(context: Context, goal: Goal) -> Reply:
    """Keep that a goal is reached, and ask whether others are to know."""
    _check_open(goal)
    goals = context.services.goals
    commits = (lambda conn: goals.reach(conn, goal),)
    now = replace(goal, state=State.REACHED)
    said = context.say("goals.reached", goal=goal.text)
    if not _is_room(context):
        how = context.say("goals.share_in_words", number=goal.number)
        return Reply((said, how), is_private=True, commits=commits)
    ask = context.say("goals.share_it", room=context.room.name)
    blocks = (said, ask, *_buttons(context, now, ("share", "keep")))
    return Reply(blocks, is_private=True, commits=commits)


async def share(context: Context, goal: Goal) -> Reply:
    """Show a goal to all in this room; it can be taken back.

    Raises:
        UsageError: It is no room, or it is shared already.
        NotAllowedError: Nothing may be kept of whoever asks.
    """
    if not _is_room(context):
        raise UsageError("a direct talk", phrase="goals.share_in_words", number=goal.number)
    if context.member.consent is Consent.OUT:
        raise NotAllowedError("opted out", phrase="goals.opted_out")
    ((_, is_shared),) = await with_shared(context, [goal])
    if is_shared:
        raise UsageError("shared already", phrase="goals.shared_already", number=goal.number)
    is_reached = goal.state is State.REACHED
    writing = Writing(
        community=context.community.id,
        kind=GOAL,
        room=context.room_id,
        member=context.member.id,
        is_private=False,
        request={"who": context.member.name, "text": goal.text},
        header={"goal": goal.id, "is_reached": is_reached},
        trace={},
        lines=(),
    )
    blocks = goal_blocks(context.layout, writing)
    if not is_reached:
        blocks += _buttons(context, goal, ("path",))
    aside = context.say("goals.shared", number=goal.number, room=context.room.name)
    return Reply(blocks, writing=writing, aside=lambda _: (aside,))


async def hide(context: Context, goal: Goal) -> Reply:
    """Take back what showed a goal to others; it stays whoever's it is."""
    goals = context.services.goals
    gone = await context.services.database.write(lambda conn: goals.hide(conn, goal))
    key = "goals.hidden" if gone.writings else "goals.not_shared"
    return Reply((context.say(key, goal=goal.text),), is_private=True)


async def drop(context: Context, goal: Goal) -> Reply:
    """Let go of a goal."""
    goals = context.services.goals
    said = context.say("goals.dropped", goal=goal.text)

    def commit(conn: Connection) -> None:
        goals.drop(conn, goal)

    return Reply((said,), is_private=True, commits=(commit,))


async def well(context: Context, goal: Goal) -> Reply:
    """Keep that it goes well."""
    _check_open(goal)
    goals = context.services.goals
    said = context.say("goals.goes_well")
    return Reply((said,), is_private=True, commits=(lambda conn: goals.go_on(conn, goal),))


async def stuck(context: Context, goal: Goal) -> Reply:
    """Say what else may help."""
    _check_open(goal)
    goals = context.services.goals
    await context.services.database.write(lambda conn: goals.go_on(conn, goal))
    return await _with_ideas(context, goal, "goals.stuck")


async def stop(context: Context, goal: Goal) -> Reply:
    """Ask about a goal no more; it stays."""
    goals = context.services.goals
    said = context.say("goals.asks_no_more")
    return Reply((said,), is_private=True, commits=(lambda conn: goals.leave(conn, goal),))


async def keep(context: Context, goal: Goal) -> Reply:
    """Share nothing."""
    return Reply((context.say("goals.kept"),), is_private=True)


async def path(context: Context, goal: Goal) -> Reply:
    """Plan a learning path with a goal as its topic, for whoever may start one; raises what that raises."""
    playbook = await playbook_of(context, PATH)
    topic = topic_of(context, goal.text)
    return await start_with(context, playbook, {"topic": topic} if playbook.ask("topic") else {})


async def add_button(context: Context) -> tuple[Block, ...]:
    """Return what opens the form in which a goal is added, where there are forms."""
    return await _form_button(context, "add", 0)


async def _with_ideas(context: Context, goal: Goal, key: str) -> Reply:
    """Return what may help, with what can be done next."""
    writing = await ideas(context, goal, key)
    acts = ["share"] if _is_room(context) and key == "goals.added" else []
    if context.member.is_leader and _is_room(context):
        acts = ["path", *acts]
    notes: tuple[Block, ...] = (context.layout.note("goals.buddy"),)
    if key == "goals.added":
        hint = () if "path" in acts else (context.layout.note("goals.path_hint"),)
        notes = (*hint, context.layout.note("goals.asks_later", number=goal.number))
    blocks = (*await context.show(writing), *notes)

    def keep_it(conn: Connection, _: int) -> None:
        stored.suggest(conn, goal.id)

    buttons = _buttons(context, goal, acts)
    return Reply((*blocks, *buttons), is_private=True, writing=writing, beside=keep_it)


async def _form_button(context: Context, act: str, id: int) -> tuple[Block, ...]:
    can = await context.platform.capabilities(context.room.ref)
    if can.forms < Level.PARTIAL:
        return ()
    label = context.label(f"goals.control.{act}")
    return (Choices((Choice(f"{CONTROL}:{act}.{id}", label, opens_form=True),)),)


def _buttons(context: Context, goal: Goal, acts: Sequence[str]) -> tuple[Block, ...]:
    """Return buttons that speak of this room, wherever they are pressed."""
    there = f".{context.room_id}" if _is_room(context) else ""
    options = tuple(
        Choice(f"{CONTROL}:{act}.{goal.id}{there}", context.label(f"goals.control.{act}"))
        for act in acts
    )
    return (Choices(options),) if options else ()


def _is_room(context: Context) -> bool:
    return context.room.kind is not RoomKind.DIRECT


def _check_open(goal: Goal) -> None:
    if goal.state is not State.OPEN:
        raise UsageError("reached", phrase="goals.is_reached", number=goal.number)


def _words(said: str, otherwise: str, **values: object) -> str:
    """Return a goal's words in one line; `otherwise` is the sentence that asks for them.

    Raises:
        UsageError: There are none, or too many.
    """
    text = " ".join(said.split()).strip("\"'“”„«» ").rstrip(".")
    if not any(each.isalnum() for each in text):
        raise UsageError("no words", phrase=otherwise, **values)
    if len(text) > CHARS:
        raise UsageError("too long", phrase="goals.too_long", most=CHARS)
    return text
