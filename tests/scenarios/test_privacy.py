"""Who is shown what: rooms, private answers, consent, buttons."""

import re

import pytest
import sqlalchemy as sa

from learncomm_agent.storage.due import dead_letters
from learncomm_agent.storage.messages import State
from learncomm_agent.storage.schema import messages
from learncomm_agent.testing.community import Circle

SECRET = "The treasurer hides the marzipan behind the atlas."
PROBES = ("marzipan", "where does the treasurer hide the marzipan?", "atlas treasurer hides")


async def kept(circle: Circle) -> list[tuple[str, str]]:
    """Return state and text of all messages that are kept."""
    rows = sa.select(messages.c.state, messages.c.text)
    return await circle.agent.house.database.read(
        lambda conn: [(row[0], row[1]) for row in conn.execute(rows)]
    )


def ageless(text: str) -> str:
    """Return a list without how long ago each thing was added."""
    return re.sub(r"added .*", "", text)


async def test_what_was_shared_in_a_private_room_never_reaches_another_room(
    either: Circle,
) -> None:
    here = either
    ann, ben, chloe = here.ann, here.ben, here.chloe
    before = await chloe.sends("resources", here.hall)
    await ben.asks(f"share {SECRET}", here.den)

    for probe in PROBES:
        for command, option in (("search", "query"), ("ask", "question"), ("questions", "about")):
            await chloe.sends(command, here.hall, **{option: probe})
            await ben.asks(f"{command} {probe}", here.hall)
            await ann.asks(f"{command} {probe}", here.hall)
    await chloe.asks("forget treasurer hides", here.hall)
    await ben.asks("resources marzipan", here.hall)
    await chloe.asks("why", here.hall)
    assert "marzipan behind" not in here.transcript(chloe)
    assert "marzipan behind" not in here.transcript(ben, here.hall)
    assert ageless(await chloe.sends("resources", here.hall)) == ageless(before)

    for command, option in (("search", "query"), ("ask", "question")):
        answer = await ben.sends(command, here.hall, **{option: PROBES[1]})
        assert "marzipan behind the atlas" in answer, "its own members may see it, in private"
    assert "marzipan behind the atlas" in await ann.asks(PROBES[1], here.den)
    assert "marzipan behind" not in here.transcript(chloe)


async def test_show_the_room_searches_again_for_the_eyes_of_the_room(circle: Circle) -> None:
    ben, chloe, hall, den = circle.ben, circle.chloe, circle.hall, circle.den
    await ben.asks(f"share {SECRET}", den)
    await chloe.asks("share The marzipan recipe stands in the blue book.", hall)

    private = await ben.sends("search", hall, query="marzipan")
    assert "behind the atlas" in private
    assert "blue book" in private
    assert private not in circle.transcript(chloe)

    public = await ben.presses("Show the room")
    assert "behind the atlas" not in public
    assert "blue book" in public
    assert public in circle.transcript(chloe, hall)


async def test_show_the_room_says_nothing_of_what_only_the_asker_may_see(circle: Circle) -> None:
    await circle.ben.asks(f"share {SECRET}", circle.den)
    assert "behind the atlas" in await circle.ben.sends("ask", circle.hall, question=PROBES[1])
    await circle.ben.presses("Show the room")
    assert "atlas" not in circle.transcript(circle.chloe)


async def test_answers_by_command_are_for_the_asker_alone(circle: Circle) -> None:
    ben, chloe, hall = circle.ben, circle.chloe, circle.hall
    for command, values in (
        ("search", {"query": "newcomers"}),
        ("ask", {"question": "how do we welcome newcomers?"}),
        ("resources", {}),
        ("help", {}),
        ("me", {}),
        ("why", {}),
    ):
        assert await ben.sends(command, hall, **values), command
    assert circle.transcript(chloe) == ""


async def test_a_private_answer_by_mention_comes_as_a_direct_message(circle: Circle) -> None:
    answer = await circle.ben.asks("me", circle.hall)
    assert answer.startswith("This is what I keep of you:\n\n- one message\n")
    assert answer not in circle.transcript(circle.ben, circle.hall)
    assert answer not in circle.transcript(circle.chloe)


async def test_a_member_who_opts_out_leaves_id_and_time_alone(circle: Circle) -> None:
    ann, ben, hall = circle.ann, circle.ben, circle.hall
    await ben.says("I will paint the fence by Friday.", hall)
    await ben.asks("share Fence paint dries in six hours.", hall)
    await ann.asks("summary", hall)
    assert "paint the fence" in ann.answers()[-1].text

    asked = await ben.sends("me", hall, consent="out")
    assert asked.startswith("Shall I forget all that you have written and shared here until now")
    assert "That would go: 2 messages, " in asked
    assert "paint the fence" in ann.answers()[-1].text
    assert "Good, it stays." in await ben.presses("No, keep it")
    await ben.sends("me", hall)
    await ben.presses("Keep nothing")
    assert "paint the fence" in ann.answers()[-1].text
    done = await ben.presses("Yes, forget it")
    assert done.startswith("Done. From now on I keep nothing of what you write.\n\nIt is gone:")
    assert "2 messages, " in done and "one thing in the library" in done
    assert "paint the fence" not in ann.answers()[-1].text
    assert "found nothing" in await ann.sends("search", hall, query="fence paint dries")

    await circle.chloe.says("I will water the garden on Monday.", hall)
    late = await ben.says("I will also paint the gate tomorrow.", hall)
    await ben.edits(late, "I will also paint the roof tomorrow.")
    summary = await ann.asks("summary", hall)
    assert "paint" not in summary
    assert "by members who opted out" in summary
    texts = [text for state, text in await kept(circle) if state == State.COUNTED]
    assert texts == [""] * len(texts)
    assert not any("paint" in text for _, text in await kept(circle))
    assert "You opted out" in await ben.sends("why", hall)


async def test_a_member_who_allows_summaries_only_is_summed_up_and_never_shared(
    circle: Circle,
) -> None:
    ann, ben, chloe, hall = circle.ann, circle.ben, circle.chloe, circle.hall
    assert "summaries only" in await ben.sends("me", hall, consent="summaries only")
    said = await ben.says("I will paint the fence by Friday.", hall)
    assert "does not want it in the library" in await chloe.asks(f"share message={said.id}", hall)
    assert "paint the fence" in await ann.asks("summary", hall)
    assert "for summaries only" in await ben.sends("why", hall)


async def test_a_room_that_is_not_read_is_answered_and_not_kept(circle: Circle) -> None:
    ann, ben, lounge = circle.ann, circle.ben, circle.lounge
    await ben.says("I will paint the fence by Friday.", lounge)
    assert "buddy" in await ben.asks("what does a buddy do?", lounge)
    assert "no record to sum up" in await ann.asks("summary", lounge)
    assert "I don't read this room" in await ben.sends("why", lounge)
    assert await kept(circle) == []


async def test_what_is_said_in_a_direct_talk_stays_there(circle: Circle) -> None:
    ben = circle.ben
    talk = await circle.platform.direct_room(ben.account.ref)
    await ben.says("share Cobalt is my secret colour.", talk)
    assert "Cobalt is my secret colour" in await ben.sends("search", talk, query="cobalt")
    for room in (circle.hall, circle.den):
        assert "secret colour" not in await circle.chloe.sends("search", room, query="cobalt")
        assert "secret colour" not in await circle.ann.asks("search cobalt", room)
    assert [text for _, text in await kept(circle) if "Cobalt" in text] == []


async def test_a_button_belongs_to_whoever_asked(circle: Circle) -> None:
    ben, chloe, hall = circle.ben, circle.chloe, circle.hall
    await ben.asks("xylographic zebra quadrature?", hall)
    post = ben.answers()[-1]
    (choice,) = ben.buttons(post)
    said = await chloe.chooses(choice, post.ref)
    assert said == "That button belongs to whoever asked. You can ask the same thing yourself."
    assert said not in circle.transcript(ben)


MADE_UP = (
    *("show:999999", "useful:0", "forget:", "forget:12345", "show:١٢", "keep", "", ":", "x" * 200),
    *("consent:emperor", "show:-1", "show:1 OR 1=1", f"ask_community:{9**30}"),
)


async def test_a_button_that_is_out_of_date_or_made_up_gets_a_kind_sentence(
    circle: Circle, subtests: pytest.Subtests
) -> None:
    await circle.ben.asks("resources", circle.hall)
    post = circle.ben.answers()[-1]
    for choice in MADE_UP:
        with subtests.test(choice=choice):
            assert await circle.ben.chooses(choice, post.ref) in {
                "That button is out of date. Please ask again.",
                "That is gone already.",
                "Good, it stays.",
            }


async def test_only_a_search_or_an_answer_can_be_shown_again(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    await ben.asks("questions newcomers", hall)
    for what in ("show", "ask_community"):
        for id in range(1, 4):
            said = await ben.chooses(f"{what}:{id}", ben.answers()[-1].ref)
            assert "out of date" in said


async def test_a_leader_forgets_by_button_only_what_they_may_see(circle: Circle) -> None:
    talk = await circle.platform.direct_room(circle.ben.account.ref)
    await circle.ben.says("share Cobalt is my secret colour.", talk)
    await circle.ann.asks("resources", circle.hall)
    for id in range(1, 40):
        await circle.ann.chooses(f"forget:{id}", circle.ann.answers()[-1].ref)
    assert "Cobalt is my secret colour" in await circle.ben.sends("search", talk, query="cobalt")


async def test_a_summary_is_for_leaders(circle: Circle) -> None:
    await circle.ben.says("I will paint the fence by Friday.", circle.hall)
    said = await circle.ben.asks("summary", circle.hall)
    assert said == "Only leaders can ask for that. A leader of this community can help you."


async def test_a_member_who_wants_german_gets_german(circle: Circle) -> None:
    ben, hall = circle.ben, circle.hall
    assert (
        await ben.sends("me", hall, language="de") == "Gut, ich antworte dir ab jetzt auf Deutsch."
    )
    assert (await ben.sends("help", hall)).startswith("Darum kannst du mich bitten")
    assert "Dazu habe ich nichts gefunden" in await ben.asks("search xylograph", hall)
    assert "This is what you can ask me" in await circle.chloe.sends("help", hall)
    assert (
        await ben.sends("me", hall, language="en") == "Good, I answer you in English from now on."
    )


@pytest.mark.parametrize("how", ["for all", "alone", "in a direct talk"])
@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "open"])
async def test_what_waits_to_be_sent_holds_what_its_readers_may_read_then(
    circle: Circle, how: str, is_closed: bool
) -> None:
    """Written and planned; then the room of its evidence is closed to some, before it is sent."""
    some = () if how == "for all" else (circle.ben, circle.chloe)
    cellar = circle.room("cellar", *some)
    await circle.ben.asks("share The budget of the choir is 40 gold coins a year.", cellar)
    direct = await circle.platform.direct_room(circle.chloe.account.ref)
    before = {post.ref for post in circle.chloe.answers()}
    circle.platform.lose_connection(times=60)
    if how == "alone":
        await circle.chloe.sends("ask", circle.hall, question="what is the budget of the choir?")
    else:
        room = circle.hall if how == "for all" else direct
        await circle.chloe.says("@learncomm what is the budget of the choir?", room)
    assert {post.ref for post in circle.chloe.answers()} == before, "it waits"

    if is_closed:
        circle.platform.network.set_members(cellar, [circle.ben.account.ref])
    circle.platform._faults.clear()
    for _ in range(8):
        await circle.clock.advance(700)
        await circle.settle()
    said = "\n".join(post.text for post in circle.chloe.answers() if post.ref not in before)
    assert ("40 gold coins" in said) is not is_closed
    assert ("gone from here" in said) is is_closed
    assert await circle.agent.house.database.read(dead_letters) == []
