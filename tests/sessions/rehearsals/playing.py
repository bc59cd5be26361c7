"""One rehearsal of the suite: a playbook, a cast, a seed; the seed says what goes wrong."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random

from learncomm_agent.documents import read_document
from learncomm_agent.rehearsing.played import Rehearsal
from learncomm_agent.rehearsing.rehearsals import Rehearsing, Wish, sample_moment
from learncomm_agent.rehearsing.troubles import NONE, Leading, Troubles
from learncomm_agent.roots import Roots
from learncomm_agent.sessions.kinds import stage_kinds
from learncomm_agent.sessions.planning.previewing import seen_through
from learncomm_agent.sessions.playbook import AskKind, Playbook
from learncomm_agent.sessions.playbooks.file import read_playbook
from learncomm_agent.sessions.state import Ending
from learncomm_agent.words import Words
from tests.sessions.rehearsals.watching import Watch

SEEDS = int(os.environ.get("LEARNCOMM_TEST_SEEDS", "10"))
"""Of each playbook with each cast: each sort once, and more often in CI."""
KINDS = stage_kinds()
REHEARSING = Rehearsing(Words(), KINDS)
NAMES = tuple(sorted(path.stem for path in Roots().shipped("playbooks").glob("*.md")))
SLACK = timedelta(days=10)
"""What a late summary, a tie and a talk that is not cut off may take beyond the stated days."""
ALL = Troubles(1.0, 1.0, 0.1, 0.2, 0.2, 0.5, Leading.WILD)
SORTS: dict[str, tuple[Troubles, bool]] = {
    "willing": (NONE, False),
    "restarts": (Troubles(restarts=1.0, repeats=1.0), False),
    "outages": (Troubles(repeats=0.5, outages=0.2, delays=0.3), False),
    "failures": (Troubles(failures=0.3), False),
    "nothing works": (Troubles(failures=1.0), False),
    "departures": (Troubles(0.1, 0.2, departures=0.8), False),
    "no leader": (Troubles(0.1, 0.2, 0.05, 0.05, 0.05, 0.2, Leading.ABSENT), False),
    "wild leader": (Troubles(0.1, 0.2, leading=Leading.WILD), False),
    "all at once": (ALL, False),
    "nobody": (Troubles(0.2, 0.5), True),
}
"""What goes wrong, and whether nobody but the leader is there."""


@dataclass
class Played:
    """A rehearsal with what was seen of it."""

    rehearsal: Rehearsal
    watch: Watch
    stated_end: datetime | None
    sort: str


@cache
def playbook(name: str) -> Playbook:
    path = Roots().shipped("playbooks") / f"{name}.md"
    return read_playbook(read_document(path, name), KINDS)


def sort_of(seed: int) -> str:
    return tuple(SORTS)[seed % len(SORTS)]


def wish_of(name: str, cast: int, seed: int) -> Wish:
    """Return what is rehearsed: all that a leader chooses, drawn by the seed."""
    troubles, is_silent = SORTS[sort_of(seed)]
    if is_silent and seed % 20 >= 10:
        troubles = Troubles(0.2, 0.5, leading=Leading.ABSENT)
    wish = Wish(cast, seed, is_silent, troubles, zone="Europe/Berlin")
    return Wish(cast, seed, is_silent, troubles, _answers(playbook(name), wish), "en", wish.zone)


def _answers(book: Playbook, wish: Wish) -> dict[str, str]:
    random, found = Random(f"{book.name} {wish.seed}"), {}
    for ask in book.asks:
        if ask.choices:
            found[ask.name] = random.choice(list(ask.choices))
        elif ask.kind is AskKind.NUMBER and ask.name == "weeks":
            found[ask.name] = str(max(ask.minimum, random.randint(1, 2 if wish.cast > 7 else 4)))
        elif not ask.is_required and random.random() < 0.5:
            if ask.kind is AskKind.MEMBER:
                found[ask.name] = "Mira"
            elif ask.kind is AskKind.MOMENT:
                found[ask.name] = sample_moment(wish)
            elif ask.kind in {AskKind.TEXT, AskKind.LONG} and not ask.default:
                found[ask.name] = (
                    "320 pages" if ask.name == "contents" else "Soup, and who cooks it"
                )
    return found


def play(name: str, cast: int, seed: int) -> Played:
    """Play one, watched at every step."""
    book, wish = playbook(name), wish_of(name, cast, seed)
    plan = REHEARSING.planned(book, wish)
    watch = Watch(plan)
    stated = seen_through(plan, 1, wish.start, KINDS)
    assert not stated.endless, stated.endless
    rehearsal = REHEARSING.play(book, wish, watch)
    return Played(rehearsal, watch, stated.ends_at, sort_of(seed))


def check(it: Played) -> None:
    """Fail where a rehearsal did not end as it should."""
    session = it.rehearsal.session
    assert not it.rehearsal.is_stuck, f"stuck on {session.path}, nothing is due"
    assert session.ended_at is not None
    assert it.stated_end is not None
    troubles = SORTS[it.sort][0]
    if troubles.leading is not Leading.WILD and not troubles.outages:
        assert session.ended_at <= it.stated_end + SLACK, "later than stated"
    if it.sort == "nobody":
        assert session.ending is Ending.NOBODY, session.ending
        assert len(it.watch.room_posts()) <= 3, "posts into an empty room"
        assert session.ended_at <= it.stated_end, "later than stated"
        said = [each.phrase for post in it.watch.room_posts() for each in post.says]
        assert said[-1] == "session.nobody"
    if it.sort == "willing":
        check_willing(it)


def check_willing(it: Played) -> None:
    """Fail where a group that does what is asked for does not get what was promised."""
    session = it.rehearsal.session
    assert session.ending is Ending.DONE, session.ending
    assert it.rehearsal.published == it.rehearsal.drafts, "a draft was not approved"
    for visit in it.watch.talks:
        assert len(it.watch.speakers.get(visit, ())) >= 2, "a talk of fewer than two"
    voted = [each for each in session.plan.stages if each.kind == "vote"]
    decided = [each for each in voted if (session.results.get(each.name) or {}).get("voters")]
    assert it.watch.recount.counted >= len(decided), "a vote was not counted again"


def failures(name: str, cast: int, seeds: range) -> Iterator[str]:
    """Yield what does not hold, each with the seed that shows it."""
    for seed in seeds:
        try:
            check(play(name, cast, seed))
        except AssertionError as error:
            said = str(error).splitlines()[0] if str(error) else repr(error)
            yield f"{name} cast={cast} seed={seed} ({sort_of(seed)}): {said}"
        except Exception as error:
            error.add_note(f"{name} cast={cast} seed={seed} ({sort_of(seed)})")
            raise
