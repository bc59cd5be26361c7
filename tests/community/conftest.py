"""Ann, who leads, Ben and Chloé around an agent, and what is kept of what they write."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.storage.schema import messages
from learncomm_agent.testing.community import Circle


@pytest.fixture
async def circle(data: Path) -> AsyncIterator[Circle]:
    async with Circle(data) as circle:
        yield circle


async def kept(circle: Circle) -> dict[str, str]:
    """What is kept of each message: its text, or its state where that is another one than kept."""
    found = sa.select(messages.c.platform_id, messages.c.state, messages.c.text)
    rows = await circle.agent.house.database.read(
        lambda conn: conn.execute(found.order_by(messages.c.id)).all()
    )
    return {row[0]: row[2] if row[1] == "kept" else f"({row[1]})" for row in rows}
