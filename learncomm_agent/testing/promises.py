"""The part of the contract suite about what the agent promises to those who ask it, and to those who don't.

A whole agent runs on the platform, without a language model and without an embedding model.
"""

import asyncio
from pathlib import Path

from learncomm_agent.agent import Agent
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.settings import Settings
from learncomm_agent.testing.playing import agent_on, play, text_of
from learncomm_agent.testing.world import World

SHARED = "The kestrel of the old mill nests in the tower."
ASKED = "ask where does the kestrel of the old mill nest?"
PASTED = "The owl of the barn, @everyone @here @Ada <@{id}> <@!{id}>, lives under the roof"
TALK = (
    "Has anyone read chapter two?",
    "I have. What do we think of the ending?",
    "search me, I have no idea",
    "2",
    "help, I lost my copy!",
    "learncomm is a strange name, isn't it?",
    "Yes. See https://example.org/book for another copy.",
)
OWN = "Nobody has told me of that yet, dear reader"


class PromiseRules:
    """A part of `PlatformContract`."""

    def agent(self, settings: Settings, world: World) -> Agent:
        """Return the agent that is judged together with the platform."""
        return agent_on(settings, world)

    async def test_all_works_without_a_model(self, world: World, tmp_path: Path) -> None:
        """Each thing that one asks for is there, and says that no model wrote it."""
        async with play(world, tmp_path, self.agent) as it:
            await it.says(it.ben, "I will write the minutes by Friday.")
            await it.asks(it.ben, f"share {SHARED}")
            assert "tower" in text_of(await it.asks(it.eve, "search kestrel of the old mill"))
            answer = text_of(await it.asks(it.eve, ASKED))
            assert "tower" in answer
            assert it.phrase("answer.extracted") in answer
            for asked, expected in (
                ("help", it.phrase("help.topic_find")),
                ("questions kestrel of the old mill", "tower"),
                ("summary", "minutes"),
            ):
                answered = await it.asks(it.ada, asked)
                is_there = expected in text_of(answered)
                assert is_there == it.reaches_one, asked
                assert is_there or it.is_refusal(answered), asked

    async def test_chatter_draws_no_post(self, world: World, tmp_path: Path) -> None:
        """Where nobody asks the agent, nobody hears of it: not in the room, and not alone."""
        async with play(world, tmp_path, self.agent) as it:
            everyone = (it.ada, it.ben, it.eve)
            for who in everyone:  # it may have to tell each, once, that the room is read
                await it.says(who, "Hello")
            before = [await it.sees(who) for who in everyone]
            for number, line in enumerate(TALK):
                await it.says(everyone[number % 3], line)
            for who, known in zip(everyone, before, strict=True):
                assert [each for each in await it.sees(who) if each not in known] == []

    async def test_a_private_answer_reaches_one_alone_or_nobody(
        self, world: World, tmp_path: Path
    ) -> None:
        """What is kept about somebody is for them; where they can't be reached alone, that is said."""
        async with play(world, tmp_path, self.agent) as it:
            answer, kept = await it.asks(it.ben, "me"), it.phrase("me.consent_in")
            assert (kept in text_of(answer)) == it.reaches_one
            assert it.reaches_one or it.phrase("private.refused") in text_of(answer)
            for other in (it.ada, it.eve):
                assert kept not in text_of(await it.sees(other))

    async def test_what_was_said_elsewhere_is_in_no_answer(
        self, world: World, tmp_path: Path
    ) -> None:
        """An answer holds what all who read it may read, whoever asks; where it may be read, it is there."""
        async with play(world, tmp_path, self.agent) as it:
            den = await world.room(it.ada, it.ben)
            await it.reads(den)
            await it.asks(it.ben, "share The otter of the brook sleeps below the bridge.", den)
            asked = "ask where does the otter of the brook sleep?"
            for who in (it.eve, it.ben, it.ada):
                await it.asks(who, asked)
                await it.asks(who, "search otter of the brook")
            assert "bridge" not in text_of(await it.sees(it.eve))
            assert "bridge" in text_of(await it.asks(it.ada, asked, den))

    async def test_what_was_said_in_a_direct_talk_is_for_nobody_else(
        self, world: World, tmp_path: Path
    ) -> None:
        """Not where others read, and not to others; where there is no such talk, none is opened."""
        async with play(world, tmp_path, self.agent, is_read=False) as it:
            direct = await it.direct(it.ben)
            if direct is None:
                assert it.can.direct_messages < Level.PARTIAL
                assert await it.sees(it.ben) == await world.seen_by(it.ben, it.room)
                return
            await it.asks(it.ben, "share The lynx of the hills hides in the quarry.", direct)
            asked = "ask where does the lynx of the hills hide?"
            for who in (it.eve, it.ben):
                await it.asks(who, asked)
            assert "quarry" not in text_of(await it.sees(it.eve))
            assert "quarry" in text_of(await it.asks(it.ben, asked, direct))

    async def test_nothing_that_was_typed_or_pasted_calls_anybody(
        self, world: World, tmp_path: Path
    ) -> None:
        """Whatever words mean on the platform, in an answer they are words, all of them."""
        async with play(world, tmp_path, self.agent, is_read=False) as it:
            file, pasted = tmp_path / "owl.txt", PASTED.format(id=it.ada.id)
            await asyncio.to_thread(file.write_text, pasted, "utf-8")
            await it.agent.add(file)
            answer = await it.asks(it.ben, "ask where does the owl of the barn live?")
            assert pasted in text_of(answer)
            called = {id for each in answer for id in each.calls}
            assert called <= {it.ben.id}, "whoever asked may be told that they are answered"

    async def test_the_words_of_a_community_are_said(self, world: World, tmp_path: Path) -> None:
        """What leaders have put otherwise is what people read."""
        own = f'[search]\nnothing = "{OWN}"\n'
        async with play(world, tmp_path, self.agent, is_read=False, own_phrases=own) as it:
            assert OWN in text_of(await it.asks(it.ben, "search xylophone"))

    async def test_a_session_begins_as_it_was_filled_in(self, world: World, tmp_path: Path) -> None:
        """In a form, one question after the other, or in words: what a leader said is what begins."""
        async with play(world, tmp_path, self.agent) as it:
            card = await it.asks(it.ada, "playbooks book-club")
            if not it.reaches_one:
                assert it.is_refusal(card)
                return
            if min(it.can.forms, it.can.buttons) >= Level.PARTIAL:
                before = {seen.ref for seen in await it.sees(it.ada)}
                opens = Choice("", it.phrase("command.playbooks.start"), opens_form=True)
                await world.fills(it.ada, opens, card[-1].ref, {"weeks": "3"})
                await it.settle()
                plan = [seen for seen in await it.sees(it.ada) if seen.ref not in before]
            else:
                plan = await it.asks(it.ada, "session start book-club weeks=3")
            assert "3 [weeks]" in text_of(plan)
            assert "[weeks]" not in text_of(await it.sees(it.eve))
            await it.asks(it.ada, "session go")
            assert "3 weeks" in text_of(await world.seen_by(it.eve, it.room))
