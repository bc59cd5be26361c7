"""How a session stands: for a member what is expected of them, for its leader how the group takes part."""

from collections.abc import Iterator, Sequence

from learncomm_agent.chat.outgoing import Block, Heading, Listing, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.session_entries import told as given
from learncomm_agent.commands.session_finding import Held, visible
from learncomm_agent.commands.session_learnt import of_session
from learncomm_agent.commands.session_participation import own_part, participation
from learncomm_agent.commands.session_why import decisions
from learncomm_agent.commands.session_words import SessionWords, words_for
from learncomm_agent.sessions.effects import Control
from learncomm_agent.sessions.events import Mode
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.state import Phase, Session
from learncomm_agent.sessions.walking import REPEAT, round_of, rounds, stage_at
from learncomm_agent.writing.session_posts import choices

KINDS = frozenset(
    {"announce", "ask", "collect", "discuss", "group", "match", "queue", REPEAT, "report"}
    | {"schedule", "summarise", "vote", "wait"}
)
"""Kinds of stages of which people read in plain words; those of plugins are called by their names."""
COLLECTED = frozenset(
    {"nomination", "question", "story", "link", "thanks", "answer", "highlight", "figure"}
    | {"idea", "note", "statement", "objection"}
)
"""What can be collected, each of which has its own words."""
_STEERS = ("next", "pause", "end")


async def status(context: Context, it: Held) -> Reply:
    """Say where a session stands, and what is expected of whoever asks."""
    said = await words_for(context, it.id, it.session)
    blocks = [*where(context, it, said), *expected(context, it), *own_part(context, it.session)]
    blocks += given(context, it)
    if it.may_steer:
        blocks += await _for_leader(context, it)
    blocks += _offers(context, it)
    return Reply(tuple(blocks), is_private=True)


async def listed(context: Context) -> Reply:
    """Name the sessions that whoever asks may know of, those of this room first."""
    found = await visible(context)
    if not found:
        is_leader = context.member.is_leader
        return Reply((context.say("session.none_listed", is_leader=is_leader),), is_private=True)
    items = []
    for each in found:
        said = await words_for(context, each.id, each.session)
        line = context.layout.phrase(
            "session.listed",
            number=each.id,
            title=each.title,
            room=each.room.name,
            stands=_stands(context, each.session, said),
            is_in=context.member.id in each.session.people,
        )
        items.append((Text(line),))
    here = next((each for each in found if each.row.room == context.room_id), found[0])
    blocks: list[Block] = [
        context.say("session.list", count=len(found)),
        Listing(tuple(items)),
        *_offers(context, here),
    ]
    return Reply(tuple(blocks), is_private=True)


async def ahead(context: Context, it: Held) -> Reply:
    """Show what comes next in a session that runs."""
    said = await words_for(context, it.id, it.session)
    steps = tuple((Text(each),) for each in _steps(context, it.session))
    blocks: list[Block] = [*where(context, it, said)]
    if steps:
        blocks += [context.say("session.ahead"), Listing(steps)]
    meetings = meetings_left(context, it.session, said)
    if meetings:
        blocks.append(context.say("session.meetings", times=meetings, more=0))
    return Reply(tuple(blocks), is_private=True)


def meetings_left(context: Context, session: Session, said: SessionWords) -> list[str]:
    """Return when the group still meets, in words."""
    now = context.services.clock.now().isoformat()
    meetings = session.results.get("meetings") or ()
    return [said.moment(each["at"]) for each in meetings if each["at"] > now]


def in_words(context: Context, stage: Stage) -> str:
    """Return what happens in a stage, in plain words; of a kind that others made, its name."""
    what = stage.params.get("what")
    if stage.kind == "collect" and what in COLLECTED:
        return context.label(f"session.collected.{what}")
    if stage.kind in KINDS:
        return context.label(f"session.kind.{stage.kind}")
    return stage.name.replace("_", " ")


def expected(context: Context, it: Held) -> list[Block]:
    """Say how whoever asks takes part, and what is expected of them now."""
    session = it.session
    if session.phase is not Phase.OPEN or session.standing is None:
        return []
    person = session.people.get(context.member.id)
    blocks: list[Block] = []
    mode = "" if person is None or person.is_met else person.mode.value
    if mode:
        blocks.append(context.say(f"session.you_{mode}"))
    elif context.member.id != session.lead:
        blocks.append(context.say("session.you_not_in"))
    if person is not None and person.place is not None:
        blocks.append(context.say("session.you_read", percent=round(100 * person.place)))
    if mode == Mode.LISTEN:
        return blocks
    stage = stage_at(session)
    if session.standing.entered_at is not None and stage.kind in KINDS:
        blocks.append(context.say(f"session.now.{stage.kind}"))
    return blocks


def on_now(context: Context, it: Held, said: SessionWords) -> Block:
    """Say what is on now and until when, what can be done in it, and what comes after it."""
    session = it.session
    stands, does, then = _stands(context, session, said), "", ""
    if session.standing is not None and session.standing.entered_at is not None:
        stage = stage_at(session)
        does = context.layout.phrase(f"session.now.{stage.kind}") if stage.kind in KINDS else ""
        then = next(_steps(context, session), "")
    return context.say("session.on_now", stands=stands, does=does, then=then)


def where(context: Context, it: Held, said: SessionWords) -> list[Block]:
    """Say what a session is called, where it stands, and who leads it."""
    return [
        Heading(it.title),
        context.say(
            "session.stands",
            room=it.room.name,
            stands=_stands(context, it.session, said),
            lead=said.name(it.session.lead),
        ),
    ]


def _stands(context: Context, session: Session, said: SessionWords) -> str:
    """Say in a few words where a session stands."""
    phrase = context.layout.phrase
    if session.phase is not Phase.OPEN or session.standing is None:
        return phrase(f"session.phase.{session.phase}")
    standing, stage = session.standing, stage_at(session)
    what = in_words(context, stage)
    if standing.entered_at is None:
        at = said.moment(standing.begins_at.isoformat()) if standing.begins_at else ""
        return phrase("session.waits_for", what=what, at=at)
    ends = said.moment(standing.ends_at.isoformat()) if standing.ends_at else ""
    at_round, of = _round(session)
    return phrase("session.is_at", what=what, ends=ends, round=at_round, rounds=of)


def _round(session: Session) -> tuple[int, int]:
    """Return in which repetition a session stands and of how many; none where that is only one."""
    stages, found = session.plan.stages, 0
    for step in session.path[:-1]:
        found = rounds(session, stages[step.index])
        stages = stages[step.index].stages
    return (round_of(session) + 1, found) if found > 1 else (0, 0)


def _steps(context: Context, session: Session) -> Iterator[str]:
    """Yield what comes after the stage that runs, as far as it is known."""
    levels = [session.plan.stages]
    for step in session.path[:-1]:
        levels.append(levels[-1][step.index].stages)
    for depth in range(len(session.path) - 1, -1, -1):
        stages, here = levels[depth], session.path[depth]
        if depth < len(session.path) - 1:
            left = rounds(session, stages[here.index]) - here.round - 1
            if left > 0:
                yield context.layout.phrase("session.again", count=left)
        yield from (in_words(context, each) for each in stages[here.index + 1 :])


async def _for_leader(context: Context, it: Held) -> list[Block]:
    """Tell the leader how many take part, and why the facilitator did what it did; names nobody."""
    people = it.session.people.values()
    listening = sum(each.mode is Mode.LISTEN for each in people)
    blocks: list[Block] = [
        context.say("session.take_part", count=len(people) - listening, listening=listening)
    ]
    blocks += await of_session(context, it.id)
    blocks += await participation(context, it.session)
    blocks += await decisions(context, it)
    return blocks


def _offers(context: Context, it: Held) -> list[Block]:
    """Offer what whoever asks may do now."""
    session, me = it.session, context.member.id
    acts: list[str] = []
    if session.is_over:
        return []
    if it.is_planned:
        acts = ["plan", "go"] if not session.plan.missing else ["plan"]
    else:
        person = session.people.get(me)
        if (person is None or person.is_met) and me != session.lead:
            acts.append("join")
        acts.append("catchup")
        if it.may_steer:
            acts += ["resume", "end"] if session.phase is Phase.PAUSED else [*_STEERS]
    of_stage = {"next": str(session.visit)}
    controls = tuple(
        Control(each, f"session.control.{each}", of_stage.get(each, "")) for each in acts
    )
    return list(choices(context.layout, it.id, controls))


def stages_in_words(context: Context, stages: Sequence[Stage]) -> Iterator[str]:
    """Yield what happens in a playbook, step by step, in plain words."""
    for stage in stages:
        if stage.kind == REPEAT:
            inner = list(dict.fromkeys(stages_in_words(context, stage.stages)))
            yield context.layout.phrase("session.repeated", steps=inner)
        else:
            yield in_words(context, stage)
