"""A meeting that was held by voice is summed up from its record or from notes, each line with its place there."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.messages import Attachment
from learncomm_agent.chat.outgoing import File, Menu
from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.storage import speakers, writings
from learncomm_agent.storage.schema import resources
from learncomm_agent.storage.schema import writings as rows
from learncomm_agent.storage.writings import Writing
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.platform import FakePlatform

STANDUP = """WEBVTT

00:00:03.000 --> 00:00:08.000
<v Ann>Welcome to the reading group. Shall we decide when we begin?

00:00:10.000 --> 00:00:20.000
<v Speaker 2>We decided that the reading group begins next Monday in the library.

00:02:30.000 --> 00:02:50.000
<v Ben>I will write the invitation by Friday.

00:03:00.000 --> 00:03:10.000
<v Speaker 3>Who brings the cake for the evening? https://example.org/cake
"""


def vtt(content: str = STANDUP, name: str = "standup.vtt") -> File:
    return File(name, "text/vtt", content.encode())


@pytest.fixture
async def met(circle: Circle) -> Circle:
    """Ann, Ben and Chloé, who have all written something."""
    await circle.ben.says("Good morning.", circle.hall)
    await circle.chloe.says("Good morning, Ben.", circle.hall)
    return circle


async def newest(circle: Circle, kind: str = "summary") -> Writing:
    community = circle.agent.community.id

    def read(conn: sa.Connection) -> Writing | None:
        last = sa.select(sa.func.max(rows.c.id)).where(rows.c.kind == kind)
        return writings.get(conn, conn.execute(last).scalar_one(), community)

    found = await circle.agent.house.database.read(read)
    assert found is not None
    return found


async def text_of(circle: Circle, resource: int) -> str:
    found = sa.select(resources.c.text).where(resources.c.id == resource)
    return str(await circle.agent.house.database.read(lambda conn: conn.execute(found).scalar()))


def menus(person: Person) -> dict[str, Menu]:
    return {
        block.prompt: block
        for post in person.answers()
        for block in post.blocks
        if isinstance(block, Menu)
    }


async def picks(circle: Circle, person: Person, prompt: str, label: str) -> str:
    """Pick from the newest list of a prompt, and return the answer."""
    before = {post.ref for post in person.answers()}
    menu = menus(person)[prompt]
    (post,) = [post for post in person.answers() if menu in post.blocks]
    (option,) = [each.id for each in menu.options if each.label == label]
    await circle.platform.picks(person.account, menu.id, [option], post.ref)
    await circle.settle()
    return "\n".join(post.text for post in person.answers() if post.ref not in before)


async def test_a_record_is_summed_up_once_it_is_said_who_speaks(met: Circle) -> None:
    asked = await met.ann.asks("minutes", met.hall, files=[vtt()])
    assert "4 turns" in asked
    assert set(menus(met.ann)) == {"Who is Speaker 2?", "Who is Speaker 3?"}
    assert "standup" not in met.transcript(met.chloe, met.hall)
    await picks(met, met.ann, "Who is Speaker 2?", "Chloé")
    drafted = await picks(met, met.ann, "Who is Speaker 3?", "Nobody here")
    summary = await newest(met)
    lines = {line.content["text"]: line for line in summary.lines}
    decided = lines["We decided that the reading group begins next Monday in the library."]
    assert decided.section == "decisions"
    assert (decided.content["speaker"], decided.content["minute"]) == ("Chloé", "0:03")
    promised = lines["I will write the invitation by Friday."]
    assert (promised.content["owner"], promised.content["due"]) == ("Ben", "2026-01-09")
    assert promised.content["minute"] == "2:30"
    assert lines["Who brings the cake for the evening?"].content["speaker"] == "Speaker 3"
    assert "https://example.org/cake" in lines
    assert "Ben, at 2:30" in drafted
    assert "a transcript of what was said" in drafted
    assert "I read all 4 turns." in drafted and "messages" not in drafted
    for line in summary.lines:
        held = line.evidence[0]
        whole = await text_of(met, held.resource or 0)
        assert held.quote == whole[held.start : held.end] != ""


async def test_each_line_links_to_the_message_that_brought_the_record(met: Circle) -> None:
    await met.ann.asks("minutes", met.hall, files=[vtt()])
    drafted = await met.ann.presses("Write the minutes")
    assert "Speaker 2, at 0:03" in drafted
    asking = next(iter((await newest(met)).lines)).content["message"]
    assert asking is not None


async def test_words_say_who_a_speaker_is(met: Circle) -> None:
    await met.ann.asks("minutes", met.hall, files=[vtt()])
    for said, answer in (
        ("Speaker 9=Chloé", "Speaker 2, Ben, and Speaker 3"),
        ("Speaker 2=Zoe", "nobody called “Zoe”"),
        ("Speaker 2", "speaker="),
    ):
        assert answer in await met.ann.asks(f'minutes speaker="{said}"', met.hall), said
    drafted = await met.ann.asks('minutes speaker="speaker 2=chloé, Speaker 3=none"', met.hall)
    assert "(Chloé, at 0:03)" in drafted
    assert "Speaker 3" in drafted


async def test_it_can_be_said_with_the_file_and_on_which_day_it_was(met: Circle) -> None:
    drafted = await met.ann.asks(
        'minutes on=2025-12-04 speaker="Speaker 2=Chloé, Speaker 3=none"', met.hall, files=[vtt()]
    )
    assert "December 4, 2025" in drafted
    assert "Ben, by December 5, 2025" in drafted


@pytest.mark.parametrize("consent", ["out", "summaries_only"])
async def test_words_of_who_does_not_want_them_kept_are_left_out(met: Circle, consent: str) -> None:
    await met.chloe.sends("me", met.hall, consent=consent)
    if consent == "out":
        await met.chloe.presses("Yes, forget it")
    named = vtt(STANDUP.replace("Speaker 3", "chloé"))
    await met.ann.asks("minutes", met.hall, files=[named])
    drafted = await met.ann.asks('minutes speaker="Speaker 2=none"', met.hall)
    assert "one by members whose words" in drafted or "1 by members whose words" in drafted
    summary = await newest(met)
    whole = await text_of(met, summary.header["record"])
    assert "cake" not in whole + drafted
    assert "invitation" in whole
    # Whom the leader matches afterwards is left out as well.
    await met.ann.asks("minutes", met.hall, files=[vtt(STANDUP.replace("cake", "tea"))])
    before = await newest(met, "record")
    await picks(met, met.ann, "Who is Speaker 3?", "Chloé")
    drafted = await met.ann.asks('minutes speaker="Speaker 2=none"', met.hall)
    held = before.lines[0].evidence[0].resource or 0
    assert "tea" not in await text_of(met, held) + drafted
    known = await met.agent.house.database.read(lambda conn: speakers.known(conn, held, "fake"))  # type: ignore[arg-type]
    assert "Speaker 3" not in known


@pytest.mark.parametrize("how", ["out", "summaries_only", "forget"])
async def test_who_takes_their_words_back_takes_them_out_of_records(met: Circle, how: str) -> None:
    await met.ann.asks('minutes speaker="Speaker 2=none, Speaker 3=none"', met.hall, files=[vtt()])
    summary = await newest(met)
    if how == "forget":
        await met.ben.sends("forget", met.hall, source="me")
    else:
        await met.ben.sends("me", met.hall, consent=how)
    if how != "summaries_only":
        await met.ben.presses("Yes, forget it")
    whole = await text_of(met, summary.header["record"])
    assert "invitation" not in whole
    assert "begins next Monday" in whole
    left = [line.content["text"] for line in (await newest(met)).lines]
    assert not any("invitation" in text for text in left)
    assert any("begins next Monday" in text for text in left)


async def test_the_summary_goes_with_the_record(met: Circle) -> None:
    await met.ann.asks("minutes", met.hall, files=[vtt()])
    post = met.ann.answers()[-1]
    (choice,) = met.ann.buttons(post)
    await met.ann.presses("Write the minutes")
    number = (await newest(met)).header["record"]
    await met.ann.sends("forget", met.hall, source=f"#{number}")
    await met.ann.presses("Yes, forget it")
    assert (await newest(met)).lines == ()
    assert "no record" in await met.ann.asks('minutes speaker="Speaker 2=none"', met.hall)
    assert "no record" in await met.ann.chooses(choice, post.ref)


async def test_notes_say_that_they_are_notes(met: Circle) -> None:
    drafted = await met.ann.asks(
        "minutes We decided to meet on Tuesdays.\n- I will book the room by Friday.", met.hall
    )
    assert "notes of Ann, not on what was said" in drafted
    assert "I read all 2 lines of the notes." in drafted and "messages" not in drafted
    told = await met.ann.sends("minutes", met.hall, notes="We decided to meet on Tuesdays.")
    assert "one line from the notes. Nothing is published" in told
    summary = await newest(met)
    assert {line.content["speaker"] for line in summary.lines} == {"Ann"}
    assert "- I will" not in str([line.content for line in summary.lines])
    file = File("notes.txt", "text/plain", b"Ben: I will never do it.\nWe agreed on chapter two.")
    drafted = await met.ann.asks("minutes kind=notes", met.hall, files=[file])
    assert "agreed on chapter two" in drafted
    assert all(line.content["speaker"] == "Ann" for line in (await newest(met)).lines)


async def test_headings_of_notes_say_what_a_line_is_in_any_language(met: Circle) -> None:
    drafted = await met.ann.asks(
        "minutes Beschlüsse:\n- Montags um neun\nTo do\n- Ben: the list by Friday\n- Chloé: sweep",
        met.hall,
    )
    assert "Montags um neun" in drafted.partition("Decisions")[2]
    assert "Ben, by January 9, 2026: the list by Friday" in drafted
    assert "Chloé: sweep" in drafted
    await met.chloe.sends("me", met.hall, consent="out")
    await met.chloe.presses("Yes, forget it")
    drafted = await met.ann.asks("minutes To do\n- Chloé: mop", met.hall)
    assert "Nobody yet: Chloé: mop" in drafted


async def test_what_was_prepared_is_no_evidence(met: Circle) -> None:
    agenda = File("plan.txt", "text/plain", b"We decided to buy a castle.\nAnn will pay for it.")
    nothing = await met.ann.asks("minutes agenda=castle", met.hall)
    assert "no record of that meeting" in nothing
    assert nothing == await met.ann.asks("minutes", met.hall)
    drafted = await met.ann.asks(
        'minutes speaker="Speaker 2=none, Speaker 3=none" We decided on a moat.',
        met.hall,
        files=[vtt(), agenda],
    )
    assert "begins next Monday" in drafted
    assert "castle" not in drafted
    assert "moat" not in drafted
    assert "castle" not in await text_of(met, (await newest(met)).header["record"])


async def test_a_reply_takes_the_file_of_the_message(met: Circle) -> None:
    brought = await met.ann.says("The record of today.", met.hall, files=[vtt()])
    await met.ann.asks("minutes", met.hall, reply_to=brought)
    assert "begins next Monday" in await met.ann.presses("Write the minutes")


async def test_a_room_that_is_not_read_has_minutes_as_well(met: Circle) -> None:
    await met.ann.asks("minutes", met.lounge, files=[vtt()])
    assert "begins next Monday" in await met.ann.presses("Write the minutes")


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        ([vtt("")], "empty"),
        ([vtt("\x00\x01\x02binary")], "no text"),
        ([vtt("just words, no cues")], "broken"),
        ([File("plan.txt", "text/plain", b"We met and talked.")], "kind=notes"),
        ([vtt(), vtt(name="other.vtt")], "one record at a time"),
        ([File("a.png", "image/png", b"\x89PNG\r\n\x1a\n")], "picture"),
    ],
)
async def test_what_can_not_be_a_record_is_told_in_one_sentence(
    met: Circle, files: list[File], answer: str
) -> None:
    assert answer in await met.ann.asks("minutes", met.hall, files=files)


async def test_who_may_not_ask_and_where_nobody_else_reads(met: Circle) -> None:
    assert "leaders" in await met.ben.asks("minutes", met.hall, files=[vtt()])
    direct = await met.platform.direct_room(met.ann.account.ref)
    assert "nobody else reads" in await met.ann.asks("minutes", direct, files=[vtt()])
    await met.ann.asks("minutes", met.hall, files=[vtt()])
    post = met.ann.answers()[-1]
    (choice,) = met.ann.buttons(post)
    other = await met.ben.says("Well.", met.hall)
    assert "belongs to whoever asked" in await met.ben.chooses(choice, other)
    for id in ("minutes:999", "speaker:1:99", "speaker:x:y"):
        assert "out of date" in await met.ann.chooses(id, post.ref)


async def test_names_with_markup_are_plain_text(met: Circle) -> None:
    record = File(
        "a.txt", "text/plain", b"@everyone: We decided to meet on Monday.\n**Bo**: I will."
    )
    asked = await met.ann.asks("minutes", met.hall, files=[record])
    assert "@everyone" in asked
    drafted = await met.ann.presses("Write the minutes")
    assert "We decided to meet on Monday. (@everyone)" in drafted


@pytest.fixture
async def small(data: Path) -> AsyncIterator[Circle]:
    async with Circle(data, platform=FakePlatform()) as circle:
        yield circle


async def test_the_day_of_a_long_record_stays_one(small: Circle) -> None:
    late = "[23:50:00] Ann: Hello, everybody.\n[29:59:59] Ann: I will call you tomorrow.\n" * 2
    record = File("a.txt", "text/plain", late.encode())
    await small.ann.asks("minutes on=2025-12-04", small.hall, files=[record])
    (promised,) = [line for line in (await newest(small)).lines if line.content["due"]][:1]
    assert date.fromisoformat(promised.content["due"]) == date(2025, 12, 5)


async def test_what_is_too_large_is_not_even_fetched(met: Circle) -> None:
    huge = Attachment("nowhere", "long.vtt", "text/vtt", 200_000_000)
    with pytest.raises(UnreadableResourceError) as raised:
        await met.agent.house.bringing.read(met.platform, huge)
    assert raised.value.advice.phrase == "error.unreadable_large"


async def test_who_leads_no_more_goes_on_with_no_minutes(met: Circle) -> None:
    await met.ann.asks("minutes", met.hall, files=[vtt()])
    asked = met.ann.answers()[-1]
    plain = replace(met.ann.account, is_leader=False)
    met.platform.network.accounts[plain.ref] = plain
    (write,) = met.ann.buttons(asked)
    (menu, *_) = menus(met.ann).values()
    for choice in (write, menu.id):
        await met.platform.presses(plain, choice, asked.ref)
        await met.settle()
        assert "Only leaders" in met.ann.answers()[-1].text
    assert len(met.ann.answers()) == met.ann.answers().index(asked) + 3
