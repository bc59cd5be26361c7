"""From what somebody does to the events that the session hears of. Pure."""

from datetime import datetime
from random import Random
from typing import Any

from learncomm_agent.rehearsing.happenings import Act, Deed
from learncomm_agent.rehearsing.stagehands import Spoken
from learncomm_agent.sessions.events import (
    Act as Steering,
)
from learncomm_agent.sessions.events import (
    Backed,
    Decided,
    Entered,
    Event,
    Joined,
    Left,
    Mode,
    Progressed,
    Ranked,
    Rule,
    Ruled,
    Said,
    Steered,
)
from learncomm_agent.sessions.facilitating.remarks import read_remark, topic_terms
from learncomm_agent.sessions.stages.voting.ballot import options_of
from learncomm_agent.sessions.state import Session
from learncomm_agent.sessions.walking import stage_at, value_of
from learncomm_agent.writing.language.cues import Cues

_LIKED = 3
"""How many of the options a voter takes, at most, in an approval."""


def events_of(
    deed: Deed,
    session: Session,
    now: datetime,
    said: Spoken | None,
    cues: Cues,
    random: Random,
) -> tuple[Event, ...]:
    """Return what the session hears of a deed; nothing where it can't be done any more.

    Args:
        deed: What somebody does.
        session: As it stands by then.
        now: The moment.
        said: Their message, where they wrote one.
        cues: By which it is read.
        random: For what they choose.
    """
    who, args = deed.who, deed.args
    match deed.act:
        case Act.JOIN:
            return (Joined(who, Mode(args.get("mode", "take_part"))),)
        case Act.LEAVE:
            return (Left(who),)
        case Act.ENTER:
            return _entered(deed, session)
        case Act.VOTE | Act.POLL:
            return _ranked(who, session, random)
        case Act.BACK:
            return _backed(who, session, random)
        case Act.READ:
            return (Progressed(who, args["place"]),)
        case Act.SAY if said is not None:
            return (_said(deed, said, session, now, cues),)
    return _led(deed)


def _led(deed: Deed) -> tuple[Event, ...]:
    """Return what a leader does."""
    who, args = deed.who, deed.args
    match deed.act:
        case Act.PUBLISH | Act.DROP:
            return (Decided(args["effect"], deed.act is Act.PUBLISH),)
        case Act.TIE:
            return (Ruled(who, Rule.TIE, args["entry"]),)
        case Act.RULE:
            rule = Rule(args["rule"])
            return (Ruled(who, rule, args["entry"], deed.text, args["place"]),)
        case Act.STEER:
            return (Steered(who, Steering(args["act"]), deed.text),)
    return ()


def _entered(deed: Deed, session: Session) -> tuple[Event, ...]:
    """Return an entry; without a name where the stage asks for none."""
    if session.standing is None or session.standing.entered_at is None:
        return ()
    stage = stage_at(session)
    is_nameless = value_of(session, stage.params.get("anonymous")) in (True, "yes")
    if is_nameless:
        return (Entered(None, deed.text),)
    return (Entered(deed.who, deed.text),)


def _ranked(who: int, session: Session, random: Random) -> tuple[Event, ...]:
    """Return a vote: most like what stands first, each in their own order."""
    options = options_of(session)
    if not options or stage_at(session).kind != "vote":
        return ()
    wishes = {id: n + random.uniform(0, len(options)) for n, id in enumerate(options)}
    order = tuple(sorted(options, key=lambda id: wishes[id]))
    is_ranked = stage_at(session).params.get("method", "approval") != "approval"
    return (Ranked(who, order if is_ranked else order[: random.randint(1, _LIKED)]),)


def _backed(who: int, session: Session, random: Random) -> tuple[Event, ...]:
    if session.standing is None or stage_at(session).kind != "queue":
        return ()
    asked = [each for each in session.of(stage_at(session).name) if each.by != who]
    return (Backed(who, random.choice(asked).id),) if asked else ()


def _said(deed: Deed, said: Spoken, session: Session, now: datetime, cues: Cues) -> Said:
    questions = [each.text for each in session.entries.values() if each.what == "question"]
    answered: Any = deed.args.get("to")
    is_host = deed.who == session.lead
    remark = read_remark(
        str(said.id),
        deed.who,
        said.at,
        deed.text,
        cues,
        topic=topic_terms([session.plan.title, *questions], cues),
        replies_to=answered,
        is_host=is_host,
    )
    return Said(
        deed.who,
        said.id,
        said.at,
        deed.group,
        remark.record(),
        deed.args.get("reply_to"),
        is_host,
        text=deed.text,
    )
