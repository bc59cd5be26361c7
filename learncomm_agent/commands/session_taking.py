"""How the stage that runs takes what members do: without names, one thing after another, by ticking."""

from learncomm_agent.sessions.methods.counting import Method
from learncomm_agent.sessions.stages.collect import Collect
from learncomm_agent.sessions.stages.collecting.entering import FIGURE
from learncomm_agent.sessions.stages.match import Match
from learncomm_agent.sessions.stages.vote import Vote
from learncomm_agent.sessions.state import Session
from learncomm_agent.sessions.walking import stage_at, value_of

_LEAD = "lead"
_NO = frozenset({"", "no", "false"})


def is_anonymous(session: Session) -> bool:
    """Whether what is put in now is nobody's; of what the leader alone is asked everyone knows whose it is."""
    if session.standing is None:
        return False
    params = stage_at(session).params
    found = value_of(session, params.get("anonymous"))
    is_on = found.casefold() not in _NO if isinstance(found, str) else bool(found)
    return is_on and value_of(session, params.get("from")) != _LEAD


def is_interview(session: Session) -> bool:
    """Whether the stage that runs asks one thing after another."""
    if session.standing is None:
        return False
    stage = stage_at(session)
    is_figure = value_of(session, stage.params.get("what")) == FIGURE
    return stage.kind == Collect.name and bool(stage.params.get("prompts")) and not is_figure


def is_ticked(session: Session) -> bool:
    """Whether the stage that runs is a vote in which one ticks, so that ticking nothing takes it back."""
    if session.standing is None or stage_at(session).kind != Vote.name:
        return False
    method = value_of(session, stage_at(session).params.get("method"))
    return method in (None, Method.APPROVAL)


def is_matching(session: Session) -> bool:
    """Whether the stage that runs brings people together."""
    return session.standing is not None and stage_at(session).kind == Match.name
