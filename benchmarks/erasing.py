"""Erasing a member: how long it takes in a large store, and whether anything of theirs is found afterwards.

    python -m benchmarks.erasing [--messages N] [--theirs N]

A community talks in twenty rooms, in words of our own. Then one more member joins in, shares, asks, is
thanked and quoted in summaries, each message with a word that nobody else uses. They are erased as by
`me erase`, the files are emptied, and every file under the data folder is searched for these words, for
their name and for their account; then they are searched for in fifty ways. Ends with 1 where the bar is
missed, or anything is found.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from learncomm_agent.chat.audience import Audience
from learncomm_agent.chat.events import MessagePosted
from learncomm_agent.chat.messages import Message, MessageRef, Room
from learncomm_agent.chat.people import Account, AccountRef
from learncomm_agent.clock import SystemClock
from learncomm_agent.library.search import Query
from learncomm_agent.storage import branches
from learncomm_agent.testing.community import Circle, Person
from learncomm_agent.testing.embedder import HashingEmbedder

MESSAGES, THEIRS = 100_000, 5_000
ROOMS, DAYS, AUTHORS = 20, 50, 40
BATCH = 500
BAR_S = 60.0
NAME, ACCOUNT = "Zebulonia Quarx", "zq774411xylo"
CANARY = "zqcanary"
SEARCHES = 50
_OPENINGS = (
    "I think",
    "Yesterday I saw that",
    "We found out that",
    "My guess is that",
    "It helps that",
)
_WHO = ("the heron", "a beginner", "the old mill", "our garden", "the small boat", "the choir")
_DOES = ("waits for rain", "needs more time", "sings at dawn", "keeps a list", "grows by the pond")
_ENDS = (
    "as a rule.",
    "every spring.",
    "if one asks first.",
    "and nobody minds.",
    "so we try again.",
)


@dataclass
class Found:
    """What one run came to."""

    seconds: float = 0.0
    """Until the member is gone, as the receipt says."""
    emptied_s: float = 0.0
    """Until posts are edited, vectors taken out and the files rewritten."""
    files: dict[str, list[str]] = field(default_factory=dict)
    """By needle, in which files it stands."""
    hits: int = 0
    hits_before: int = 0
    """How often the same searches found them while they were there."""
    vectors: tuple[int, int, int] = (0, 0, 0)
    """Before the member came, with them, and after."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing of theirs is left, and nothing of others went."""
        before, _, after = self.vectors
        return not any(self.files.values()) and not self.hits and before == after


def said(lot: random.Random) -> str:
    """Return a message in words of our own."""
    return " ".join(lot.choice(each) for each in (_OPENINGS, _WHO, _DOES, _ENDS))


async def settled(circle: Circle) -> None:
    """Wait until nothing is due; a large store takes longer than tests have patience."""
    clock = SystemClock()
    while await circle.agent.house.is_busy():
        await clock.sleep(0.02)


async def talk(
    circle: Circle, rooms: list[Room], authors: list[Account], count: int, word: str = ""
) -> None:
    """Let so many messages come in, spread over rooms and days."""
    lot = random.Random(f"{len(authors)}:{count}")
    start = circle.clock.now() - timedelta(days=DAYS)
    step = timedelta(days=DAYS) / max(count, 1)
    for begin in range(0, count, BATCH):
        events = []
        for n in range(begin, min(begin + BATCH, count)):
            room, author = rooms[n * 7 % len(rooms)], lot.choice(authors)
            ref = MessageRef(room.ref, f"{word or 'm'}-{n}".replace(CANARY, "t"))
            text = f"{said(lot)} {word}{n:05d}" if word else said(lot)
            events.append(
                MessagePosted(Message(ref, author.ref, text, start + n * step), author, room)
            )
        await asyncio.gather(*map(circle.agent.house.intake.take, events))
    await circle.clock.advance(120)
    await settled(circle)


async def lived(circle: Circle, member: Person) -> None:
    """Let the member leave what people leave: shares, questions, thanks, lines of summaries, a goal."""
    hall = circle.hall
    promise = await member.says(f"I will bring the {CANARY}seeds by Friday.", hall)
    await member.asks(f"share The {CANARY}flower opens at midnight beside the weir.", hall)
    await member.sends("search", hall, query=f"{CANARY}flower at midnight")
    await member.sends("ask", hall, question=f"When does the {CANARY}flower open?")
    await circle.ben.sends("thank", hall, message=promise.id, why="for the seeds")
    await circle.ann.publishes("summary", hall)
    await settled(circle)


async def vectors_of(circle: Circle) -> int:
    """Return how many vectors the community has."""
    meaning = circle.agent.house.meaning
    assert meaning.model is not None
    return await meaning.store(meaning.model).count(circle.agent.community.id, 1)


def holding(folder: Path, needle: str) -> list[str]:
    """Return the files below a folder in which a word stands, in any case, as UTF-8 or UTF-16."""
    forms = [
        each.encode(coding)
        for each in (needle, needle.lower(), needle.upper(), needle.title())
        for coding in ("utf-8", "utf-16-le")
    ]
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]


async def found_by(circle: Circle) -> int:
    """Search in other words than theirs; return how often anything of theirs comes back."""
    audience = Audience.of_room(circle.hall)
    refs = await circle.platform.readable(audience)
    readable = await circle.agent.house.database.read(lambda conn: branches.readable(conn, refs))
    lot, hits = random.Random(1), 0
    for n in range(SEARCHES):
        text = (
            f"{CANARY}flowers opening {n:05d} near midnight"
            if n % 2
            else f"who brings {CANARY}seed by {lot.choice(_ENDS)} {NAME if n % 4 else ''}"
        )
        query = Query(text, circle.agent.community.id, readable, 10, None)
        for passage in (await circle.agent.house.search.find(query)).passages:
            hits += CANARY in passage.text or NAME in passage.text or passage.shared_by == NAME
    return hits


async def measured(folder: Path, messages: int, theirs: int, places: int = ROOMS) -> Found:
    """Fill a store, erase the member, and look for them."""
    found = Found()
    async with Circle(folder, embedder=HashingEmbedder) as circle:
        network = circle.platform.network
        rooms = [circle.platform.network.rooms[circle.hall]]
        rooms += [network.rooms[circle.room(f"room {n}")] for n in range(1, places)]
        authors = [circle.person(f"Author {n}").account for n in range(AUTHORS)]
        await talk(circle, rooms, authors, messages - theirs)
        await circle.ben.says("Who can fetch the watering can?", circle.hall)
        await circle.clock.advance(120)
        await settled(circle)
        before = await vectors_of(circle)
        account = Account(AccountRef(circle.platform.name, ACCOUNT), NAME)
        network.accounts[account.ref] = account
        member = Person(circle, account)
        await talk(circle, rooms, [account], theirs, CANARY)
        await lived(circle, member)
        await circle.clock.advance(120)
        await settled(circle)
        held = await vectors_of(circle)
        found.hits_before = await found_by(circle)
        await member.sends("me", circle.hall, what="erase")
        begun = time.perf_counter()
        receipt = await member.presses("Yes, erase everything")
        assert receipt.startswith("It is gone"), receipt
        found.seconds = time.perf_counter() - begun
        for _ in range(3):
            await circle.clock.advance(120)
            await settled(circle)
        found.emptied_s = time.perf_counter() - begun
        found.vectors = (before, held, await vectors_of(circle))
        found.hits = await found_by(circle)
        for needle in (CANARY, NAME, ACCOUNT):
            found.files[needle] = await asyncio.to_thread(holding, folder, needle)
    for needle in (CANARY, NAME, ACCOUNT):
        found.files[needle] += holding(folder, needle)
    return found


def main(argv: list[str] | None = None) -> int:
    """Print the figures; return 1 where the bar is missed or anything is found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--theirs", type=int, default=THEIRS)
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measured(Path(folder), chosen.messages, chosen.theirs))
    print(f"{chosen.messages:,} messages, {chosen.theirs:,} of one member")
    print(f"gone after {found.seconds:.1f} s (bar {BAR_S:.0f} s)")
    print(f"posts edited, vectors out, files rewritten after {found.emptied_s:.1f} s")
    for needle, files in found.files.items():
        print(f"{needle!r} stands in {len(files)} files {files or ''}")
    print(f"{SEARCHES} searches: {found.hits_before} finds before, {found.hits} after")
    before, held, after = found.vectors
    print(f"vectors: {before:,} before they came, {held:,} with them, {after:,} after")
    return 0 if found.is_clean and found.seconds <= BAR_S else 1


if __name__ == "__main__":
    sys.exit(main())
