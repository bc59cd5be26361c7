"""What a community does with its agent, told so that it can be played on any chat with choices and forms."""

import ast
import inspect
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Protocol

from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import File
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.commands import controls
from learncomm_agent.storage.retention_rules import KINDS
from learncomm_agent.testing.web import FakeWeb
from learncomm_agent.testing.world import World

NOTE = "The kestrel of the old mill nests in the tower. It comes back every April."
RECORD = b"""WEBVTT

00:00:03.000 --> 00:00:08.000
<v Ada>Welcome to the evening at the pond, everybody.

00:00:09.000 --> 00:00:20.000
<v Speaker 2>We decided that Ada begins with the heron.
"""
LONG = File(
    "ponds.md",
    "text/markdown",
    "\n\n".join(
        f"## Pond {n}\n\n" + f"Pond number {n} lies behind hill {n}. " * 40 for n in range(1, 5)
    ).encode(),
)
RSS = (
    "<rss version='2.0'><channel><title>Pond news</title><item><title>Frogs</title>"
    "<guid isPermaLink='false'>1</guid><description>The frogs are back.</description>"
    "</item></channel></rss>"
)


class Stage(Protocol):
    """A room with Ada, who leads, Ben, Chloé and the agent; all that is said back is returned."""

    room: RoomRef
    used: set[str]

    @property
    def world(self) -> World: ...

    @property
    def web(self) -> FakeWeb: ...

    def member(self, who: str) -> AccountRef: ...

    def named(self, what: str) -> object: ...

    async def opens_room(self, name: str, *who: str) -> RoomRef: ...

    async def writes(self, who: str, text: str) -> MessageRef: ...

    async def calls(
        self, who: str, command: str, what: str = "", *, file: File | None = None
    ) -> str: ...

    async def asks(self, who: str, command: str, /, **options: object) -> str: ...

    async def asks_on(self, who: str, entry: str, message: MessageRef) -> str: ...

    async def mentions(self, who: str, text: str) -> str: ...

    async def presses(self, who: str, label: str) -> str: ...

    async def selects(self, who: str, prompt: str, label: str) -> str: ...

    def menu(self, message: MessageRef) -> tuple[str, list[str]]: ...

    async def picks(self, who: str, menu: str, message: MessageRef, *values: str) -> str: ...

    async def fills_in(self, who: str, command: str, /, **values: object) -> str: ...

    async def fills_in_by(self, who: str, label: str, /, **values: object) -> str: ...

    async def fills_in_on(
        self, who: str, choice: str, message: MessageRef, /, **values: object
    ) -> str: ...

    async def newest(self, who: str, text: str) -> MessageRef: ...

    async def shown(self, who: str) -> dict[str, str]: ...

    async def passes(self, span: timedelta) -> None: ...


Story = Callable[[Any], Awaitable[None]]


async def finding(stage: Stage) -> None:
    """Ben shares, Chloé finds, opens and reads on."""
    assert "can be found now" in await stage.calls("Ben", "share", file=LONG)
    assert "Pond number 2" in await stage.calls("Chloé", "search", "pond number 2 behind hill 2")
    assert "Pond number 2" in await stage.presses("Chloé", "1")
    assert "Pond number" in await stage.presses("Chloé", "Read on")
    assert "Shared by Ben" in await stage.presses("Chloé", "About it")
    assert "Pond number" in await stage.calls("Chloé", "open", "1")
    assert "ponds" in await stage.calls("Chloé", "resources")
    assert "Shared by Ben" in await stage.calls("Chloé", "about", "ponds.md")


async def answering(stage: Stage) -> None:
    """An answer is judged, explained and kept; a question that none answers goes to the community."""
    await stage.calls("Ben", "share", NOTE)
    assert "tower" in await stage.calls(
        "Ada", "ask", "in which tower of the old mill nests the kestrel?"
    )
    assert "your leader" in await stage.presses("Ada", "Not right")
    assert "good to know" in await stage.presses("Ada", "Useful")
    assert "in the library now" in await stage.presses("Ada", "Keep in library")
    assert "tower" in await stage.calls("Ada", "why")
    assert "tower" in await stage.mentions(
        "Ben", "in which tower of the old mill nests the kestrel?"
    )
    answer = (await stage.world.seen_by(stage.member("Ben"), stage.room))[-1]
    assert "tower" in await stage.asks_on("Ben", "Why this answer?", answer.ref)
    await stage.presses("Ada", "Useful")
    assert "in the library now" in await stage.calls("Ada", "keep")
    assert "found nothing" in await stage.calls("Chloé", "ask", "who bakes marzipan?")
    assert "Chloé asks all of you" in await stage.presses("Chloé", "Ask the community")


async def going_on(stage: Stage) -> None:
    """A question goes on from the one before; who may know is named, once they have agreed to it."""
    await stage.calls("Ben", "share", "The kestrel of the old mill nests in the tower in April.")
    await stage.calls("Ben", "share", "Young kestrels of the old mill learn to fly in June.")
    assert "Ben said: The kestrel" in await stage.mentions("Ada", "When does the kestrel nest?")
    said = await stage.mentions("Ada", "And what about young ones?")
    assert "going on from “When does the kestrel nest?”" in said and "in June" in said
    asked = "Which ornithologist rings a kestrel?"
    assert "Ben" not in await stage.calls("Chloé", "ask", asked)
    assert "I don't name you" in await stage.calls("Ben", "me")
    assert "I may name you" in await stage.presses("Ben", "You may name me")
    said = await stage.calls("Chloé", "ask", asked)
    assert "somebody who may know" in said and "Ben, who shared" in said
    assert "Chloé asks all of you" in await stage.presses("Chloé", "Ask the community")


async def seeing_more(stage: Stage) -> None:
    """Whoever asks before others is told alone that there is more for them, and sees it alone; what all may read goes to the room."""
    hall = stage.room
    await stage.calls("Ben", "share", NOTE)
    stage.room = await stage.opens_room("den", "Ben")
    await stage.calls("Ben", "share", "The kestrel of the mill has four young.")
    stage.room = hall
    assert "There is more" in await stage.mentions("Ben", "search kestrel")
    assert "four young" in await stage.presses("Ben", "Show me alone")
    assert "Ben looked for" in await stage.presses("Ben", "Show the room")
    assert "four young" not in str(await stage.shown("Chloé"))


async def talking(stage: Stage) -> None:
    """What was said becomes questions and a summary; somebody is thanked, a message goes into the library."""
    await stage.calls("Ben", "share", NOTE)
    assert "To discuss" in await stage.calls("Ben", "questions", "kestrel")
    first = await stage.writes("Ben", "We agreed on chapter three for Thursday.")
    await stage.writes("Chloé", "I will bring the opening question.")
    assert "chapter three" in await stage.calls("Ada", "summary")
    assert "chapter three" in await stage.asks_on("Ada", "Summarise from here", first)
    assert "can be found now" in await stage.asks_on("Chloé", "Add to library", first)
    assert "thanks" in await stage.asks_on("Ada", "Thank for this", first)
    said = await stage.asks("Ada", "thank", who=stage.named("Chloé"), why="the tea")
    assert "thanks" in said


async def choosing(stage: Stage) -> None:
    """Members choose questions from a list and add one in a form; nobody sees whose it is."""
    await stage.calls("Ada", "questions", "book club")
    assert "posting it in hall" in await stage.presses("Ada", "Let members vote")
    ballot = await stage.newest("Ben", "Vote: book club")
    vote, numbers = stage.menu(ballot)
    said = await stage.picks("Ben", vote, ballot, *numbers[:2])
    assert f"for {' and '.join(numbers[:2])}," in said
    assert said not in str(await stage.shown("Chloé"))
    said = await stage.fills_in_on("Chloé", "vote", ballot, add="Where would you begin?")
    assert "as number" in said
    assert "Where would you begin?" in str(await stage.shown("Ben"))
    assert "from a member" not in str(await stage.shown("Ben"))
    assert "What you would like to discuss" in await stage.asks("Ada", "vote", choice="close")
    shown = str(await stage.shown("Ben"))
    assert "Where would you begin? (from a member)" in shown and "This vote is over" in shown


async def approving(stage: Stage) -> None:
    """A draft comes to the leaders' room: lines are put otherwise and struck, and what is left is published."""
    hall = stage.room
    desk = await stage.opens_room("leaders", "Ada")
    assert "leaders" in await stage.asks("Ada", "setup", desk=stage.named("leaders"))
    await stage.writes("Ben", "We agreed on chapter three for Thursday.")
    await stage.writes("Chloé", "I will bring the opening question.")
    assert "The draft is in leaders: 2 lines" in await stage.calls("Ada", "summary")
    stage.room = desk
    line = "1. We agreed on chapter three for Thursday."
    assert "Line 1 reads: “We agreed" in await stage.selects("Ada", "Edit a line", line)
    said = await stage.fills_in_by("Ada", "Edit line 1", text="Chapter three, @everyone.")
    assert "Line 1 reads now: “Chapter three, @everyone.”" in said
    line = "2. Chloé: I will bring the opening question."
    assert "Line 2 is left out." in await stage.selects("Ada", "Strike lines", line)
    assert "Left out: Chloé" in str(await stage.shown("Ada"))
    assert "taken back" in await stage.presses("Ada", "Undo")
    await stage.presses("Ada", "Drop the draft")
    assert "stays" in await stage.presses("Ada", "No, keep it")
    assert "posting it in hall now: 2 lines" in await stage.presses("Ada", "Publish")
    assert "is published in hall" in str(await stage.shown("Ada"))
    stage.room = hall
    shown = str(await stage.shown("Chloé"))
    assert "Chapter three" in shown and "One line was edited by a leader." in shown
    post = (await stage.world.seen_by(stage.member("Chloé"), hall))[-1]
    assert not post.calls
    await stage.calls("Ada", "summary")
    stage.room = desk
    assert "One draft is waiting" in await stage.asks("Ada", "draft")
    await stage.presses("Ada", "Drop the draft")
    assert "is dropped" in await stage.presses("Ada", "Yes, drop it")


async def forgetting(stage: Stage) -> None:
    """What was shared or said is taken out, each after a question whether that is meant."""
    for note in (NOTE, f"{NOTE} It comes back.", "A heron stands in the pond."):
        await stage.calls("Ben", "share", note)
    assert "for good" in await stage.calls("Ben", "forget", "heron")
    assert "stays" in await stage.presses("Ben", "No, keep it")
    await stage.calls("Ben", "forget", "heron")
    assert "It is gone" in await stage.presses("Ben", "Yes, forget it")
    assert "Which one" in await stage.calls("Ben", "forget", "kestrel")
    assert "for good" in await stage.presses("Ben", "1")
    said = await stage.writes("Ben", "The gate squeaks.")
    assert "for good" in await stage.calls("Ada", "forget", f"message:{said.id}")
    assert "It is gone" in await stage.presses("Ada", "Yes, forget it")
    assert "hall" in await stage.calls("Ada", "forget", "room:hall")
    assert "It is gone" in await stage.presses("Ada", "Yes, forget it")
    await stage.writes("Ben", "The gate squeaks again.")
    assert "all that you have written" in await stage.calls("Ben", "forget", "me")
    assert "It is gone" in await stage.presses("Ben", "Yes, forget it")
    await stage.writes("Ben", "And again.")
    assert "message" in await stage.asks("Ben", "me")
    assert "summaries only" in await stage.presses("Ben", "Sum up only")
    assert "keep nothing" in await stage.asks("Ben", "me", consent="out")
    assert "keep nothing" in await stage.presses("Ben", "Yes, forget it")


async def linking(stage: Stage) -> None:
    """A code for another platform is told to one person alone; here there is nothing to take apart."""
    said = await stage.asks("Ben", "link")
    assert "Your code is" in said and "show it to nobody" in said
    assert "Your code is" not in str(await stage.shown("Ada"))
    assert "doesn't work" in await stage.asks("Ada", "link", code="ABCDE-23456")
    assert "isn't linked" in await stage.asks("Ben", "link", code="off")


async def meeting(stage: Stage) -> None:
    """A meeting by voice is summed up from its record, or from notes; who was away catches up."""
    await stage.writes("Ben", "I am off to the pond.")
    said = await stage.asks("Ada", "minutes", file=("standup.vtt", RECORD))
    assert "I know Ada" in said
    said = await stage.selects("Ada", "Who is Speaker 2?", "Ben")
    assert "Ada begins with the heron. (Ben, at 0" in said
    await stage.asks("Ada", "minutes", file=("evening.vtt", RECORD.replace(b"heron", b"stork")))
    assert "(Speaker 2, at 0" in await stage.presses("Ada", "Write the minutes")
    said = await stage.asks("Ada", "minutes", notes="We decided to feed the ducks.")
    assert "from the notes of Ada" in said
    await stage.writes("Chloé", "We decided that we meet on Tuesdays. Ben, can you bring tea?")
    caught_up = await stage.asks("Ben", "missed")
    assert "Ben, can you bring tea?" in caught_up
    assert "What you missed" not in str(await stage.shown("Chloé"))


async def learning(stage: Stage) -> None:
    """A leader plans a session and lets it begin; members join by a button and put in what is asked for."""
    said = await stage.calls("Ada", "playbooks", "book-club")
    assert "How it goes" in said and "Which book" in said
    said = await stage.fills_in_by("Ada", "Start it here", weeks="3")
    assert "is planned. Only you see this" in said and "3 [weeks]" in said
    assert "That is changed." in await stage.fills_in_by("Ada", "Change answers (1)", weeks="2")
    assert "is planned" not in str(await stage.shown("Ben"))
    assert "has begun" in await stage.presses("Ada", "Begin")
    assert "You listen in" in await stage.fills_in_by("Chloé", "Join", mode=["listen"])
    assert "How nice" in await stage.calls("Ben", "session", "join")
    await stage.calls("Ada", "session", "next")
    assert "on the list" in await stage.fills_in_by("Ben", "Suggest something", text="The Old Mill")
    assert "Now: everyone suggests" in await stage.calls("Chloé", "session", "status")
    assert "Now: everyone suggests" in await stage.calls("Chloé", "catchup")
    await stage.calls("Ada", "session", "end")
    assert "to an end" in await stage.presses("Ada", "Yes, end it now")
    assert "ends here" in str(await stage.shown("Chloé"))


async def speaking_up(stage: Stage) -> None:
    """Members write without a name, answer a pulse and rate a session; the leader reads what may be told."""
    await stage.writes("Chloé", "Good morning, kestrels.")
    assert "at least 3" in await stage.asks("Ada", "pulse", least=3)
    written = "The kestrel evenings are too long."
    said = await stage.fills_in("Ben", "feedback", kind=["leaders"], what=written)
    assert "can't be shown to you" in said and "in the box" in said
    await stage.asks("Ada", "pulse", what="ask How did you fare?")
    for who, score in (("Ada", 4), ("Ben", 4), ("Chloé", 3)):
        assert "Nobody else sees your answer" in await answered(stage, who, PULSE, score)
    await stage.calls("Ada", "session", "start recognition lasts: 4 days")
    assert "has begun" in await stage.calls("Ada", "session", "go")
    for who in ("Ada", "Ben", "Chloé"):
        await stage.calls(who, "session", "join")
    await stage.passes(timedelta(days=3))
    await stage.calls("Ben", "session", "add Chloé, thank you for the tea.")
    await stage.calls("Ada", "session", "end")
    await stage.presses("Ada", "Yes, end it now")
    await stage.passes(timedelta(minutes=15))
    for who, score in (("Ada", 5), ("Ben", 4), ("Chloé", 4)):
        assert "Nobody else sees your answer" in await answered(stage, who, RATED, score)
    said = await stage.fills_in_by("Ben", "One line more", text="Begin with a round.")
    assert "can't be found again as yours" in said
    await stage.passes(timedelta(days=9))
    assert written not in str(await stage.shown("Ada"))
    assert "Rather high; 3 answered" in await stage.presses("Ada", "Show what came of it")
    assert "Begin with a round." in await stage.presses("Ada", "Show the ratings")
    assert written in await stage.presses("Ada", "Show what waits")
    assert "with your answer" in await stage.fills_in_by("Ada", "Answer", text="We end at nine.")
    there = str(await stage.shown("Chloé"))
    assert written in there and "We end at nine." in there


async def telling_others(stage: Stage) -> None:
    """A room gets a digest of its week, a member one of their own; a summary goes on a page for others."""
    await stage.writes("Ben", "We decided to look for the kestrel at the pond every Monday.")
    await stage.mentions("Chloé", "Which cormorant dives deepest of all?")
    assert "Draft" in await stage.asks("Ada", "summary") + str(await stage.shown("Ada"))
    assert "the pond every Monday" in await stage.presses("Ada", "Publish")
    assert "the pond every Monday" in await stage.calls("Ben", "digest")
    assert "You get the first one on" in await stage.presses("Ben", "Send me this every week")
    assert "no more digests" in await stage.presses("Ben", "No more digests")
    await stage.calls("Ben", "share", "The cormorant of the pond dives for carp, and deep.")
    assert "the first time on" in await stage.calls("Ada", "digest", "room Monday 9:00")
    offered = re.search(r"(\d+): What was said", await stage.calls("Ada", "publish"))
    assert offered is not None
    said = await stage.presses("Ada", f"Put {offered[1]} on the page")
    assert "Anyone with the address" in said
    assert "in a moment" in await stage.presses("Ada", "Yes, publish")
    await stage.passes(timedelta(days=8))
    assert "the pond every Monday" in str(await stage.shown("Chloé"))
    assert "cormorant" in await stage.presses("Ada", "Make it the next question")


PULSE = ("Not at all", "A little", "So-so", "Quite", "Very much")
RATED = (
    "It gave me nothing",
    "It gave me little",
    "It was all right",
    "It was good",
    "It was very good",
)


async def answered(stage: Stage, who: str, labels: tuple[str, ...], score: int) -> str:
    """Answer by a button, or alone with the agent where others would see which one it is."""
    alone = "Answer, for me alone"
    if alone in str(await stage.shown(who)):
        return await stage.fills_in_by(who, alone, score=[str(score)])
    return await stage.presses(who, labels[score - 1])


async def growing(stage: Stage) -> None:
    """A member sets a goal that others learn of once they share it; a leader makes a path of it; thanks are told weekly."""
    await stage.writes("Ben", "Good morning, kestrels.")
    said = await stage.asks("Ben", "goals", what="add I want to learn how to count kestrels")
    assert "I keep your goal 1" in said
    assert "I keep your goal" not in str(await stage.shown("Chloé"))
    await stage.asks("Ben", "goals")
    assert "I keep your goal 2" in await stage.fills_in_by("Ben", "Add a goal", goal="learn Dutch")
    assert "let go" in await stage.asks("Ben", "goals", what="drop 2")
    assert "count kestrels" in await stage.asks("Ben", "goals", what="1")
    await stage.presses("Ben", "Share it")
    assert "Ben wants to learn something" in str(await stage.shown("Chloé"))
    assert "Learning path" in await stage.presses("Ada", "Start a learning path")
    assert "Every week" in await stage.asks("Ada", "thank", weekly="Friday 16:00")
    assert "Nobody can thank you" in await stage.asks("Ada", "me", thanks="no")


async def promising(stage: Stage) -> None:
    """What was promised is asked about, done by a button, and shown with what came of it; a decision is looked at again."""
    said = await stage.writes("Ben", "I'll bring the heron cake by Friday.")
    await stage.writes("Chloé", "Somebody should count the ducks.")
    await stage.writes(
        "Ada", "We decided to meet at the pond. Let us look at it again in two weeks."
    )
    await stage.calls("Ada", "summary")
    assert "posting it" in await stage.presses("Ada", "Publish")
    await stage.passes(timedelta(minutes=25))
    assert "heron cake" in await stage.presses("Ben", "Yes, I do it")
    moved = await stage.fills_in_by("Ben", "Another date", by="in three weeks")
    assert "heron cake" in moved and "now" in moved
    assert "What came of it" in await stage.presses("Ben", "Done")
    kept = await stage.fills_in_by("Ben", "What came of it?", result="https://example.org/cake")
    assert "Good to see" in kept
    assert "To do" in await stage.asks_on("Chloé", "Make this an action item", said)
    assert "You do it" in await stage.presses("Ada", "I do it")
    assert "heron cake" in await stage.calls("Chloé", "actions", "ours")
    assert "meet at the pond" in await stage.calls("Chloé", "decisions")
    await stage.passes(timedelta(days=15))
    assert "stays as it is" in await stage.presses("Ada", "Keep it")


async def letting_go(stage: Stage) -> None:
    """What is kept of one is taken along and erased; leaders choose how long things stay, and read what was done."""
    await stage.writes("Ben", "The gate squeaks.")
    assert "message" in await stage.asks("Ben", "me")
    assert "Here is everything" in await stage.presses("Ben", "Export")
    assert "others may share it" in await stage.asks("Ben", "optout")
    everything = dict.fromkeys(KINDS, "900")
    assert "nothing would go" in await stage.asks("Ada", "retention", **everything)
    assert "From today on" in await stage.presses("Ada", "Yes, from today on")
    await stage.asks("Ada", "retention", messages="400", thanks="400", goals="none")
    await stage.presses("Ada", "Yes, from today on")
    assert "how long things are kept · messages: 400 days" in await stage.asks("Ada", "audit")
    assert "page 2 of 2" in await stage.presses("Ada", "Older")
    assert "can't be undone" in await stage.asks("Ben", "me", what="erase")
    assert "It is gone" in await stage.presses("Ben", "Yes, erase everything")


async def meeting_somebody(stage: Stage) -> None:
    """Two say what they can help with and want to learn, are brought together, and one of them stops."""
    assert "In two minutes" in await stage.asks("Ben", "profile")
    said = await stage.fills_in_by("Ben", "Tell about me", offers="counting kestrels", hours="Sat")
    assert "help with: counting kestrels" in said and "Sat all day" in said
    said = await stage.fills_in_by("Ben", "Time zone, people to avoid", timezone="Europe/Berlin")
    assert "Sat all day (Europe/Berlin)" in said
    said = await stage.asks("Chloé", "profile", what="wants to count a kestrel")
    assert "learn: to count a kestrel" in said and "counting" not in said
    await stage.presses("Chloé", "Take a break")
    assert "Good to have you back" in await stage.asks("Chloé", "profile", what="resume")
    await stage.asks("Ada", "session", what="start mentorship-round topic: birds")
    await stage.presses("Ada", "Begin")
    for who in ("Ben", "Chloé"):
        await stage.asks(who, "session", what="join")
    await stage.asks("Ada", "session", what="next")
    proposal = str(await stage.shown("Ada"))
    assert "can help with “counting kestrels”" in proposal
    assert "can help with “" not in str(await stage.shown("Chloé"))
    await stage.presses("Ada", "Begin like this")
    assert "Match again" in proposal or "session again" in proposal
    assert "have left your pair" in await stage.asks("Ben", "profile", what="leave")
    assert "have forgotten" in await stage.asks("Ben", "profile", what="forget")


async def looking_back(stage: Stage) -> None:
    """A leader reads how the community learns, has it sent every Monday, and ends that; nobody else sees it."""
    await stage.writes("Ben", "Where does the heron of the pond sleep in winter?")
    await stage.mentions("Chloé", "Which cormorant dives deepest of all?")
    said = await stage.asks("Ada", "letter")
    assert "small circle" in said and "For yourself:" in said
    assert "Which cormorant dives deepest of all?" in said
    assert "no figures yet" in await stage.asks("Ada", "letter", what="table")
    assert "You get the first letter on" in await stage.presses("Ada", "Send it every Monday")
    await stage.passes(timedelta(days=8))
    assert "no more letters" in await stage.presses("Ada", "No more letters")
    assert "small circle" not in str(await stage.shown("Chloé"))


async def keeping_quiet(stage: Stage) -> None:
    """Chloé sees what may come unasked, has less of it, then none."""
    await stage.writes("Chloé", "Good morning, everyone.")
    assert "at most 4 times" in await stage.asks("Chloé", "reminders")
    changed = await stage.fills_in_by("Chloé", "How often and when", most="2", hours="10-17")
    assert "at most 2 times" in changed and "between 10:00 and 17:00" in changed
    assert "Stopped" in await stage.asks("Chloé", "reminders", what="stop drafts")
    assert "I write nothing to you unasked" in await stage.presses("Chloé", "Stop all of it")
    assert "may come again" in await stage.presses("Chloé", "Start again")
    assert "unasked" not in str(await stage.shown("Ben"))


STORIES: dict[Story, str] = {
    keeping_quiet: "reminders control:reminders",
    looking_back: "letter control:letter",
    meeting_somebody: "profile session control:profile control:s",
    letting_go: "me optout retention audit control:me control:retain control:audit control:erase_me",
    promising: """
        summary actions decisions menu:actions control:publish control:act control:review
        """,
    growing: "goals thank me control:goal",
    telling_others: """
        digest publish share summary control:publish control:digest control:public control:wanted
        """,
    speaking_up: "pulse feedback form:feedback session control:feedback control:pulse control:rate control:s",
    linking: "link",
    meeting: "minutes missed control:minutes control:speaker",
    learning: "playbooks session catchup control:s",
    finding: """
        share search open resources about
        control:open control:read control:about
        """,
    answering: """
        share ask keep why menu:why
        control:useful control:not_right control:promote control:ask_community
        """,
    going_on: "share ask me control:naming control:ask_community",
    seeing_more: "share control:mine control:show",
    talking: """
        share questions summary thank
        menu:summary menu:share menu:thank
        """,
    choosing: "questions vote control:vote control:ballot",
    approving: """
        setup summary draft control:edit_line control:strike control:undo
        control:publish control:drop control:drop_it control:keep
        """,
    forgetting: """
        share forget me
        control:keep control:forget control:forget_this control:forget_message
        control:forget_room control:forget_me control:consent control:opt_out
        """,
}
"""Which story uses which command, control and entry in the menu of a message."""


def pressed() -> list[str]:
    """Return what the ids of controls begin with, as the code that is pressed names them."""
    tree = ast.parse(inspect.getsource(controls.press))
    (table,) = [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    return [str(key.value) for key in table.keys if isinstance(key, ast.Constant)]
