"""Thanks between members: said before everyone, kept once, and gone with what they rest on."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.outgoing import Mention, MessageLink, Paragraph
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands import builtin
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Catalogue, Reply
from learncomm_agent.commands.thank import THANK
from learncomm_agent.storage import leaving, rooms, thanks
from learncomm_agent.storage import members as members_of
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts, members, writings
from learncomm_agent.storage.thanks import Thanks
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.community import Circle, Person
from tests.commands.town import Town, TownCircle


async def kept(circle: Circle) -> list[Thanks]:
    id = circle.agent.community.id
    return await circle.agent.house.database.read(lambda conn: thanks.of_community(conn, id))


async def reasons(circle: Circle) -> list[str | None]:
    """What was thanked for, as far as that is kept anywhere."""
    shown = sa.select(writings.c.request).where(writings.c.kind == thanks.GRATITUDE)
    found = await circle.agent.house.database.read(
        lambda conn: conn.execute(shown.order_by(writings.c.id)).scalars().all()
    )
    return [request.get("why") for request in found]


async def people_known(circle: Circle) -> list[int]:
    counts = [sa.select(sa.func.count()).select_from(table) for table in (accounts, members)]
    return await circle.agent.house.database.read(
        lambda conn: [conn.execute(count).scalar_one() for count in counts]
    )


def hall(circle: Circle) -> str:
    return circle.transcript(circle.chloe, circle.hall)


async def test_a_message_is_thanked_for_with_a_link_and_once(circle: Circle) -> None:
    message = await circle.ben.says("I wrote down what we agreed.", circle.hall)
    said = await circle.ann.sends("thank", circle.hall, message=message.id, why="It saved\nmy day")
    assert said == "Ann thanks Ben for this message: It saved my day"
    (block,) = circle.ann.answers()[-1].blocks
    assert isinstance(block, Paragraph)
    assert [each for each in block.spans if isinstance(each, Mention | MessageLink)] == [
        Mention(circle.ben.account.ref, "Ben"),
        MessageLink("this message", message),
    ]
    assert said in hall(circle)
    again = await circle.ann.asks("thank", circle.hall, reply_to=message)
    assert again == "You have thanked Ben for that already."
    assert "Chloé thanks Ben" in await circle.chloe.asks(
        "thank once more", circle.hall, reply_to=message
    )
    assert [each.message for each in await kept(circle)] == [message.id] * 2
    assert await reasons(circle) == ["It saved my day", "once more"]


async def test_when_the_message_goes_so_do_its_thanks(circle: Circle) -> None:
    message = await circle.ben.says("I wrote down what we agreed.", circle.hall)
    await circle.ann.sends("thank", circle.hall, message=message.id, why="They are clear")
    await circle.ben.edits(message, "I wrote down all that we agreed.")
    assert "They are clear" in hall(circle)
    await circle.ben.deletes(message)
    assert "They are clear" not in hall(circle) and "is gone from here" in hall(circle)
    assert await kept(circle) == []
    said = await circle.chloe.sends("thank", circle.hall, message=message.id)
    assert "don't know who wrote that message" in said


@pytest.mark.parametrize("who", ["ben", "ann", "member of another room"])
async def test_when_one_of_the_two_opts_out_it_is_gone(circle: Circle, who: str) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    await circle.ann.sends("thank", circle.hall, who="Ben", why="for the minutes")
    assert "Ann thanks Ben: for the minutes" in hall(circle)
    one = {"ben": circle.ben, "ann": circle.ann}.get(who, circle.chloe)
    await one.sends("me", circle.lounge, consent="out")
    if "Yes, forget it" in circle.transcript(one):
        await one.presses("Yes, forget it")
    is_theirs = one is not circle.chloe
    assert ("for the minutes" in hall(circle)) is not is_theirs
    assert bool(await kept(circle)) is not is_theirs
    assert ("has been forgotten" in hall(circle)) is is_theirs


@pytest.mark.parametrize("named", ["Ben", "@ben", "<@{id}>", "<@!{id}>", "{id}", "BEN"])
async def test_somebody_is_named_by_id_mention_or_name(circle: Circle, named: str) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    who = named.format(id=circle.ben.account.ref.id)
    assert await circle.ann.sends("thank", circle.hall, who=who) == "Ann thanks Ben."
    said = await circle.chloe.asks(f"thank {who}, for the notes", circle.hall)
    assert said == "Chloé thanks Ben: for the notes"


async def test_thanks_to_us_are_answered_and_a_question_is_one(circle: Circle) -> None:
    assert "welcome" in await circle.ben.asks("thank you for the good answer", circle.hall)
    assert "welcome" in await circle.ben.asks("thank", circle.hall)
    assert "nothing on that" in await circle.ben.asks("thank Zoe for the herons", circle.hall)
    asked = await circle.ben.asks("search herons", circle.hall)
    answer = circle.ben.answers()[-1]
    assert asked and "welcome" in await circle.ben.sends(
        "thank", circle.hall, message=answer.ref.id
    )
    assert await kept(circle) == []


async def test_whom_nobody_can_thank(circle: Circle) -> None:
    bot = Person(circle, replace(circle.platform.add_account("Robo"), is_bot=True))
    circle.platform.network.accounts[bot.account.ref] = bot.account
    beep, mine = await bot.says("Beep.", circle.hall), await circle.ann.says("Mine.", circle.hall)
    theirs = await circle.chloe.says("Hm.", circle.den.__class__(circle.hall.space, circle.hall.id))
    cases = {
        "is a program": {"message": beep.id},
        "content with yourself": {"message": mine.id},
        "nobody called “Zoe”": {"who": "Zoe"},
        "Whom do you want": {"why": "everyone"},
        "under 500 characters": {"message": theirs.id, "why": "x" * 6000},
        "don't know who wrote": {"message": "999"},
    }
    for words, values in cases.items():
        assert words in await circle.ann.sends("thank", circle.hall, **values), words
    assert "read them" in await circle.ann.sends(
        "thank", await circle.platform.direct_room(circle.ann.account.ref), who="Chloé"
    )
    assert await kept(circle) == []


async def test_who_is_not_in_the_room_is_not_spoken_of(circle: Circle) -> None:
    await circle.chloe.says("Good morning.", circle.hall)
    assert "nobody called “Chloé”" in await circle.ann.sends("thank", circle.den, who="Chloé")
    twin = circle.person("ben")
    await twin.says("Morning.", circle.hall)
    await circle.ben.says("Morning.", circle.hall)
    assert "Several people here" in await circle.ann.sends("thank", circle.hall, who="Ben")
    assert "Ann thanks Ben" in await circle.ann.sends("thank", circle.den, who="Ben")


async def test_who_wants_nothing_kept_neither_gives_nor_is_named(circle: Circle) -> None:
    message = await circle.ben.says("Good morning.", circle.hall)
    other = await circle.chloe.says("Good morning.", circle.hall)
    await circle.ben.sends("me", circle.hall, consent="out")
    await circle.ben.presses("Yes, forget it")
    for values in ({"who": "Ben"}, {"message": message.id, "who": "Ben"}):
        said = await circle.ann.sends("thank", circle.hall, **values)
        assert "can't pass thanks on to Ben" in said and "opted" not in said
    assert "keep nothing of you" in await circle.ben.sends("thank", circle.hall, message=other.id)
    assert await kept(circle) == []


async def test_in_a_room_that_is_not_read_people_are_thanked_by_name(circle: Circle) -> None:
    said = await circle.ann.sends("thank", circle.lounge, message="999")
    assert "thank who=NAME" in said
    await circle.ben.asks("help", circle.lounge)
    said = await circle.ann.sends("thank", circle.lounge, who="Ben")
    assert said == "Ann thanks Ben." and (await kept(circle))[0].message is None


async def test_no_sign_in_a_reason_stands_for_anything_else(circle: Circle) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    said = await circle.ann.sends("thank", circle.hall, who="Ben", why="\ue000\ue001{{ x }} <@1>")
    assert said == "Ann thanks Ben: {{ x }} <@1>"


async def test_what_was_given_in_a_room_goes_with_it(circle: Circle) -> None:
    await circle.ben.asks("help", circle.den)
    await circle.ann.sends("thank", circle.den, who="Ben", why="for the herons")
    await circle.ann.sends("forget", circle.den, source="room:den")
    await circle.ann.presses("Yes, forget it")
    assert "for the herons" not in circle.transcript(circle.ben, circle.den)
    assert await kept(circle) == []


async def test_a_message_that_is_not_kept_is_thanked_for_where_the_platform_tells_whose_it_is(
    circle: Circle,
) -> None:
    quiet = circle.platform.add_room("quiet", [circle.ann.account, circle.ben.account])
    message = await circle.ben.says("Nobody keeps this.", quiet)
    said = await circle.ann.sends("thank", quiet, message=message.id, why="so kind")
    assert said == "Ann thanks Ben for this message: so kind"
    (block,) = circle.ann.answers()[-1].blocks
    assert isinstance(block, Paragraph)
    assert MessageLink("this message", message) in block.spans
    assert "have thanked Ben" in await circle.ann.sends("thank", quiet, message=message.id)
    assert [each.message for each in await kept(circle)] == [message.id]
    assert await reasons(circle) == ["so kind"]
    await circle.ben.deletes(await circle.ben.says("Another one.", quiet))
    assert len(await kept(circle)) == 1
    await circle.ben.deletes(message)
    assert await kept(circle) == [] and await reasons(circle) == [None]
    seen = circle.transcript(circle.ben, quiet)
    assert "so kind" not in seen and "has been forgotten" in seen


@pytest.mark.parametrize("room", ["hall", "lounge"])
async def test_when_the_message_that_thanks_goes_so_do_its_thanks(
    circle: Circle, room: str
) -> None:
    where = {"hall": circle.hall, "lounge": circle.lounge}[room]
    await circle.ben.asks("help", where)
    asked = await circle.ann.says("@learncomm thank Ben for the secret", where)
    assert "Ann thanks Ben: for the secret" in circle.transcript(circle.chloe, where)
    assert len(await kept(circle)) == 1
    await circle.ann.deletes(asked)
    assert await kept(circle) == [] and await reasons(circle) == [None]
    seen = circle.transcript(circle.chloe, where)
    assert "has been forgotten" in seen and "Ann thanks" not in seen


async def test_when_the_message_that_thanks_is_too_old_to_keep_so_are_its_thanks(
    circle: Circle,
) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    await circle.ann.asks("thank Ben for the secret", circle.hall)
    house, community = circle.agent.house, circle.agent.community.id

    def outlived(conn: Connection) -> None:
        room = rooms.find(conn, [circle.hall])[circle.hall]
        ids = leaving.some_messages(conn, [room], 100)
        house.forgetting.outlived(conn, community, ids)

    await house.database.write(outlived)
    await circle.settle()
    assert await kept(circle) == [] and await reasons(circle) == [None]
    assert "the secret" not in "".join(post.text for post in circle.ann.answers())


async def test_without_a_message_one_thanks_somebody_once_a_day(circle: Circle) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    assert await circle.ann.sends("thank", circle.hall, who="Ben") == "Ann thanks Ben."
    for where in (circle.hall, circle.den):
        said = await circle.ann.sends("thank", where, who="Ben", why="again")
        assert "Ben has had your thanks today" in said and len(await kept(circle)) == 1
    assert "Chloé thanks Ben" in await circle.chloe.sends("thank", circle.hall, who="Ben")
    message = await circle.ben.says("Herons.", circle.hall)
    assert "for this" in await circle.ann.sends("thank", circle.hall, message=message.id)
    await circle.clock.advance(24 * 3600)
    assert "Ann thanks Ben" in await circle.ann.sends("thank", circle.hall, who="Ben")


@pytest.mark.parametrize("id", ["900", str(2**70), "https://chat.example/room1/901", "\x00", "🦆"])
async def test_a_message_that_is_made_up_brings_no_more_thanks(circle: Circle, id: str) -> None:
    await circle.ben.says("Good morning.", circle.hall)
    assert await circle.ann.sends("thank", circle.hall, who="Ben") == "Ann thanks Ben."
    for who in ("Ben", circle.ben.account.ref.id):  # the latter is told of, as one that was picked
        said = await circle.ann.sends(
            "thank", circle.hall, who=who, message=id.replace("room1", circle.hall.id)
        )
        assert "Ben has had your thanks today" in said
    assert len(await kept(circle)) == 1


async def test_only_by_thanks_that_are_given_somebody_becomes_known(circle: Circle) -> None:
    dora, eve = circle.person("Dora"), circle.person("Eve")
    await circle.ben.sends("me", circle.hall, consent="out")
    await circle.ann.asks("help", circle.den)
    before = await people_known(circle)
    id = dora.account.ref.id
    assert "keep nothing of you" in await circle.ben.sends("thank", circle.hall, who=id)
    assert "nobody called" in await circle.ann.sends("thank", circle.den, who=id)
    message = await dora.says("Nobody keeps this.", circle.lounge)
    await circle.ann.sends("search", circle.lounge, query=message.id)
    assert await people_known(circle) == before
    said = await circle.ann.sends("thank", circle.lounge, message=message.id)
    assert said == "Ann thanks Dora for this message."
    assert await people_known(circle) == [count + 1 for count in before]
    await dora.asks("help", circle.lounge)
    assert await people_known(circle) == [count + 1 for count in before]
    await dora.sends("me", circle.lounge, consent="out")
    if "Yes, forget it" in circle.transcript(dora):
        await dora.presses("Yes, forget it")
    assert await kept(circle) == []
    assert "can't pass thanks on" in await circle.ann.sends("thank", circle.lounge, who=id)
    # A name that somebody chose is no way to be taken for somebody who was picked.
    await circle.person(eve.account.ref.id).asks("help", circle.lounge)
    said = await circle.ann.sends("thank", circle.lounge, who=eve.account.ref.id)
    assert said == "Ann thanks Eve."


@pytest.mark.parametrize("how", ["out", "not to be thanked"])
async def test_who_opts_out_while_thanks_are_on_their_way_is_not_named(
    data: Path, how: str
) -> None:
    calls = 0

    async def late(context: Context, values: Mapping[str, Any]) -> Reply:
        nonlocal calls
        reply, calls = await THANK.run(context, values), calls + 1

        def out(conn: Connection) -> None:
            known = members_of.find_account(conn, context.community.id, circle.ben.account.ref)
            assert known is not None
            if how == "out":
                members_of.set_consent(conn, known[1], Consent.OUT)
            else:
                thanks.choose(conn, known[1], is_thanked=False)

        await context.services.database.write(out)
        return reply

    others = (each for each in builtin.catalogue().commands if each is not THANK)
    catalogue = Catalogue((*others, replace(THANK, run=late)))
    async with Circle(data, catalogue=catalogue) as circle:
        await circle.ben.says("Good morning.", circle.hall)
        await circle.ann.sends("thank", circle.hall, who="Ben", why="for the notes")
        await circle.clock.advance(60)
        await circle.settle()
        assert calls == 1 and await kept(circle) == [] and await reasons(circle) == []
        assert "can't pass thanks on to Ben" in circle.transcript(circle.ann, circle.hall)


async def test_in_a_thread_that_was_folded_away_its_readers_can_be_thanked(data: Path) -> None:
    town = Town(ManualClock())
    async with TownCircle(data, platform=town) as circle:
        await circle.ben.says("Good morning.", circle.hall)
        thread = town.add_room("herons", parent=circle.hall, is_read=True)
        message = await circle.ben.says("I counted forty.", thread)
        town.folded.add(thread)
        said = await circle.ann.sends("thank", thread, message=message.id)
        assert said == "Ann thanks Ben for this message."
        link = f"https://chat.example/{thread.id}/{message.id}"
        assert "another room" in await circle.chloe.sends("thank", circle.hall, message=link)
        assert "Chloé thanks" in await circle.chloe.sends("thank", thread, message=link)
