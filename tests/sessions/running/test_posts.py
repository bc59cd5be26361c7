"""What a session says: to whom, with what, once, and without what was forgotten."""

from datetime import timedelta
from typing import TypeVar

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.capabilities import Capabilities, Level
from learncomm_agent.chat.outgoing import File, Listing, Mention, Menu, Span, Time
from learncomm_agent.sessions.effects import Control, Pick, Saying, Settle
from learncomm_agent.sessions.effects import Post as Wished
from learncomm_agent.sessions.events import Entered, Event, Forgotten, Joined
from learncomm_agent.sessions.playbook import Stage
from learncomm_agent.sessions.scene import LEAD, ROOM, Scene, member
from learncomm_agent.storage import writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema_sessions import session_writings
from learncomm_agent.storage.schema_writing import proposals
from learncomm_agent.storage.writings import Writing
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.network import Post
from tests.sessions.running.conftest import (
    HEARS,
    begin,
    does,
    happens,
    heard,
    ids,
    script,
    state,
    texts,
)

DAYS = 24 * 3600
S = TypeVar("S", bound=Span)
INVITATION = Stage(
    "announce",
    "invitation",
    {"joins": True, "for": 3 * DAYS, "pins": True},
    {
        "say": "# {{ title }}\n\nWe read **together**, led by {{ lead }}.\n\n- It ends on {{ ends }}\n- All are welcome"
    },
)
THANKS = Stage("wait", "thanks", {"for": 60}, {"say": "Thanks to all {{ joined }} of you."})


def spans(post: Post, kind: type[S]) -> list[S]:
    found: list[Span] = []
    for block in post.blocks:
        if isinstance(block, Listing):
            found += [span for item in block.items for span in item]
        else:
            found += getattr(block, "spans", ())
    return [each for each in found if isinstance(each, kind)]


async def test_an_invitation_has_its_looks_its_button_and_its_pin_and_stays_one(
    circle: Circle,
) -> None:
    await begin(circle, INVITATION, THANKS)
    (post,) = circle.ben.seen_in(circle.hall)
    assert post.is_pinned
    assert post.text.startswith("Book club\n\nWe read together, led by Ann.\n\n- It ends on ")
    assert [each.account for each in spans(post, Mention)] == [circle.ann.account.ref]
    (ends,) = spans(post, Time)
    assert ends.at == circle.clock.now() + timedelta(days=3)
    assert list(circle.ben.buttons(post)) == ["s:1:join"]
    await circle.clock.advance(3 * DAYS)
    await circle.settle()
    assert texts(circle.ben, circle.hall)[1:] == ["Thanks to all 0 of you."]


async def test_where_there_are_no_buttons_it_says_what_to_write(circle: Circle) -> None:
    circle.platform.can = Capabilities(edits=Level.FULL)
    await begin(circle, INVITATION)
    (post,) = circle.ben.seen_in(circle.hall)
    assert "“session join”" in post.text
    assert "led by Ann" in post.text


@does
def whisper(scene: Scene) -> None:
    ben = max(scene.session.people)
    scene.post(member(ben), scene.say("say"))
    scene.post(LEAD, scene.phrase("session.resumed_all"))


@pytest.mark.parametrize("way", ["direct", "none"])
async def test_a_private_post_is_private_or_not_at_all(circle: Circle, way: str) -> None:
    if way == "none":
        circle.platform.can = Capabilities(edits=Level.FULL)
    people = await ids(circle)
    stay = Stage("announce", "stay", {"for": DAYS, "joins": True}, {"say": "Hello."})
    id = await begin(circle, stay, script("whisper", say="Your turn, {{ lead }} asks."))
    await happens(circle, id, Joined(people["Ben"]))
    await circle.clock.advance(DAYS)
    await circle.settle()
    seen = [post for post in circle.platform.posts if "Your turn" in post.text]
    assert (await state(circle, id)).standing is not None
    if way == "none":
        assert seen == []
        return
    (post,) = seen
    assert post in circle.ben.answers()
    assert post not in circle.chloe.answers()
    assert post not in circle.ann.answers()
    assert any("goes on" in each.text for each in circle.ann.answers())
    assert len(texts(circle.ben, circle.hall)) == 1


@does
def ballot(scene: Scene) -> None:
    """Wait for what is put in; see `listed`."""


def listed(scene: Scene, event: Event) -> None:
    """Take entries; from the third on, show them all with a list to pick from."""
    if not isinstance(event, Entered):
        return
    scene.put("nomination", event.text, by=event.member, message=event.message)
    entries = scene.entries()
    if len(entries) < 3:
        return
    scene.data["post"] = scene.post(
        ROOM,
        scene.say("say", first={"entry": entries[0].id}, who={"member": entries[0].by}),
        shows=entries,
        notes={str(entries[0].id): {"member": entries[0].by}, str(entries[1].id): 2},
        controls=(Control("enter", "session.control.join", opens_form=True),),
        pick=Pick("vote", tuple(each.id for each in entries), "session.control.join", 2),
    )


HEARS["ballot"] = listed


async def ballot_of(circle: Circle) -> tuple[int, Post]:
    people = await ids(circle)
    id = await begin(
        circle, script("ballot", say="The first was {{ first }}, of {{ who }}. Choose.")
    )
    message = await circle.chloe.says("How about Moby Dick", circle.hall)
    said = (await heard(circle, id, "said"))[-1]
    await happens(circle, id, Entered(people["Ben"], "**Middlemarch** {{ lead }}\n\n# x"))
    await happens(circle, id, Entered(None, "Anonymous tales"))
    await happens(circle, id, Entered(people["Chloé"], "Moby Dick", message=_row(said)))
    assert message
    return id, circle.ann.seen_in(circle.hall)[-1]


def _row(said: list[object]) -> int:
    remark = said[3]
    assert isinstance(remark, dict)
    return int(remark["message"])


async def test_entries_stand_as_members_wrote_them_and_can_be_picked(circle: Circle) -> None:
    _, post = await ballot_of(circle)
    assert post.text.startswith(
        "The first was **Middlemarch** {{ lead }}, of Ben. Choose.\n\n"
        "1. **Middlemarch** {{ lead }} # x (Ben)\n2. Anonymous tales (2)\n3. Moby Dick"
    )
    assert [each.account for each in spans(post, Mention)] == [circle.ben.account.ref]  # once
    (menu,) = [block for block in post.blocks if isinstance(block, Menu)]
    assert menu.id == "s:1:vote"
    assert menu.at_most == 2
    assert [each.label[:2] for each in menu.options] == ["1.", "2.", "3."]
    assert {each.id for each in menu.options} == {str(each) for each in range(1, 4)}


@pytest.mark.parametrize("who", ["Ben", "Chloé", "her message"])
async def test_what_is_forgotten_goes_from_the_post_and_the_numbers_stay(
    circle: Circle, who: str
) -> None:
    _, post = await ballot_of(circle)
    if who == "her message":
        (said,) = [
            each for each in circle.platform.network.posts.values() if "How about" in each.text
        ]
        await circle.chloe.deletes(said.ref)
    else:
        person = circle.ben if who == "Ben" else circle.chloe
        await person.sends("forget", circle.hall, source="me")
        await person.presses("Yes, forget it")
    shown = circle.platform.network.post(post.ref).text
    if who == "Ben":
        assert "Middlemarch" not in shown
        assert "The first was (taken back), of somebody. Choose." in shown
        assert "2. Anonymous tales (2)\n3. Moby Dick" in shown
    else:
        assert "Moby Dick" not in shown
        assert "Middlemarch" in shown


async def test_an_entry_rests_on_its_message_and_one_of_a_form_on_its_member(
    circle: Circle,
) -> None:
    id, _ = await ballot_of(circle)
    people, house = await ids(circle), circle.agent.house
    message = _row((await heard(circle, id, "said"))[-1])

    def read(conn: Connection) -> tuple[Writing | None, dict[int, int]]:
        (written,) = conn.execute(sa.select(session_writings.c.writing_id)).scalars()
        owned = conn.execute(sa.select(proposals.c.item_id, proposals.c.member_id)).all()
        return writings.get(conn, written, circle.agent.community.id), {
            row.item_id: row.member_id for row in owned
        }

    writing, owned = await house.database.read(read)
    assert writing is not None
    held = {
        line.content.get("text", line.content.get("name")): (
            [(each.message, each.quote) for each in line.evidence],
            owned.get(line.id),
        )
        for line in writing.lines
    }
    assert held == {
        "**Middlemarch** {{ lead }}\n\n# x": ([], people["Ben"]),
        "Anonymous tales": ([], None),
        "Moby Dick": ([(message, "Moby Dick")], None),
        "Ben": ([], people["Ben"]),
    }


async def test_what_is_forgotten_while_it_is_written_is_not_written(circle: Circle) -> None:
    people = await ids(circle)
    id = await begin(circle, script("ballot", say="Choose."))
    await happens(circle, id, Entered(people["Ben"], "Quetzalcoatlus"))
    house = circle.agent.house
    row, session = await house.database.read(lambda conn: house.sessions.get(conn, id))
    (entry,) = session.entries
    post = Wished(
        99, ROOM, (Saying(text="Choose {{ it }}", values={"it": {"entry": entry}}),), (entry,)
    )
    commit = await house.carriers["post"].carry(row, session, post)
    assert commit is not None
    await happens(circle, id, Forgotten(people["Ben"]))
    await house.database.write(commit)
    await circle.settle()
    (said,) = texts(circle.ann, circle.hall)
    assert said == "Choose (taken back)"


@does
def settled(scene: Scene) -> None:
    scene.data["post"] = scene.post(
        ROOM, scene.say("say"), controls=(Control("join", "session.control.join"),)
    )


def settle(scene: Scene, event: Event) -> None:
    scene.do(Settle(scene.number(), scene.data["post"]))


HEARS["settled"] = settle


async def test_a_settled_post_loses_its_button(circle: Circle) -> None:
    people = await ids(circle)
    id = await begin(circle, script("settled", say="Press here."))
    (post,) = circle.ben.seen_in(circle.hall)
    assert circle.ben.buttons(post)
    await happens(circle, id, Joined(people["Ben"]))
    (post,) = circle.ben.seen_in(circle.hall)
    assert (post.text, circle.ben.buttons(post)) == ("Press here.", {})


@does
def at_night(scene: Scene) -> None:
    scene.post(LEAD, scene.say("say"), is_humane=True)


async def test_a_word_in_private_waits_for_the_morning(circle: Circle) -> None:
    await circle.clock.advance(12.5 * 3600)  # half past nine in the evening
    await begin(circle, script("at_night", say="A word."), zone="UTC")
    assert circle.ann.answers() == []
    await circle.clock.advance(10.4 * 3600)
    await circle.settle()
    assert circle.ann.answers() == []
    await circle.clock.advance(0.2 * 3600)
    await circle.settle()
    assert [post.text for post in circle.ann.answers()] == ["A word."]


@does
def dated(scene: Scene) -> None:
    at = (scene.now + timedelta(days=1)).isoformat()
    scene.remember("meetings", [{"id": "1", "at": at, "minutes": 90, "sequence": 2}])
    scene.post(ROOM, scene.say("say"), file="calendar")


async def test_the_calendar_goes_with_the_post(circle: Circle) -> None:
    await begin(circle, script("dated", say="We meet {{ meeting }}."))
    (post,) = circle.ben.seen_in(circle.hall)
    (file,) = [block for block in post.blocks if isinstance(block, File)]
    assert (file.name, file.media_type) == ("meetings.ics", "text/calendar")
    content = file.content.decode()
    assert "SUMMARY:Book club\r\n" in content
    assert "DTSTART:20260106T090000Z" in content
    assert "DTEND:20260106T103000Z" in content
    assert "SEQUENCE:2" in content
    assert [each.at.hour for each in spans(post, Time)] == [9]


@does
def broken(scene: Scene) -> None:
    scene.post(ROOM, scene.say("safe"))
    scene.post(ROOM, scene.say("say"))
    scene.post(ROOM, scene.phrase("session.no_such_phrase"))


async def test_words_that_do_not_render_are_said_otherwise(
    circle: Circle, caplog: pytest.LogCaptureFixture
) -> None:
    await begin(circle, script("broken", safe="Now {{ nobody_knows.this }}", say="{% if %}"))
    said = texts(circle.ben, circle.hall)
    assert len(said) == 3
    assert "goes on" in said[0]
    assert not any("{" in each for each in said)
    assert "'nobody_knows' is undefined" in caplog.text


@does
def nothing(scene: Scene) -> None:
    scene.post(ROOM, scene.say("say"))
    scene.post(member(999), scene.phrase("session.resumed_all"))
    scene.post(ROOM, scene.phrase("session.resumed_all"))


async def test_no_words_are_no_post_and_nobody_is_no_obstacle(circle: Circle) -> None:
    await begin(circle, script("nothing"))
    assert len(circle.platform.posts) == 1


async def test_while_the_platform_is_away_all_waits_and_comes_once(circle: Circle) -> None:
    circle.platform.disconnect()
    await begin(circle, INVITATION)
    assert circle.platform.posts == []
    circle.platform.reconnect()
    await circle.clock.advance(60)
    await circle.settle()
    (post,) = circle.platform.posts
    assert post.is_pinned


async def test_a_sentence_names_what_was_suggested_by_its_title(circle: Circle) -> None:
    people = await ids(circle)
    id = await begin(circle, script("ballot", say="First was “{{ first }}”, of {{ who }}."))
    text = "Salt, a History. Long, but one can skip a chapter."
    await happens(circle, id, Entered(people["Ben"], text))
    await happens(circle, id, Entered(None, "Anonymous tales"))
    await happens(circle, id, Entered(people["Chloé"], "Moby Dick"))
    post = circle.ann.seen_in(circle.hall)[-1]
    assert post.text.startswith(f"First was “Salt, a History”, of Ben.\n\n1. {text} (Ben)")
