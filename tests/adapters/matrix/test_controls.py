"""Offers and forms over real notes on disk, with what the agent is told and what people read."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from learncomm_agent.adapting.asking import Words
from learncomm_agent.adapting.notes import Notes
from learncomm_agent.chat.events import Chosen, Event, FormSent
from learncomm_agent.chat.forms import Choice, Field, FieldKind, Form
from learncomm_agent.chat.messages import MessageRef, Room, RoomKind, RoomRef
from learncomm_agent.chat.outgoing import Block, Choices, Menu, Receipt
from learncomm_agent.chat.people import Account, AccountRef, SpaceRef
from learncomm_agent.chat.plain import plain
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.testing.clock import ManualClock
from learncomm_agent.testing.world import OneForm
from learncomm_agent.words import Words as Sentences
from learncomm_matrix.controls.controls import Controls, Heard
from learncomm_matrix.controls.forms import Forms
from learncomm_matrix.controls.offers import Offers

SPACE = SpaceRef("matrix", "!s")
ROOM = Room(RoomRef(SPACE, "!r"), "Room")
DIRECT = Room(RoomRef(SPACE, "!d"), "Bob", RoomKind.DIRECT)
BOB = Account(AccountRef("matrix", "@bob:x"), "Bob")
FORM = Form("about:1", "About you", (Field("name", "Your name"), Field("wish", "Your wish")))
MENU = Menu("m", (Choice("t", "Tea"), Choice("c", "Coffee"), Choice("w", "Water")), at_most=2)
OPENS = Choices((Choice(FORM.id, FORM.title, opens_form=True),))
SENTENCES = Sentences()


def say(key: str, /, **values: object) -> str:
    return SENTENCES.phrase(key, language="en", **values)


class There:
    """A place with one member, whose direct talk is a list of texts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self.desk = folder, ManualClock(), OneForm(FORM)
        self.told: list[Event] = []
        self.said: list[str] = []
        self.reactions: list[str] = []
        self.tells = True
        """Whether we learn where our own posts stand."""

    async def start(self) -> None:
        self.notes = Notes(self.folder)
        await self.notes.load()
        self.offers = Offers(self.notes, say)
        words = Words.of([say])
        self.forms = Forms(
            self.notes, self.clock, self.desk, self, self.post, self.sink, say, words
        )
        self.controls = Controls(
            self.offers, self.forms, self.sink, self.post, say, Catalogue(()), self.reacted
        )

    async def offer(self, event: str, *blocks: Block, room: Room = ROOM) -> None:
        made = self.offers.made(blocks)
        assert made is not None
        await self.offers.keep(room.ref.id, event, made)

    async def hears(self, event: str, text: str, room: Room = DIRECT, **more: object) -> bool:
        return await self.controls.hear(Heard(room, BOB, event, text, **more))  # type: ignore[arg-type]

    async def sink(self, event: Event) -> None:
        self.told.append(event)

    async def post(self, account: AccountRef, blocks: Sequence[Block], key: str) -> Receipt | None:
        assert len(key) <= 25
        self.said.append(plain(blocks))
        return Receipt((MessageRef(DIRECT.ref, f"$said{len(self.said)}"),)) if self.tells else None

    async def reacted(self, room: Room, target: str, account: AccountRef) -> list[str]:
        return self.reactions

    def account(self, room: Room, ref: AccountRef) -> Account:
        return BOB

    def find(self, room: Room, kind: FieldKind, said: str) -> str | None:
        return None

    def room(self, space: SpaceRef, id: str) -> Room | None:
        return None


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[There]:
    made = There(tmp_path)
    await made.start()
    yield made
    await made.notes.close()


async def test_offers_are_answered_in_every_way_and_outlive_a_restart(there: There) -> None:
    await there.offer("$p", MENU)
    await there.offer("$q", Choices((Choice("yes", "Yes"), Choice("no", "No"))), room=DIRECT)
    await there.notes.close()
    await there.start()
    assert await there.hears("$1", "1, 3", ROOM, reply_to="$p")
    assert await there.hears("$2", "2", ROOM, is_called=True)
    assert await there.hears("$3", "no")
    there.reactions = ["1️⃣", "👍"]
    assert await there.controls.reacted(ROOM, BOB, "$4", "$p", "2️⃣")
    chosen = [(each.choice, each.values) for each in there.told if isinstance(each, Chosen)]
    assert chosen == [("m", ("t", "w")), ("m", ("c",)), ("no", ()), ("m", ("t", "c"))]


async def test_what_is_no_answer_goes_on(there: There) -> None:
    await there.offer("$p", MENU)
    assert not await there.hears("$1", "1", ROOM)
    assert not await there.hears("$2", "5")
    assert not await there.hears("$3", "Good idea", ROOM, reply_to="$p")
    assert not await there.hears("$4", "1", DIRECT, reply_to="$p"), "a post of another room"
    assert not await there.controls.reacted(ROOM, BOB, "$5", "$p", "👍")
    assert there.told == []
    assert await there.hears("$6", "7", ROOM, reply_to="$p")
    assert there.said == ["“7” is not among them. Please choose from 1–3."]


async def test_a_form_is_asked_sent_and_forgotten(there: There) -> None:
    await there.offer("$p", OPENS)
    assert await there.hears("$1", "1", ROOM, reply_to="$p")
    assert await there.hears("$2", "Bobby-secret")
    assert await there.controls.edited(BOB.ref, "$2", "Bob-secret", "$3")
    await there.notes.close()
    await there.start()
    assert await there.hears("$4", "More *books*")
    (sent,) = there.told
    assert isinstance(sent, FormSent)
    assert (sent.form, sent.room, dict(sent.values)) == (
        FORM.id,
        ROOM,
        {"name": "Bob-secret", "wish": "More *books*"},
    )
    assert there.said[0].startswith("1 of 2 · About you. Your name")
    assert not there.forms.is_open(BOB.ref)
    assert not await there.hears("$5", "Thanks")
    await there.notes.close()
    assert b"secret" not in b"".join(each.read_bytes() for each in there.folder.iterdir())


async def test_a_form_lapses_and_one_is_open_at_a_time(there: There) -> None:
    await there.forms.begin(ROOM, BOB, FORM.id, "$1")
    await there.forms.begin(ROOM, BOB, FORM.id, "$2")
    assert "still at" in there.said[-1]
    await there.clock.advance(timedelta(hours=1).total_seconds())
    await there.forms.lapse()
    assert "kept nothing" in there.said[-1]
    assert not there.forms.is_open(BOB.ref)


async def test_an_answer_to_another_post_is_not_the_forms(there: There) -> None:
    await there.offer("$p", Choices((Choice("yes", "Yes"), Choice("no", "No"))), room=DIRECT)
    await there.forms.begin(ROOM, BOB, FORM.id, "$1")
    await there.forms.begin(ROOM, BOB, FORM.id, "$2")
    assert await there.hears("$3", "2", reply_to="$p")
    assert [each.choice for each in there.told if isinstance(each, Chosen)] == ["no"]
    assert not await there.hears("$4", "And why?", reply_to="$p")
    assert not await there.hears("$5", "And why?", reply_to="$other")
    await there.notes.close()
    await there.start()
    assert await there.hears("$6", "Bob", reply_to="$said1"), "its question"
    assert not await there.hears("$7", "And why?", reply_to="$other")
    assert await there.hears("$8", "Books", reply_to="$said2"), "“We are still at it”"
    sent = there.told[-1]
    assert isinstance(sent, FormSent)
    assert dict(sent.values) == {"name": "Bob", "wish": "Books"}


async def test_where_our_posts_are_not_known_only_offers_are_answered_beside_a_form(
    there: There,
) -> None:
    there.tells = False
    await there.offer("$p", Choices((Choice("yes", "Yes"),)), room=DIRECT)
    await there.forms.begin(ROOM, BOB, FORM.id, "$1")
    assert await there.hears("$2", "1", reply_to="$p")
    assert isinstance(there.told[-1], Chosen)
    assert await there.hears("$3", "Bob", reply_to="$question")
    assert there.said[-1].startswith("2 of 2 · About you. Your wish")


async def test_a_number_is_checked_when_it_is_given(there: There) -> None:
    weeks = Field("weeks", "How many weeks?", FieldKind.NUMBER, minimum=2, maximum=26)
    there.desk.form_ = Form(FORM.id, "Book club", (weeks,))
    await there.forms.begin(ROOM, BOB, FORM.id, "$1")
    for event, said in (("$2", "some"), ("$3", "1"), ("$4", "6 and a half")):
        assert await there.hears(event, said)
        assert there.said[-1] == "I need a whole number here, from 2 to 26."
    assert there.told == []
    assert await there.hears("$5", "six weeks")
    assert isinstance(there.told[-1], FormSent)
    assert dict(there.told[-1].values) == {"weeks": "six weeks"}
