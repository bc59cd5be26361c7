"""The part of the contract suite about what the agent keeps: what rests on it, and what becomes of it."""

import re
from pathlib import Path

from learncomm_agent.agent import Agent
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.settings import Settings
from learncomm_agent.testing.playing import Play, agent_on, play, text_of
from learncomm_agent.testing.promises import ASKED, SHARED
from learncomm_agent.testing.world import Lack, Seen, World

SEARCHED = "search kestrel of the old mill"


class KeepingRules:
    """A part of `PlatformContract`; a whole agent runs on the platform."""

    def agent(self, settings: Settings, world: World) -> Agent:
        """Return the agent that is judged together with the platform."""
        return agent_on(settings, world)

    async def test_a_citation_opens_the_message_it_rests_on(
        self, world: World, tmp_path: Path
    ) -> None:
        """By a link to that very message; where there are none, it says whose words they are."""
        async with play(world, tmp_path, self.agent) as it:
            await it.asks(it.ben, f"share {SHARED}")
            shared = it.asked
            answer = await it.asks(it.eve, ASKED)
            assert "tower" in text_of(answer)
            has_links = it.can.message_links >= Level.PARTIAL
            assert shared in _links(answer) if has_links else "Ben" in text_of(answer)
            promise = await it.says(it.ben, "I will write the minutes by Friday.")
            summary = await it.publishes_summary()
            if not it.reaches_one:
                assert "minutes" not in text_of(summary)
                return
            assert "minutes" in text_of(summary)
            assert promise in _links(summary) if has_links else "Ben" in text_of(summary)

    async def test_a_summary_says_how_much_it_has_read(self, world: World, tmp_path: Path) -> None:
        """Of how many messages, counted by what was really said: here three."""
        async with play(world, tmp_path, self.agent) as it:
            for line in ("Shall we read on?", "I will bring the tea.", "We agreed on Monday."):
                await it.says(it.ben, line)
            draft = await it.asks(it.ada, "summary")
            if not it.reaches_one:
                assert it.is_refusal(draft)
                return
            assert re.search(r"\b3 (of \d+ )?messages", text_of(draft)), text_of(draft)

    async def test_what_is_taken_back_is_forgotten(self, world: World, tmp_path: Path) -> None:
        """Nothing finds it any more, and what was posted from it does not show it any more.

        Where people can't take back a message, its author can still have the agent forget it.
        """
        async with play(world, tmp_path, self.agent) as it:
            await it.asks(it.ben, f"share {SHARED}")
            shared = it.asked
            assert "tower" in text_of(await it.asks(it.eve, ASKED))
            if not await _takes_back(it, shared):
                return
            if max(it.can.edits, it.can.deletes) >= Level.PARTIAL:
                assert "tower" not in text_of(await it.sees(it.eve))
            assert "tower" not in text_of(await it.asks(it.eve, SEARCHED))

    async def test_what_is_changed_is_not_shown_as_it_was(
        self, world: World, tmp_path: Path
    ) -> None:
        """An edit is looked at again by whatever rests on the message."""
        async with play(world, tmp_path, self.agent) as it:
            if Lack.PAST in world.lacks:  # only what they write once they were told is kept
                await it.says(it.ben, "Hello")
            promise = await it.says(it.ben, "I will write the minutes by Friday.")
            summary = await it.publishes_summary()
            assert ("minutes" in text_of(summary)) == it.reaches_one
            if Lack.EDITS in world.lacks:
                await it.says(it.ben, "Somebody else may do it.")
                again = text_of(await it.asks(it.ada, "summary"))
                assert ("minutes" in again) == it.reaches_one, "it stands as it was said"
                return
            await it.edits(it.ben, promise, "Somebody else may do it.")
            seen = text_of(await world.seen_by(it.eve, it.room))
            assert "minutes" not in seen or it.can.edits < Level.PARTIAL
            again = text_of(await it.asks(it.ada, "summary"))
            assert "minutes" not in again

    async def test_who_has_opted_out_is_in_nothing(self, world: World, tmp_path: Path) -> None:
        """What they write is neither summed up nor found; that they can't say so here is said."""
        async with play(world, tmp_path, self.agent, is_read=False) as it:
            said = await it.asks(it.eve, "me out")
            if not it.reaches_one:
                assert it.is_refusal(said)
                return
            assert said, "nobody was answered"
            if it.phrase("me.consent_set_out") not in text_of(said):  # the room was read all along
                sure = Choice("", it.phrase("control.forget"))
                await world.presses(it.eve, sure, said[-1].ref)
                await it.settle()
            assert it.phrase("me.consent_set_out") in text_of(await it.sees(it.eve))
            await it.reads(it.room)
            await it.says(it.ben, "I will bring the tea on Monday.")
            await it.says(it.eve, "I will bring the heron pictures on Monday.")
            draft = text_of(await it.asks(it.ada, "summary"))
            assert "tea" in draft
            assert "heron" not in draft
            assert "heron" not in text_of(await it.asks(it.ben, "search heron pictures"))

    async def test_what_was_taken_is_answered_once_after_an_end(
        self, world: World, tmp_path: Path
    ) -> None:
        """The process may end at any moment once it has taken a question: it is answered, and once."""
        async with play(world, tmp_path, self.agent, is_read=False) as it:
            await it.asks(it.ben, f"share {SHARED}")
            before = {seen.ref for seen in await it.sees(it.eve)}
            await it.writes_to_it(it.eve, SEARCHED)
            for _ in range(2):
                await it.restart()
                await it.settle()
            answers = [seen for seen in await it.sees(it.eve) if seen.ref not in before]
            assert ["tower" in each.text for each in answers] == [True]

    async def test_what_happened_while_it_was_away_is_made_up_for(
        self, world: World, tmp_path: Path
    ) -> None:
        """What was taken back meanwhile is forgotten, and what was said is read.

        Where what was said does not stay, nothing is forgotten by mistake: all that was kept is there.
        """
        async with play(world, tmp_path, self.agent) as it:
            await it.asks(it.ben, f"share {SHARED}")
            shared = it.asked
            await it.says(it.ben, "I will bring the tea on Monday.")
            is_gone = Lack.DELETES not in world.lacks
            async with it.away():
                if is_gone:
                    await world.deletes(it.ben, shared)
                it.said.add(
                    await world.says(it.ben, it.room, "I will write the minutes by Friday.")
                )
            await it.settle()
            is_found = "tower" in text_of(await it.asks(it.eve, SEARCHED))
            assert is_found != is_gone or (is_gone and Lack.PAST in world.lacks)
            draft = text_of(await it.asks(it.ada, "summary"))
            expected = "tea" if Lack.PAST in world.lacks else "minutes"
            assert (expected in draft) == it.reaches_one


async def _takes_back(it: Play, shared: MessageRef) -> bool:
    """Let Ben take back what he shared: its message, or by asking for it; whether he can."""
    if Lack.DELETES not in it.world.lacks:
        await it.deletes(it.ben, shared)
        return True
    asked = await it.asks(it.ben, "forget The kestrel of the old mill")
    if it.is_refusal(asked):
        return False
    sure = Choice("", it.phrase("control.forget"))
    await it.world.presses(it.ben, sure, asked[-1].ref)
    await it.settle()
    return True


def _links(seen: list[Seen]) -> set[MessageRef]:
    return {link for each in seen for link in each.links}
