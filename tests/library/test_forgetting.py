"""Forgetting is real: rows, full text, vectors and derived lines go, and the bytes leave the disk."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.errors import NotFoundError
from learncomm_agent.library.resources import Reading, ResourceKind, Section
from learncomm_agent.settings import Settings, StorageSettings
from learncomm_agent.storage.audit import entries
from learncomm_agent.storage.due import is_waiting
from learncomm_agent.storage.schema import metadata
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.embedder import HashingEmbedder

WORD = "xanthoquill"
TEXT = f"The {WORD} blooms at night. Nobody has seen the {WORD} by day."


@pytest.fixture
def circle_folder(data: Path) -> Path:
    return data


@pytest.fixture
def gathered(circle_folder: Path) -> Circle:
    return Circle(circle_folder, embedder=HashingEmbedder)


def files_that_hold(folder: Path, word: str) -> list[str]:
    """Return the files below a folder in whose bytes a word stands, in any case and encoding."""
    needles = [form.encode(encoding) for form in (word, word.title(), word.upper())
               for encoding in ("utf-8", "utf-16-le")]  # fmt: skip
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    ]


async def minutes_later(circle: Circle) -> None:
    """Let the files be emptied, which waits for more to go."""
    await circle.clock.advance(120)
    await circle.settle()


async def rows(circle: Circle, *tables: str) -> dict[str, int]:
    def read(conn: sa.Connection) -> dict[str, int]:
        return {
            name: conn.execute(
                sa.select(sa.func.count()).select_from(metadata.tables[name])
            ).scalar_one()
            for name in tables
        }

    return await circle.agent.house.database.read(read)


async def test_the_words_of_a_resource_are_in_no_file_afterwards(gathered: Circle) -> None:
    folder = gathered.agent.settings.data
    async with gathered as circle:
        before = await rows(circle, "resources", "shares", "chunks")
        reading = Reading("night.md", ResourceKind.TEXT, "Night flowers", (Section(TEXT),))
        await circle.agent.add([reading])
        await circle.ben.asks("when does it bloom at night, what nobody has seen?", circle.hall)
        await circle.ann.asks("questions Night flowers", circle.hall)
        await circle.ann.sends("search", circle.hall, query="blooms at night")
        assert WORD in circle.transcript(circle.ann)
        assert files_that_hold(folder, WORD)

        gone = await circle.agent.forget("night.md")
        assert (gone.resources, gone.passages) == (1, 1)
        assert gone.lines >= 2
        await minutes_later(circle)

        assert files_that_hold(folder, WORD) == []
        assert WORD not in circle.transcript(circle.ann)
        assert await rows(circle, "resources", "shares", "chunks") == before
        community = circle.agent.community.id
        model = circle.agent.house.meaning.model
        assert model is not None
        held = await circle.agent.house.meaning.store(model).count(community, 1)
        assert held == before["chunks"]
        log = await circle.agent.house.database.read(lambda conn: entries(conn, community))
        assert {"forget", "mend"} <= {action for _, action, _ in log}
    assert files_that_hold(folder, WORD) == []


async def within_a_minute(circle: Circle) -> None:
    """Do at once what waits so that many deletions share it."""
    database = circle.agent.house.database
    assert await database.read(lambda conn: is_waiting(conn, "scrub", "scrub"))
    await database.scrub()


async def test_the_words_of_a_message_are_in_no_file_after_its_deletion(gathered: Circle) -> None:
    folder = gathered.agent.settings.data
    async with gathered as circle:
        promise = await circle.ben.says(f"I will water the {WORD} by Friday.", circle.hall)
        await circle.chloe.asks(f"share message={promise.id}", circle.hall)
        await circle.ann.asks("summary", circle.hall)
        assert WORD in circle.ann.answers()[-1].text

        await circle.ben.deletes(promise)

        assert WORD not in circle.ann.answers()[-1].text
        await within_a_minute(circle)
        assert files_that_hold(folder, WORD) == []
        assert "found nothing" in await circle.ann.sends(
            "search", circle.hall, query="water Friday"
        )


async def test_the_words_of_a_member_who_opts_out_are_in_no_file_afterwards(
    gathered: Circle,
) -> None:
    folder = gathered.agent.settings.data
    async with gathered as circle:
        await circle.ben.says(f"I will water the {WORD} by Friday.", circle.hall)
        await circle.ben.asks(f"share {TEXT}", circle.hall)
        await circle.ben.sends("search", circle.hall, query=f"{WORD} by day")
        await circle.ann.asks("summary", circle.hall)
        await circle.ben.sends("me", circle.hall, consent="out")
        await circle.ben.presses("Yes, forget it")
        await minutes_later(circle)
        assert files_that_hold(folder, WORD) == []


async def test_an_edit_takes_the_old_words_out_of_the_files(gathered: Circle) -> None:
    folder = gathered.agent.settings.data
    async with gathered as circle:
        promise = await circle.ben.says(f"I will water the {WORD} by Friday.", circle.hall)
        await circle.ann.asks("summary", circle.hall)
        await circle.ben.edits(promise, "I will water the roses by Friday.")
        assert WORD not in circle.ann.answers()[-1].text
        await within_a_minute(circle)
        assert files_that_hold(folder, WORD) == []


async def test_an_edit_that_keeps_the_quoted_words_keeps_the_line(gathered: Circle) -> None:
    async with gathered as circle:
        promise = await circle.ben.says("I will water the roses by Friday.", circle.hall)
        await circle.ann.asks("summary", circle.hall)
        before = circle.ann.answers()[-1].text
        await circle.ben.edits(promise, "I will water the roses by Friday. Surely.")
        assert circle.ann.answers()[-1].text == before


async def test_a_resource_that_somebody_else_shares_too_outlives_one_sharer(
    gathered: Circle,
) -> None:
    async with gathered as circle:
        await circle.ben.asks(f"share {TEXT}", circle.hall)
        assert "in the library already" in await circle.chloe.asks(f"share {TEXT}", circle.hall)
        await circle.ben.sends("me", circle.hall, consent="out")
        await circle.ben.presses("Yes, forget it")
        found = await circle.ann.sends("search", circle.hall, query=f"{WORD} blooms")
        assert "blooms at night" in found
        assert "shared by Chloé" in found


async def test_what_is_not_there_can_t_be_forgotten(gathered: Circle) -> None:
    async with gathered as circle:
        with pytest.raises(NotFoundError):
            await circle.agent.forget("nothing.md")


@pytest.mark.parametrize("synchronous", ["full", "normal"])
def test_how_safely_the_disk_is_written_is_the_operator_s_choice(synchronous: str) -> None:
    assert StorageSettings.model_validate({"synchronous": synchronous})
    assert Settings().storage.synchronous == "full"
