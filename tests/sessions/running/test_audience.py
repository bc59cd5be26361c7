"""Whom a session writes to alone: those who read its room, and nobody in their place."""

from dataclasses import replace

import pytest

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.sessions.effects import Target
from learncomm_agent.sessions.events import Act, Entered, Event, Joined, Said, Steered
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import LEAD, Scene, member
from learncomm_agent.sessions.state import NOBODY
from learncomm_agent.testing.community import Circle
from tests.sessions.running.conftest import HEARS, begin, does, happens, ids, script, state

WORDS = "Private words of the den"


@does
def tells(scene: Scene) -> None:
    """Tell whoever is to be told, as the title of the session says, what there is."""


def told(scene: Scene, event: Event) -> None:
    if isinstance(event, Entered):
        scene.put("idea", event.text, by=event.member)
    if isinstance(event, Said):
        title = scene.session.plan.title
        to: Target = LEAD if title == "lead" else member(int(title))
        scene.post(to, scene.say("say"), shows=scene.entries())


HEARS["tells"] = told


@pytest.mark.parametrize("whom", ["lead", "member"])
async def test_who_reads_the_room_no_more_is_told_nothing_of_it(circle: Circle, whom: str) -> None:
    me = await ids(circle)
    title = "lead" if whom == "lead" else str(me["Ann"])
    id = await begin(circle, script("tells", say="Look:"), room=circle.den, title=title)
    await happens(circle, id, Entered(me["Ben"], WORDS))
    await circle.ben.says("now", circle.den)
    assert [WORDS in each.text for each in circle.ann.answers()] == [True]
    circle.platform.network.set_members(circle.den, [circle.ben.account.ref])
    await circle.ben.says("and now", circle.den)
    assert len(circle.ann.answers()) == 1


async def test_a_lead_who_has_left_leads_no_more_and_any_leader_goes_on(circle: Circle) -> None:
    me = await ids(circle)
    zoe = circle.person("Zoe", is_leader=True)
    id = await begin(circle, script("tells", say="Look:"), Stage("wait", "rest", {"for": "1 day"}))
    await happens(circle, id, Joined(me["Ben"]))
    await circle.platform.leaves(circle.ann.account, circle.den)
    await circle.settle()
    assert (await state(circle, id)).lead == me["Ann"]  # another room
    await circle.platform.leaves(circle.ann.account, circle.hall)
    await circle.settle()
    after = await state(circle, id)
    assert (after.lead, after.plan.by) == (NOBODY, me["Ann"])
    assert "go on" in await zoe.asks("session next", circle.hall)
    assert "Zoe leads" in await zoe.asks("session handover Zoe", circle.hall)


@pytest.mark.parametrize("has_talks", [True, False])
async def test_a_lead_who_can_t_be_reached_is_called_once_and_nothing_waits_for_them(
    circle: Circle, has_talks: bool
) -> None:
    network = circle.platform.network
    can = replace(circle.platform.can, private_replies=Level.FALLBACK)
    if not has_talks:
        can = replace(can, direct_messages=Level.FALLBACK)
    circle.platform.can = can
    me = await ids(circle)
    ann = network.accounts.pop(circle.ann.account.ref)  # takes no direct messages
    ask = {"what": "story", "from": "lead", "for": "1 day"}
    stages = (Stage("collect", each, ask) for each in ("first", "second"))
    id = await begin(circle, *stages, Stage("wait", "rest", {"for": "1 day"}), room=circle.den)
    await happens(circle, id, Steered(me["Ann"], Act.SKIP))
    calls = [each for each in circle.ben.seen_in(circle.den) if "write to me" in each.text]
    assert len(calls) == has_talks
    assert all("session 1 status" in each.text for each in calls)
    await circle.clock.advance(86_405)
    await circle.settle()
    assert (await state(circle, id)).visit == 3
    network.accounts[ann.ref] = ann
