"""A circle with playbooks of its own, and what people type, press and fill in around their sessions."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from learncomm_agent.chat.messages import RoomRef
from learncomm_agent.chat.outgoing import Choices, Menu
from learncomm_agent.sessions.migrating import dump
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage import due, members, rooms
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.testing.community import Circle, Person

ROUND = """---
title: Small round
purpose: A round of ideas, with a vote.
who: everyone
asks:
  topic: {label: "What is it about?", required: true}
  weeks: {label: "How many weeks?", kind: number, default: 2, min: 1, max: 9}
  tone: {label: "In which tone?", kind: choice, default: warm, choices: {warm: Warm, dry: Dry}}
  guest: {label: "Who is the guest?", kind: member}
  text: {label: "Which text?", kind: resource}
stages:
  - announce: invitation
    joins: true
    for: 3 days
    say: "We talk about {{ topic }}. {{ lead }} leads, until {{ ends }}."
  - collect: ideas
    what: idea
    for: 2 days
    say: What comes to mind?
  - vote: choice
    from: ideas
    poll: false
    for: 2 days
  - wait: rest
    for: 1 day
---
When you have an hour.

# How it goes

Nobody reads on to here.
"""
SECRETS = """---
title: Secrets
purpose: What nobody says aloud.
stages:
  - collect: secrets
    what: idea
    anonymous: true
    for: 2 days
    say: What does nobody say aloud?
  - wait: rest
    for: 1 day
---
The guide of the secrets.
"""
ASKING = """---
title: Asking
purpose: Questions to a guest, looked over first.
stages:
  - queue: questions
    moderated: true
    for: 1 day
  - wait: rest
    for: 1 day
---
The guide of the asking.
"""
TALKS = """---
title: Talks
purpose: A short interview of everyone, then one of the leader.
stages:
  - collect: interview
    what: answer
    anonymous: true
    prompts:
      - What went well?
      - What would you change?
    for: 1 day
  - collect: plan
    what: note
    from: lead
    anonymous: true
    for: 1 day
  - wait: rest
    for: 1 day
---
The guide of the talks.
"""
SUMS = """---
title: Sums
purpose: A talk that is summed up.
stages:
  - discuss: talk
    live: true
    for: 1 hour
  - summarise: summary
    for: 1 day
  - wait: rest
    for: 9 days
---
The guide of the sums.
"""
READING = """---
title: Reading
purpose: A book in chapters.
who: everyone
asks:
  contents: {label: "The contents page?", kind: long}
stages:
  - schedule: plan
    weekly: Mondays 18:00
    times: 2
    reads: $contents
  - repeat: weeks
    each: meetings
    stages:
      - wait: week
        until: meeting
---
The guide of the reading.
"""


class Rounds(Circle):
    """Ann leads; Ben and Chloé are members."""

    async def __aenter__(self) -> "Rounds":
        await super().__aenter__()
        folder = self.agent.settings.data / self.agent.community.slug / "playbooks"
        await asyncio.to_thread(_write, folder)
        return self

    async def begin(self, name: str = "small-round", what: str = "topic: ponds") -> None:
        """Let Ann begin a session in the hall."""
        await self.ann.asks(f"session start {name} {what}", self.hall)
        assert "has begun" in await self.ann.asks("session go", self.hall)

    async def session(self, id: int = 1) -> Session:
        """Return a session as it is stored."""
        sessions = self.agent.house.sessions
        return await self.agent.house.database.read(lambda conn: sessions.get(conn, id)[1])

    async def becomes(self, results: Mapping[str, Any], *notes: Mapping[str, Any]) -> None:
        """Let the first session have come to these results, with these notes in its log."""
        session, now = await self.session(), self.clock.now()
        content = dump(replace(session, results={**session.results, **results}))

        def keep(conn: Connection) -> None:
            stored.save(conn, 1, title="x", phase=session.phase, content=content, now=now)
            for each in notes:
                stored.note(conn, 1, each, now)

        await self.agent.house.database.write(keep)

    async def sessions(self) -> list[stored.Row]:
        """Return all sessions that were ever planned."""
        community = self.agent.community.id
        return await self.agent.house.database.read(
            lambda conn: stored.of_community(conn, community, is_open=False)
        )

    async def id_of(self, who: Person) -> int:
        """Return the number of a member."""
        community, ref = self.agent.community.id, who.account.ref

        def read(conn: Connection) -> int:
            found = members.find_account(conn, community, ref)
            assert found is not None
            return int(found[1])

        return await self.agent.house.database.read(read)

    async def den_only(self, note: str) -> None:
        """Let Ann share something where Chloé does not read it."""
        await self.ann.sends("share", self.den, what=note)

    async def room_id(self, room: RoomRef) -> int:
        """Return the row of a room."""
        found = await self.agent.house.database.read(lambda conn: rooms.find(conn, [room]))
        return int(found[room])

    async def passes(self, **span: float) -> None:
        """Let time pass, and all that is due in it happen."""
        until = self.clock.now() + timedelta(**span)
        while self.clock.now() < until:
            left = (until - self.clock.now()).total_seconds()
            await self.clock.advance(min(left, 3 * 3600))
            await self.settle()

    async def direct(self, who: Person) -> RoomRef:
        """Return the direct talk of somebody with the agent."""
        return await self.platform.direct_room(who.account.ref)

    async def fills(self, who: Person, act: str, /, **values: str) -> str:
        """Press the newest button of an act that opens a form, fill that in, and return the answer."""
        for post in reversed(who.answers()):
            for block in post.blocks:
                for option in block.options if isinstance(block, Choices) else ():
                    if option.opens_form and f"{act}:" in f"{option.id}:":
                        form = await self.platform.opens(who.account, option.id, post.ref)
                        assert form is not None
                        before = {each.ref for each in who.answers()}
                        room = post.ref.room
                        await self.platform.fills(who.account, room, form, values)
                        await self.settle()
                        new = [each.text for each in who.answers() if each.ref not in before]
                        return "\n\n".join(new)
        raise LookupError(f"{who.name} sees no form {act!r}")

    async def picks(self, who: Person, act: str, *entries: int | str) -> str:
        """Pick from the newest list of an act, and return the answer."""
        for post in reversed(who.answers()):
            for block in post.blocks:
                if isinstance(block, Menu) and block.id.endswith(act):
                    before = {each.ref for each in who.answers()}
                    picked = [str(each) for each in entries]
                    await self.platform.picks(who.account, block.id, picked, post.ref)
                    await self.settle()
                    new = [each.text for each in who.answers() if each.ref not in before]
                    return "\n\n".join(new)
        raise LookupError(f"{who.name} sees no list {act!r}")

    async def dead(self) -> list[Any]:
        """Return the work that was given up."""
        return list(await self.agent.house.database.read(due.dead_letters))

    def public(self) -> str:
        """Return what the agent wrote in the hall for all."""
        return "\n".join(post.text for post in self.chloe.seen_in(self.hall))


def _write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("small-round", ROUND),
        ("secrets", SECRETS),
        ("asking", ASKING),
        ("reading", READING),
        ("talks", TALKS),
        ("sums", SUMS),
    ):
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
