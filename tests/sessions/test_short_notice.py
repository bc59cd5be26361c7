"""A session for tonight: what comes before the meeting fits into the time there is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from learncomm_agent.sessions.effects import Post, Whom
from learncomm_agent.sessions.events import Begun, Woke
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.planning.plans import plan_of
from learncomm_agent.sessions.planning.previewing import Preview, seen_through
from learncomm_agent.sessions.playbook import AskKind, Playbook
from learncomm_agent.sessions.playbooks.shelf import Playbooks
from learncomm_agent.sessions.playbooks.trial import trials
from learncomm_agent.sessions.session import step
from learncomm_agent.sessions.state import Plan, Session
from learncomm_agent.words import Words

NOW = datetime(2026, 11, 26, 19, 12, 7, tzinfo=UTC)
KINDS = stage_kinds()
BEFORE = {"collect", "vote", "group", "queue"}
NOTICE = [timedelta(minutes=20), timedelta(hours=3), timedelta(hours=23), timedelta(days=14)]


def shipped() -> Iterator[Playbook]:
    for each in Playbooks(Words(), KINDS).all("circle", "en"):
        if any(stage.params.get("when") == "$when" for stage in each.all_stages()):
            yield each


PLAYBOOKS = list(shipped())


def plan(playbook: Playbook, at: datetime, **more: str) -> Plan:
    asked = {**next(iter(trials(playbook))).asked, "when": at.isoformat(), **more}
    for ask in playbook.asks:
        if ask.is_required and ask.kind in {AskKind.TEXT, AskKind.LONG}:
            asked.setdefault(ask.name, "Bridges")
    return plan_of(playbook, asked, found={}, language="en", zone="UTC", now=NOW).plan


def seen(playbook: Playbook, notice: timedelta, **more: str) -> Preview:
    return seen_through(plan(playbook, NOW + notice, **more), 1, NOW, KINDS)


@pytest.mark.parametrize("notice", NOTICE)
@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda each: each.name)
def test_every_talk_begins_at_its_time_however_soon(playbook: Playbook, notice: timedelta) -> None:
    found, meets = seen(playbook, notice), NOW + notice
    assert found.endless == ()
    assert any(each.at == meets and each.whom is Whom.ROOM for each in found.upcoming)
    for each in found.upcoming:
        if each.at < meets and each.kind in BEFORE and each.until is not None:
            assert each.until <= meets
    asked = [each for each in found.upcoming if each.kind == "collect" and each.until != each.at]
    for each in asked:
        if each.at < meets and each.until is not None and each.whom is Whom.ROOM:
            left = (meets - each.at) / 2 - timedelta(minutes=1)
            assert each.until - each.at >= left


@pytest.mark.parametrize("notice", NOTICE[:3])
@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda each: each.name)
def test_silence_before_a_meeting_of_tonight_does_not_call_it_off(
    playbook: Playbook, notice: timedelta
) -> None:
    session, meets = Session(plan(playbook, NOW + notice), 1), NOW + notice
    session, effects = step(session, Begun(), NOW, KINDS)
    posts: list[Post] = []
    while session.wake_at is not None and session.wake_at < meets:
        late = session.wake_at + timedelta(seconds=3)  # as it is in earnest
        session, effects = step(session, Woke(session.turn), late, KINDS)
        posts += (each for each in effects if isinstance(each, Post))
    assert not session.is_over
    assert "session.nobody" not in [said.phrase for each in posts for said in each.says]


def test_a_stage_for_which_no_time_is_left_is_passed_over() -> None:
    (study,) = (each for each in PLAYBOOKS if each.name == "study-club")
    found = seen(study, timedelta(minutes=6))
    assert not [each for each in found.upcoming if each.kind == "collect" and each.at < NOW]
    assert "marks" not in [each.stage for each in found.upcoming]
