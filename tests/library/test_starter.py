"""The guides come with the first start; later ones read them again only where something has changed."""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from learncomm_agent.storage import state
from learncomm_agent.storage.schema import resources
from learncomm_agent.testing.community import Circle, Gathering
from learncomm_agent.words import Words

OWN = "community/guides/our-way.md"
HOUR = 3600
GUIDES = len(Words().documents("guides")) + sum(
    "/" not in each.name for each in Words().documents("playbooks")
)
"""Each playbook's guide is there in one language."""


async def started(folder: Path, after_s: float = 0) -> tuple[dict[str, str], datetime]:
    """Start and end an agent; return the guides by their sources, and when they were brought."""
    gathering = Gathering(folder)
    await gathering.clock.advance(after_s)
    async with gathering:
        database, community = gathering.agent.house.database, gathering.agent.community.id
        found = sa.select(resources.c.source, resources.c.text)
        rows = await database.read(lambda conn: conn.execute(found).all())
        noted = await database.read(lambda conn: state.get(conn, f"guides:{community}"))
        assert noted is not None
        return {row.source: row.text for row in rows}, noted[1]


async def test_the_same_guides_are_not_brought_again(data: Path) -> None:
    before, at = await started(data)
    assert len(before) == GUIDES
    assert await started(data, HOUR) == (before, at)


async def test_a_new_and_a_changed_guide_are_brought(data: Path) -> None:
    before, at = await started(data)
    own = data / OWN
    own.parent.mkdir(parents=True)
    own.write_text("# Our way\n\nWe knock twice.\n")
    added, then = await started(data, HOUR)
    assert added == {**before, "guides/our-way": added["guides/our-way"]}
    assert "knock twice" in added["guides/our-way"]
    assert then > at
    own.write_text("# Our way\n\nWe ring the bell.\n")
    changed, _ = await started(data)
    assert "ring the bell" in changed["guides/our-way"]
    assert changed.keys() == added.keys()


async def test_a_guide_that_was_forgotten_is_there_again_with_the_next_start(data: Path) -> None:
    before, _ = await started(data)
    gone = min(before)
    async with Gathering(data) as gathering:
        await gathering.agent.forget(gone)
    assert (await started(data))[0] == before


def test_a_folder_has_the_same_digest_until_a_file_changes(tmp_path: Path) -> None:
    own = tmp_path / "guides" / "our-way.md"
    digests = {Words(tmp_path).digest("guides"), Words(tmp_path).digest("guides")}
    assert len(digests) == 1
    own.parent.mkdir()
    for text in ("", "a", "b"):
        own.write_text(text)
        digests.add(Words(tmp_path).digest("guides"))
    own.rename(own.with_name("her-way.md"))
    digests.add(Words(tmp_path).digest("guides"))
    assert len(digests) == 5


async def test_the_guides_of_playbooks_come_in_the_communitys_language(data: Path) -> None:
    async with Circle(data, language="de") as circle:
        told = await circle.ann.sends("resources", circle.hall, page="2")
        told += await circle.ann.sends("resources", circle.hall)
        told += await circle.ann.sends("resources", circle.hall, page="3")
    assert "Buchclub" in told
    assert "Book club ·" not in told
