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


async def test_a_leader_opens_and_closes_a_room_from_another(circle: Circle) -> None:
    ann, ben, hall, lounge = circle.ann, circle.ben, circle.hall, circle.lounge
    await ben.says("So.", lounge)
    await ben.asks("help", lounge)  # so that its name is known
    for name in ("lounge", "#Lounge", lounge.id):
        said = await ann.sends("read", hall, switch="on", room=name)
        assert "in lounge" in said and "in lounge" not in circle.transcript(ben)
        assert "From now on I read this room" in circle.transcript(ben, lounge)
        assert "I read this room" in await ann.sends("read", lounge)
        assert "I read this room already" in await ann.sends("read", hall, switch="on", room=name)
        assert "say so there" in await ann.sends("read", hall, switch="off", room=name)
        assert "From now on I don't read this room" in circle.transcript(ben, lounge)
        assert "I don't read this room anyway" in await ann.sends(
            "read", hall, switch="off", room=name
        )
    assert "From now on I" not in circle.transcript(ben, hall)


async def test_what_a_leader_may_have_meant_otherwise_is_said(circle: Circle) -> None:
    ann, hall = circle.ann, circle.hall
    secret = circle.room("secret", circle.ben, is_read=False)
    for named in ("nowhere", "secret", secret.id, "x" * 190):
        assert "no room" in await ann.sends("read", hall, switch="on", room=named)
    for since in ("nonsense", "2199-01-01", "\u0000", "99999999999999999999"):
        assert "From now on" not in await ann.sends("read", circle.lounge, switch="on", since=since)
    assert not circle.agent.house.directory.reads(circle.platform.network.rooms[circle.lounge])


async def test_a_room_that_was_opened_is_told_again_when_more_of_it_is_read(circle: Circle) -> None:
    ann, lounge = circle.ann, circle.lounge
    await ann.says("We decided to plant an oak by the gate.", lounge)
    await circle.clock.advance(60)
    await ann.sends("read", lounge, switch="on")
    assert "oak" not in await ann.asks("summary", lounge)
    await ann.sends("read", lounge, switch="on", since="all")
    assert "I also keep what was written here before" in circle.transcript(circle.ben, lounge)
    assert "oak" in await ann.asks("summary", lounge)
