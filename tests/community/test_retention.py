"""Old messages go where a community keeps them for a time only."""

from datetime import timedelta
from pathlib import Path

from learncomm_agent.agent import Agent
from learncomm_agent.settings import EmbeddingSettings, Settings, StorageSettings
from learncomm_agent.storage import messages, rooms
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.platform import FakePlatform


def settings(folder: Path, days: int | None) -> Settings:
    return Settings(
        data=folder,
        embedding=EmbeddingSettings(kind="off"),
        storage=StorageSettings(keep_messages_days=days, synchronous="normal"),
    )


async def kept_texts(folder: Path, days: int | None) -> list[str]:
    """Say something, wait ten days, say something more, and return what is kept the day after."""
    clock = ManualClock()
    fake = FakePlatform(clock=clock)
    ann = fake.add_account("Ann")
    room = fake.add_room("lobby", is_read=True)
    async with Agent(settings(folder, days), [fake], clock=clock) as agent:
        await fake.says(ann, room, "Long ago")
        await clock.advance(timedelta(days=10).total_seconds())
        await fake.says(ann, room, "Just now")
    async with Agent(settings(folder, days), [FakePlatform(clock=clock)], clock=clock) as agent:
        while await agent.house.is_busy("retention"):
            await clock.advance(0.1)
        stored = await agent.house.database.read(
            lambda conn: messages.between(conn, rooms.find(conn, [room])[room])
        )
    return [message.text for message in stored if message.text]


async def test_messages_are_kept_for_ever_where_nobody_says_otherwise(tmp_path: Path) -> None:
    assert await kept_texts(tmp_path, None) == ["Long ago", "Just now"]


async def test_messages_older_than_said_are_forgotten(tmp_path: Path) -> None:
    assert await kept_texts(tmp_path, 7) == ["Just now"]
