from pathlib import Path

from benchmarks import sleeping_sessions
from learncomm_agent.sessions.migrating import load
from learncomm_agent.sessions.state import Phase
from learncomm_agent.storage import sessions as stored
from learncomm_agent.testing.community import Gathering


def test_what_sleeps_is_a_book_club_in_its_third_week() -> None:
    session = load(sleeping_sessions.third_week())
    assert session.phase is Phase.OPEN
    assert session.path[0].round == 2
    assert session.entries


async def test_a_store_is_filled_with_sessions_that_wait(tmp_path: Path) -> None:
    content = {"turn": 3, "version": 1, "people": {}, "entries": {}}
    await sleeping_sessions.fill(tmp_path / "many", 3, content)
    async with Gathering(tmp_path / "many") as gathering:
        house, community = gathering.agent.house, gathering.agent.community.id
        found = await house.database.read(lambda conn: stored.of_community(conn, community))
    assert [each.phase for each in found] == ["open"] * 3
