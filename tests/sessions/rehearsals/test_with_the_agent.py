"""Every playbook that ships, begun and played as people do it, on a real store, through faults and restarts."""

from pathlib import Path
from random import Random

import pytest

from learncomm_agent.rehearsing.rehearsals import Wish, sample_moment
from learncomm_agent.sessions.playbook import AskKind
from learncomm_agent.sessions.state import Ending
from learncomm_agent.storage import messages, writings
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Writing
from learncomm_agent.testing.clock import MONDAY_MORNING
from tests.sessions.rehearsals.hall import NUMBER, Hall
from tests.sessions.rehearsals.playing import NAMES, playbook

ACTIONS = "action_items"
UNASSIGNED = "Nobody yet"


@pytest.fixture
def answers(name: str) -> dict[str, str]:
    """What Robin answers; read before the loop runs, as it reads files."""
    return answers_of(name)


@pytest.fixture
def hall(data: Path, name: str, take: int) -> Hall:
    return Hall(data, Random(f"{name} {take}"))


def answers_of(name: str) -> dict[str, str]:
    """What Robin answers, as she would type it; the shortest that there is."""
    found = {}
    for ask in playbook(name).asks:
        if ask.name in {"weeks", "times"}:
            found[ask.name] = str(ask.minimum)
        elif not ask.is_required:
            continue
        elif ask.kind is AskKind.MOMENT:
            found[ask.name] = sample_moment(Wish(start=MONDAY_MORNING))
        elif ask.kind is AskKind.MEMBER:
            found[ask.name] = "Mira"
        elif ask.choices:
            found[ask.name] = next(iter(ask.choices))
        else:
            found[ask.name] = ask.default or "our community kitchen"
    return found


@pytest.mark.rehearsal
@pytest.mark.parametrize("take", [1, 2])
@pytest.mark.parametrize("name", NAMES)
async def test_it_is_played_to_its_end_and_what_is_published_can_be_proved(
    hall: Hall, name: str, answers: dict[str, str]
) -> None:
    async with hall:
        await hall.begin(name, answers)
        session = await hall.play()
        assert session.ending is Ending.DONE, session.ending
        assert await hall.dead() == []
        assert hall.restarts > 0
        assert len(set(hall.keys())) == len(hall.keys()), "a post twice"
        said, written = hall.public(), await hall.read(_summaries)
        assert written or not any(it.kind == "summarise" for it in session.plan.stages)
        for each in written:
            assert each.lines, "a summary without lines"
            assert any(each.lines[0].content["text"] in text for text in said), "never published"
            for line in each.lines:
                if line.content.get("is_put_in") and not line.evidence:  # by a form: no message
                    assert any(line.content["text"] in text for text in said), "never shown"
                    continue
                assert line.evidence, f"{line.section}: nothing to prove it"
                ids = [e.message for e in line.evidence if e.message is not None]
                assert set(await hall.read(lambda conn, ids=ids: messages.texts(conn, ids))) == set(
                    ids
                )
                if line.section == ACTIONS:
                    owner = line.content["owner"] or UNASSIGNED
                    assert any(owner in text for text in said), "an action of nobody"


def _summaries(conn: Connection) -> list[Writing]:
    row = stored.get(conn, NUMBER)
    assert row is not None
    found = (writings.get(conn, id, row.community) for id in stored.writings_of(conn, NUMBER, 50))
    return [each for each in found if each is not None and each.kind == "summary"]
