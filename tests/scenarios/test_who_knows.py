"""Who may know what the library does not: only who agreed, for what all readers may read, who can be asked."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.outgoing import Mention
from learncomm_agent.storage.schema import items, writings
from learncomm_agent.testing.community import Circle

VIOLIN = "I once learned the violin from a luthier's wife, she was very patient with me."
ASKED = "Who repairs a violin bow around here?"
NOTHING = "I found nothing on that"
NAMED = "You could ask somebody who may know:\n\n- Chloé, who wrote something near it: message"


@pytest.fixture
async def told(circle: Circle) -> Circle:
    """Chloé has spoken of violins in the hall, and has agreed to nothing yet."""
    await circle.chloe.says(VIOLIN, circle.hall)
    await circle.ben.says("Lovely! I would like to hear that one day, Chloé.", circle.hall)
    await circle.clock.advance(7200)
    await circle.settle()
    return circle


async def agrees(circle: Circle) -> None:
    assert "I may name you" in await circle.chloe.sends("me", circle.hall, naming="yes")


async def test_nobody_is_named_who_has_not_agreed(told: Circle) -> None:
    said = await told.ann.asks(ASKED, told.hall)
    assert said.startswith(NOTHING) and "Chloé" not in said
    assert "I don't name you" in await told.chloe.sends("me", told.hall)
    await told.chloe.presses("You may name me")
    assert "I may name you" in await told.chloe.sends("me", told.hall)
    said = await told.ann.asks(ASKED, told.hall)
    assert said.startswith(NOTHING) and NAMED in said
    post = told.ann.answers()[-1]
    spans = [s for b in post.blocks for item in getattr(b, "items", ()) for s in item]
    assert not [span for span in spans if isinstance(span, Mention)], "nobody is called by it"
    why = await told.ann.sends("why", told.hall)
    assert "I named one member who wrote or shared something near it and agreed" in why
    assert "Chloé" not in await told.chloe.asks(ASKED, told.hall), "who asks is not named"


@pytest.mark.parametrize("way", ["no", "button", "summaries_only", "out", "forget", "deleted"])
async def test_who_takes_it_back_is_taken_out_and_named_no_more(circle: Circle, way: str) -> None:
    message = await circle.chloe.says(VIOLIN, circle.hall)
    await circle.ben.says("Lovely! I would like to hear that one day.", circle.hall)
    await agrees(circle)
    await circle.ann.asks(ASKED, circle.hall)
    assert NAMED in circle.ann.answers()[-1].text
    chloe, hall = circle.chloe, circle.hall
    match way:
        case "no":
            await chloe.sends("me", hall, naming="no")
        case "button":
            await chloe.sends("me", hall)
            await chloe.presses("Don't name me")
        case "out":
            await chloe.sends("me", hall, consent="out")
            await chloe.presses("Yes, forget it")
        case "forget":
            await chloe.sends("forget", hall, source="me")
            await chloe.presses("Yes, forget it")
        case "deleted":
            await chloe.deletes(message)
        case _:
            await chloe.sends("me", hall, consent=way)
    await circle.settle()
    assert "Chloé" not in circle.ann.answers()[-1].text
    assert "Chloé" not in await circle.ann.asks(ASKED, hall)
    if way in {"summaries_only", "out"}:
        assert "is not to be found here" in await chloe.sends("me", hall, naming="yes")
        await chloe.sends("me", hall, consent="in")
        assert "I don't name you" in await chloe.sends("me", hall), "it is asked for anew"


async def test_what_stands_in_a_closed_room_names_nobody_to_others(circle: Circle) -> None:
    await circle.ben.says(VIOLIN, circle.den)
    await circle.ann.says("Lovely! I would like to hear that one day.", circle.den)
    await circle.ben.sends("me", circle.hall, naming="yes")
    assert "Ben" not in await circle.chloe.asks(ASKED, circle.hall)
    assert "Ben" not in await circle.ann.asks(ASKED, circle.hall), "the hall reads it, too"
    assert "- Ben, who wrote" in await circle.ann.sends("ask", circle.hall, question=ASKED)
    assert "- Ben, who wrote" in await circle.ann.asks(ASKED, circle.den)


async def test_who_can_not_be_asked_in_the_room_is_not_named_there(told: Circle) -> None:
    await agrees(told)
    assert "Chloé" not in await told.ann.asks(ASKED, told.den)
    direct = await told.platform.direct_room(told.ann.account.ref)
    assert "- Chloé, who wrote" in await told.ann.asks(ASKED, direct)
    told.platform.network.set_members(told.hall, [told.ann.account.ref, told.ben.account.ref])
    assert "Chloé" not in await told.ben.asks(ASKED, told.hall), "she has left the hall"


@pytest.mark.parametrize("way", ["deleted", "summaries_only", "out"])
async def test_a_sharer_is_named_with_what_they_shared_until_they_take_it_back(
    circle: Circle, way: str
) -> None:
    note = "Violin bows want rosin, and a luthier looks after the hair of the bow."
    sharing = await circle.ben.says(f"@learncomm share {note}", circle.hall)
    await circle.chloe.asks(f"share {note}", circle.hall)
    await circle.ben.sends("me", circle.hall, naming="yes")
    asked = "Which luthier in Vienna repairs a cello?"
    said = await circle.ann.asks(asked, circle.hall)
    assert "- Ben, who shared “Violin bows want rosin" in said, said
    assert "Chloé" not in said
    if way == "deleted":
        await circle.ben.deletes(sharing)
    else:
        await circle.ben.sends("me", circle.hall, consent=way)
        if way == "out":
            await circle.ben.presses("Yes, forget it")
    await circle.settle()
    assert "Ben" not in circle.ann.answers()[-1].text
    assert "Ben" not in await circle.ann.asks(asked, circle.hall)


async def test_three_are_named_at_most_and_no_others_counted(circle: Circle) -> None:
    people = [circle.person(name) for name in ("Dora", "Emil", "Fay", "Gus", "Hal")]
    for number, each in enumerate(people):
        await each.says(f"{VIOLIN} That was in the year {number}.", circle.hall)
        await each.sends("me", circle.hall, naming="yes")
    said = await circle.ann.asks(ASKED, circle.hall)
    assert said.count(", who wrote something near it") == 3
    assert "5" not in said and "2" not in said.replace("2. ", "")


async def test_the_question_is_put_to_all_by_the_same_button(told: Circle) -> None:
    await agrees(told)
    await told.ann.asks(ASKED, told.hall)
    assert f"Ann asks all of you:\n\n{ASKED}" in (await told.ann.presses("Ask the community"))
    rows = sa.select(writings.c.kind, items.c.section).join(items)
    kinds = await told.agent.house.database.read(lambda conn: conn.execute(rows).all())
    assert ("unanswered", "knowers") in [tuple(row) for row in kinds]
    with pytest.raises(LookupError):
        await told.ann.presses("Useful")


async def test_a_lost_connection_while_it_looks_who_can_be_asked_costs_nothing(
    told: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agrees(told)
    readable, chloe = told.platform.readable, told.chloe.account.ref

    async def lost(audience: object) -> object:
        if getattr(audience, "account", None) == chloe:
            told.platform.lose_connection()
        return await readable(audience)  # type: ignore[arg-type]

    monkeypatch.setattr(told.platform, "readable", lost)
    said = await told.ann.asks(ASKED, told.hall)
    assert "Chloé" not in said


async def test_a_name_full_of_signs_is_plain_text(data: Path) -> None:
    async with Circle(data) as circle:
        eve = circle.person("@everyone [x](https://evil.example) **")
        await eve.says(VIOLIN, circle.hall)
        await circle.ben.says("Lovely! I would like to hear that one day.", circle.hall)
        await eve.sends("me", circle.hall, naming="yes")
        await circle.ann.asks(ASKED, circle.hall)
        links = [
            span
            for block in circle.ann.answers()[-1].blocks
            for item in getattr(block, "items", ())
            for span in item
            if span.kind in {"link", "mention"}
        ]
        assert not links


async def test_it_is_said_in_german_too(data: Path) -> None:
    async with Circle(data, language="de") as circle:
        await circle.chloe.says(VIOLIN.replace("violin", "Geige"), circle.hall)
        await circle.ben.says("Schön! Das würde ich gern einmal hören.", circle.hall)
        said = await circle.chloe.sends("me", circle.hall, naming="yes")
        assert said.startswith("Danke.")
        said = await circle.ann.asks("Wer repariert eine Geige?", circle.hall)
        assert "Vielleicht weiß es jemand, den du fragen kannst:" in said
        assert "- Chloé hat etwas in der Nähe geschrieben:" in said


@pytest.mark.parametrize(
    ("language", "said", "asked", "named"),
    [
        ("en", "I glaze pots with ash from the oven, it gives a fine green.",
         "who has experience with ash glazing?", "You could ask somebody who may know:\n\n- Chloé"),
        ("de", "Ich habe im Sommer einen Brennofen für Holz gebaut, er steht im Garten.",
         "Wer kennt sich mit Brennöfen aus?", "den du fragen kannst:\n\n- Chloé"),
    ],
)  # fmt: skip
async def test_who_asks_for_people_is_offered_them_first(
    data: Path, language: str, said: str, asked: str, named: str
) -> None:
    async with Circle(data, language=language) as circle:
        await circle.chloe.says(said, circle.hall)
        await circle.ben.says(f"share {said}", circle.hall)
        await circle.chloe.sends("me", circle.hall, naming="yes")
        await circle.clock.advance(60)
        await circle.settle()
        told = await circle.ann.asks(asked, circle.hall)
        assert named in told and NOTHING not in told
        assert circle.ann.buttons(circle.ann.answers()[-1])
        await circle.chloe.sends("me", circle.hall, naming="no")
        assert "Chloé" not in circle.ann.answers()[-1].text
        assert named not in await circle.ann.asks(asked, circle.hall)
