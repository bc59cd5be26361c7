"""A room is read because a leader said so, and everyone in it was told."""

from pathlib import Path

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.testing.community import Circle


async def test_a_leader_lets_a_room_be_read_and_its_threads_with_it(circle: Circle) -> None:
    ann, ben, lounge = circle.ann, circle.ben, circle.lounge
    await ben.says("We meet at noon on Friday, that is agreed.", lounge)
    assert "I don't read this room" in await ben.asks("why", lounge)
    assert "Only leaders" in await ben.asks("read on", lounge)
    await ann.asks("read on", lounge)
    assert "From now on I read this room" in circle.transcript(ben, lounge)

    await ben.says("We agreed to bring our own cups.", lounge)
    network = circle.platform.network
    branch = network.add_room("branch", None, kind=RoomKind.THREAD, parent=lounge).ref
    await ben.says("We agreed to read chapter two first.", branch)
    said = await ann.asks("summary", lounge)
    assert "bring our own cups" in said and "noon on Friday" not in said
    assert "read chapter two first" in await ann.asks("summary", branch)

    assert "From now on I don't read this room" in await ann.asks("read off", lounge)
    await ben.says("We agreed on nothing.", lounge)
    assert "on nothing" not in await ann.asks("summary", lounge)
    assert "I don't read this room" in await ann.asks("read", lounge)


async def test_the_choice_is_kept_over_a_restart(data: Path) -> None:
    async with Circle(data) as circle:
        await circle.ann.asks("read on", circle.lounge)
        await circle.ann.asks("read off", circle.hall)
        house, network = circle.agent.house, circle.platform.network
        rooms = {name: network.rooms[getattr(circle, name)] for name in ("lounge", "hall")}
        assert house.directory.reads(rooms["lounge"]) and not house.directory.reads(rooms["hall"])
    async with Circle(data, platform=circle.platform) as again:
        reads = again.agent.house.directory.reads
        assert reads(rooms["lounge"]) and not reads(rooms["hall"])


async def test_nobody_can_have_a_direct_talk_read(circle: Circle) -> None:
    direct = await circle.platform.direct_room(circle.ann.account.ref)
    assert "stays between us" in await circle.ann.asks("read on", direct)
    assert not circle.agent.house.directory.reads(circle.platform.network.rooms[direct])
