"""Records of meetings: nobody else reads them before what is written from them, and what goes from them goes."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.commands import speaking
from learncomm_agent.storage import members, snapshots
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts, resources
from learncomm_agent.testing.community import Circle
from tests.commands.test_minutes import met as met
from tests.commands.test_minutes import newest, text_of, vtt
from tests.scenarios.test_drafts import DAY_S, community

NOTES = "Decisions\n- Zorblax goes in June.\n- Ben is not told yet."
WHO = 'minutes speaker="Speaker 2=none, Speaker 3=none"'
SAME = """WEBVTT

00:00:03.000 --> 00:00:08.000
<v Ben>I will write the minutes by Friday.

00:00:10.000 --> 00:00:20.000
<v Ann>I will write   the minutes by Friday.

00:00:30.000 --> 00:00:40.000
<v Ben>We decided that the reading group begins next Monday in the library.

00:00:41.000 --> 00:00:50.000
<v Ann>We decided that the reading group begins next Monday in the library.

00:00:51.000 --> 00:00:59.000
<v Ann>We   agreed that everybody brings a cup.
"""


async def dropped(circle: Circle) -> None:
    await circle.ann.presses("Drop the draft")
    await circle.ann.presses("Yes, drop it")


async def seen(circle: Circle, words: str) -> str:
    """Return what another member finds of a record, and sees of it in the list."""
    found = await circle.chloe.sends("search", circle.hall, query=words)
    return found + await circle.chloe.sends("resources", circle.hall)


async def held(circle: Circle) -> int:
    """Return how many records there are."""
    count = sa.select(sa.func.count()).where(
        sa.or_(resources.c.title == "standup", resources.c.source.startswith("minutes:"))
    )
    return await circle.agent.house.database.read(lambda conn: conn.execute(count).scalar_one())


async def test_notes_stay_with_who_took_them(met: Circle) -> None:
    drafted = await met.ann.sends("minutes", met.hall, notes=NOTES)
    assert "Zorblax" in drafted
    listed = await met.ann.sends("resources", met.hall)
    for words in ("told yet", "Notes of a meeting"):
        assert words not in await seen(met, "Zorblax June") + listed
    await met.ann.asks("draft strike 2", met.hall)
    await met.ann.presses("Publish")
    assert "Zorblax" in met.transcript(met.chloe, met.hall)
    assert "told yet" not in met.transcript(met.chloe, met.hall)
    number = (await newest(met)).header["record"]
    found = await seen(met, "Zorblax June") + await met.chloe.sends(
        "about", met.hall, source=f"#{number}"
    )
    assert "told yet" not in found
    assert "Notes of a meeting" not in found
    refused = await met.chloe.sends("forget", met.hall, source=f"#{number}")
    assert refused == await met.chloe.sends("forget", met.hall, source="#999")
    await met.ann.sends("forget", met.hall, source=f"#{number}")
    await met.ann.presses("Yes, forget it")
    assert await held(met) == 0
    assert "Zorblax" not in met.transcript(met.chloe, met.hall)


async def test_notes_go_with_the_draft(met: Circle) -> None:
    await met.ann.sends("minutes", met.hall, notes=NOTES)
    assert await held(met) == 1
    community = met.agent.community.id
    exported = await met.agent.house.database.read(
        lambda conn: snapshots.resource_rows(conn, community)
    )
    assert "Notes of a meeting" not in str(exported)
    await dropped(met)
    assert await held(met) == 0


async def test_leaders_see_at_their_desk_what_was_written_from_notes(data: Path) -> None:
    async with community(data) as leaders:
        await leaders.ann.sends("setup", leaders.hall, desk=leaders.desk.id)
        await leaders.ann.sends("minutes", leaders.hall, notes=NOTES)
        assert "Zorblax" in leaders.draft(leaders.dora).text


async def test_a_record_from_which_nothing_is_written_goes(data: Path) -> None:
    async with community(data) as leaders:
        await leaders.ben.says("Good morning.", leaders.hall)
        await leaders.ann.asks("minutes", leaders.hall, files=[vtt()])
        await leaders.ann.sends("minutes", leaders.hall, notes=NOTES)
        await leaders.sleeps(6 * DAY_S)
        assert await held(leaders) == 2
        await leaders.sleeps(2 * DAY_S)
        assert await held(leaders) == 1
        assert "Zorblax" in str((await newest(leaders)).lines)


async def test_a_transcript_is_shared_with_what_was_written_from_it(met: Circle) -> None:
    await met.ann.asks(WHO, met.hall, files=[vtt()])
    assert "standup" not in await seen(met, "invitation by Friday")
    await met.ann.presses("Publish")
    assert "standup" in await seen(met, "invitation by Friday")


async def test_a_transcript_goes_with_the_last_draft_of_it(met: Circle) -> None:
    await met.ann.asks(WHO, met.hall, files=[vtt()])
    await met.ann.asks(WHO, met.hall, files=[vtt()])
    await dropped(met)
    assert await held(met) == 1
    first = (await newest(met)).id - 1
    await met.ann.sends("draft", met.hall, number=str(first))
    await dropped(met)
    assert await held(met) == 0


async def test_a_transcript_that_is_shared_as_well_stays(met: Circle) -> None:
    await met.ann.asks(WHO, met.hall, files=[vtt()])
    await met.ann.says("@learncomm share", met.hall, files=[vtt()])
    await dropped(met)
    assert "standup" in await seen(met, "invitation by Friday")


async def test_a_record_writes_over_no_other(met: Circle) -> None:
    await met.ann.asks(WHO, met.hall, files=[vtt()])
    await met.ann.presses("Publish")
    before = await newest(met)
    await met.ann.asks("minutes", met.hall, files=[vtt(SAME)])
    assert (await newest(met)).header["record"] != before.header["record"]
    assert "invitation" in await text_of(met, before.header["record"])
    assert "write the minutes" not in await seen(met, "write the minutes")


async def test_lines_of_a_speaker_go_though_others_said_the_same(met: Circle) -> None:
    await met.ann.asks("minutes", met.hall, files=[vtt(SAME)])
    said = {(line.content["speaker"]) for line in (await newest(met)).lines}
    assert "Ben" in said
    await met.ben.sends("me", met.hall, consent="out")
    await met.ben.presses("Yes, forget it")
    summary = await newest(met)
    assert "Ben" not in {line.content["speaker"] for line in summary.lines}
    whole = await text_of(met, summary.header["record"])
    assert any("cup" in line.content["text"] for line in summary.lines)
    for line in summary.lines:
        for each in line.evidence:
            assert whole[each.start : each.end].split() == each.quote.split()


@pytest.mark.parametrize("after", ["_by_name", "record_of"])
async def test_words_that_go_meanwhile_do_not_come_back(
    met: Circle, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    """Ben decides whenever a leader's command has just read what is known."""
    house, community = met.agent.house, met.agent.community.id
    read = getattr(speaking, after)

    def withdraw(conn: Connection) -> None:
        who = sa.select(accounts.c.member_id).where(accounts.c.name == "Ben")
        ben = MemberId(conn.execute(who).scalar_one())
        members.set_consent(conn, ben, Consent.SUMMARIES_ONLY)
        house.forgetting.withdraw(conn, community, ben)

    async def meanwhile(*args: Any) -> Any:
        found = await read(*args)
        await house.database.write(withdraw)
        return found

    await met.chloe.sends("me", met.hall, consent="summaries_only")
    monkeypatch.setattr(speaking, after, meanwhile)
    await met.ann.asks('minutes speaker="Speaker 3=Chloé"', met.hall, files=[vtt()])
    number = (await newest(met, "record")).lines[0].evidence[0].resource or 0
    assert "begins next Monday" in await text_of(met, number)
    assert "invitation" not in await text_of(met, number)
    assert "cake" not in await text_of(met, number)
