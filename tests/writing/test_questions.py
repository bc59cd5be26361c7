"""The questions of a room: new in words and in meaning, on its goal, on what it left open, and no secrets."""

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import RoomId, RoomRef
from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.errors import NotFoundError
from learncomm_agent.library.meaning import Meaning
from learncomm_agent.library.resources import Passage
from learncomm_agent.library.search import Query
from learncomm_agent.storage import drafts, edits, goals, left_open, members, messages, rooms
from learncomm_agent.storage import writings as stored
from learncomm_agent.storage.chroma import ChromaFolder
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.schema import accounts
from learncomm_agent.storage.vectors import Vectors
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.testing.community import Circle
from learncomm_agent.testing.embedder import HashingEmbedder
from learncomm_agent.writing.items import ItemKind, Method, Question, QuestionSet
from learncomm_agent.writing.keeping import question_lines
from learncomm_agent.writing.novelty import Novelty
from learncomm_agent.writing.questions import Questions
from learncomm_agent.writing.writer import Brief

OPEN = "Who could invite the author of the book?"
ARGUED = "I don't think that rewards help with creative work."
NOTE = (
    "Newcomers should find a partner in their first week, because alone they stay quiet. A partner "
    "answers the small questions that nobody asks in a meeting. Partners often become friends."
)


class Hall:
    """A circle in which a summary of the hall can be written, with lines as a test wants them."""

    def __init__(self, circle: Circle) -> None:
        self.circle = circle
        self.house = circle.agent.house
        self.community = circle.agent.community

    async def id(self, room: RoomRef) -> RoomId:
        return (await self.house.database.read(lambda conn: rooms.find(conn, [room])))[room]

    async def summed_up(
        self, text: str, room: RoomRef, *, said_in: RoomRef | None = None, **changes: Any
    ) -> int:
        """Have Ben say something, and keep a summary in a room that says it was left open."""
        where = said_in or room
        ref = await self.circle.ben.says(text, where)
        here, there = await self.id(room), await self.id(where)

        def keep(conn: Connection) -> int:
            message = messages.find(conn, there, ref.id)
            assert message is not None
            held = Evidence(text, message.revision, message=message.id)
            values: dict[str, Any] = {
                "community": self.community.id,
                "kind": "summary",
                "room": here,
                "member": None,
                "is_private": False,
                "request": {},
                "header": {"title": "What was said"},
                "trace": {},
                "lines": (Line(ItemKind.OPEN_QUESTION, {"text": text}, (held,)),),
            }
            return stored.add(conn, Writing(**(values | changes)), self.circle.clock.now())

        return await self.house.database.write(keep)

    async def open(self, *readable: RoomRef, room: RoomRef | None = None) -> list[str]:
        """Return what was left open, for readers of some rooms."""
        ids = Readable(frozenset([await self.id(each) for each in readable]))
        here = None if room is None else await self.id(room)
        community = self.community.id
        found = await self.house.database.read(
            lambda conn: left_open.newest(conn, community, ids, room=here)
        )
        return [each.text for each in found]

    async def write(self, text: str, *readable: RoomRef, **how: Any) -> QuestionSet:
        ids = Readable(frozenset([await self.id(each) for each in readable]))
        query = Query(text, self.community.id, ids)
        return await self.house.questions.write(query, Brief(self.community, "en"), **how)

    async def keep(self, asked: QuestionSet, room: RoomRef) -> int:
        """Keep questions as asked in a room."""
        writing = Writing(
            community=self.community.id,
            kind="questions",
            room=await self.id(room),
            member=None,
            is_private=False,
            request={},
            header={},
            trace={},
            lines=question_lines(asked),
        )
        now = self.circle.clock.now()
        return await self.house.database.write(lambda conn: stored.add(conn, writing, now))


def member(conn: Connection, name: str) -> MemberId:
    named = sa.select(accounts.c.member_id).where(accounts.c.name == name)
    return MemberId(conn.execute(named).scalar_one())


@pytest.fixture
async def hall(data: Path) -> AsyncIterator[Hall]:
    async with Circle(data) as circle:
        for room in (circle.hall, circle.den):
            await circle.ann.says("Welcome.", room)  # a room is known once somebody speaks
        yield Hall(circle)


async def test_questions_start_from_what_this_room_left_open_and_are_not_asked_again(
    hall: Hall,
) -> None:
    circle = hall.circle
    with pytest.raises(NotFoundError) as refused:
        await hall.write("", circle.hall, count=3, left_open=True)
    assert refused.value.advice.phrase == "questions.nothing_open"
    await hall.summed_up(OPEN, circle.hall)
    first = await hall.write("", circle.hall, count=3, left_open=True)
    assert len(first) == 3
    assert all(f"“{OPEN}”" in each.text for each in first)
    assert all(each.evidence.said and each.quote == OPEN for each in first)
    await hall.keep(first, circle.hall)
    again = await hall.write("", circle.hall, count=3, left_open=True)
    assert not {each.text for each in first} & {each.text for each in again}


async def test_only_what_readers_may_read_was_left_open(hall: Hall) -> None:
    circle = hall.circle
    await hall.summed_up("What shall we do in the den?", circle.den)
    await hall.summed_up("What did they say there?", circle.hall, said_in=circle.den)
    await hall.summed_up("What is told in the den of the hall?", circle.den, said_in=circle.hall)
    await hall.summed_up("What is mine alone?", circle.hall, is_private=True)
    await hall.summed_up("What was decided, then?", circle.hall, kind="minutes")
    await hall.summed_up(OPEN, circle.hall)
    assert await hall.open(circle.hall) == [OPEN]
    both = await hall.open(circle.hall, circle.den, room=circle.den)
    told = ["What is told in the den of the hall?", "What shall we do in the den?"]
    assert both == [*told, OPEN, "What did they say there?"]  # that of the room itself comes first
    newest = [OPEN, told[0], "What did they say there?", told[1]]
    assert await hall.open(circle.hall, circle.den) == newest
    assert await hall.open() == []


async def test_a_line_on_several_messages_comes_once_and_with_nobodys_words_who_keeps_them(
    hall: Hall,
) -> None:
    circle, database = hall.circle, hall.house.database
    refs = [
        await circle.ben.says(OPEN, circle.hall),
        await circle.chloe.says(f"{OPEN} I wonder, too.", circle.hall),
    ]
    here = await hall.id(circle.hall)

    def held(conn: Connection) -> tuple[Evidence, ...]:
        found = [messages.find(conn, here, ref.id) for ref in refs]
        return tuple(Evidence(OPEN, each.revision, message=each.id) for each in found if each)

    both = Line(ItemKind.OPEN_QUESTION, {"text": "Who invites?"}, await database.read(held))
    for _ in range(2):
        await hall.summed_up(OPEN, circle.hall, lines=(both,))
    assert await hall.open(circle.hall) == ["Who invites?", "Who invites?"]

    def reserve(conn: Connection) -> None:
        members.set_consent(conn, member(conn, "Chloé"), Consent.SUMMARIES_ONLY)

    await database.write(reserve)
    assert await hall.open(circle.hall) == []


async def test_drafts_and_struck_lines_are_not_open_and_edited_ones_say_the_new_text(
    hall: Hall,
) -> None:
    circle, database = hall.circle, hall.house.database
    now = circle.clock.now()
    draft = await hall.summed_up("What waits for its leader?", circle.hall)
    done = await hall.summed_up(OPEN, circle.hall)
    community = hall.community.id

    def hold(conn: Connection) -> None:
        for writing in (draft, done):
            drafts.add(conn, writing, community, None, now)

    await database.write(hold)
    assert await hall.open(circle.hall) == []

    def publish(conn: Connection) -> None:
        ann = member(conn, "Ann")
        drafts.decide(conn, done, drafts.State.PUBLISHED, ann, now)
        found = stored.get(conn, done, community)
        assert found is not None
        edits.rewrite(conn, found.lines[0].id, "Who invites her?", ann, now)

    await database.write(publish)
    assert await hall.open(circle.hall) == ["Who invites her?"]

    def strike(conn: Connection) -> None:
        ann = member(conn, "Ann")
        found = stored.get(conn, done, community)
        assert found is not None
        edits.strike(conn, [found.lines[0].id], ann, now)

    await database.write(strike)
    assert await hall.open(circle.hall) == []


async def test_who_is_read_for_summaries_alone_is_asked_about_by_nobody(hall: Hall) -> None:
    await hall.summed_up(OPEN, hall.circle.hall)

    def reserve(conn: Connection) -> None:
        members.set_consent(conn, member(conn, "Ben"), Consent.SUMMARIES_ONLY)

    await hall.house.database.write(reserve)
    assert await hall.open(hall.circle.hall) == []


async def test_the_goal_of_a_community_is_kept_and_one_of_this_time_goes_before(hall: Hall) -> None:
    circle, community = hall.circle, hall.community.id
    note = circle.agent.house
    await circle.agent.add(await _file(circle, NOTE))
    now = circle.clock.now()
    await note.database.write(lambda conn: goals.keep(conn, community, " welcome everybody ", now))
    kept = await hall.write("partners", count=6)
    assert any("our goal, “welcome everybody”" in each.text for each in kept)
    once = await hall.write("partners", count=6, goal="write a guide")
    texts = " ".join(each.text for each in once)
    assert "“write a guide”" in texts
    assert "welcome everybody" not in texts


async def _file(circle: Circle, text: str) -> Path:
    path = Path(str(circle.agent.house.database.path)).parent / "partners.md"
    path.write_text(f"# Partners\n\n{text}\n", encoding="utf-8")
    return path


def of(texts: list[str], passage: Passage) -> list[Question]:
    return [Question(text, "act", passage, passage.text[:9]) for text in texts]


async def test_what_means_the_same_is_left_out_and_texts_are_embedded_once(
    passage: Callable[..., Passage], tmp_path: Path
) -> None:
    embedder = HashingEmbedder()
    meaning = Meaning(lambda: embedder, lambda model: Vectors(ChromaFolder(tmp_path), model))
    here, novelty = passage(NOTE), Novelty(meaning)
    seen = frozenset({"What would partners change for newcomers?", "Which book comes next?"})
    written = of(
        [
            "For newcomers, what would a partner change?",
            "How could we find quiet rooms for reading?",
            "How could we find a quiet room for reading?",
            "What would newcomers change for partners?",
        ],
        here,
    )
    assert await novelty.new(written, seen) == tuple(written)  # it is not loaded yet
    await meaning.load()
    for _ in range(2):
        kept = await novelty.new(written, seen)
        assert [each.text for each in kept] == [written[1].text]
    assert embedder.texts == len(written) + len(seen)
    assert await Novelty(None).new(written, seen) == tuple(written)
    await meaning.close()


class Parrot:
    """A writer that asks what it is told to, unless it was asked before."""

    def __init__(self, texts: list[str], passage: Passage, method: Method) -> None:
        self.texts, self.passage, self.method = texts, passage, method
        self.calls = 0

    async def questions(
        self, passages: Sequence[Passage], brief: Brief, *, count: int, seen: frozenset[str]
    ) -> QuestionSet:
        self.calls += 1
        left = [text for text in self.texts if text not in seen]
        return QuestionSet(tuple(of(left, self.passage)[:count]), self.method)

    async def answer(self, *_: object) -> Any: ...

    async def summary(self, *_: object) -> Any: ...


@pytest.mark.parametrize(
    ("method", "calls", "count"), [(Method.EXTRACTED, 2, 2), (Method.MODEL, 1, 1)]
)
async def test_without_a_model_others_take_the_place_of_what_means_the_same(
    method: Method, calls: int, count: int, hall: Hall, tmp_path: Path
) -> None:
    circle, house = hall.circle, hall.house
    await circle.agent.add(await _file(circle, NOTE))
    await circle.settle()
    here = (await circle.agent.find("partners")).passages[0]
    before = of(["What would partners change for newcomers?"], here)
    await hall.keep(QuestionSet(tuple(before)), circle.hall)
    texts = [
        "For newcomers, what would a partner change?",
        "Which room is quiet?",
        "How do friends find a book?",
    ]
    parrot = Parrot(texts, here, method)
    meaning = Meaning(HashingEmbedder, lambda model: Vectors(ChromaFolder(tmp_path), model))
    await meaning.load()
    ours = Questions(house.database, house.search, parrot, meaning)
    query = Query("partners", hall.community.id, Readable(frozenset([await hall.id(circle.hall)])))
    found = await ours.write(query, Brief(hall.community, "en"), count=2)
    await meaning.close()
    assert [each.text for each in found] == texts[1 : 1 + count]
    assert (parrot.calls, found.dropped) == (calls, 1)
    assert found.why_dropped == {"repeated": 1}
