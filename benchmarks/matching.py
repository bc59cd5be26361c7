"""How long it takes to match a large community, as buddies and as mentors and mentees.

Run `python -m benchmarks.matching`: 1,000 members, whose offers, wishes and hours are drawn by lot.
"""

import argparse
import time
from collections.abc import Sequence
from random import Random

from learncomm_agent.caring.matching import Matching, matched, with_roles
from learncomm_agent.caring.weighing import Bounds, Person

BAR_S = 2.0
_TOPICS = tuple(f"topic{n}" for n in range(60))
_LANGUAGES = ("en", "en", "en", "de", "de", "fr")


def people(count: int, seed: int = 1) -> list[Person]:
    """Return so many people."""
    random = Random(seed)
    return [_person(id, count, random) for id in range(1, count + 1)]


def _person(id: int, count: int, random: Random) -> Person:
    def things(most: int) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(random.sample(_TOPICS, 2)) for _ in range(random.randint(0, most)))

    begins = [random.randrange(168) for _ in range(6)]
    return Person(
        id,
        offers=things(3),
        wants=things(3),
        languages=frozenset(random.sample(_LANGUAGES, 2)),
        hours=frozenset((each + n) % 168 for each in begins for n in range(4)),
        capacity=random.randint(0, 3),
        is_new=random.random() < 0.2,
        avoided=frozenset(random.sample(range(1, count + 1), 2)) - {id},
    )


def bounds(count: int, seed: int = 1) -> Bounds:
    """Return who has met before: each about ten others."""
    random = Random(seed)
    ids = range(1, count + 1)
    return Bounds(met={frozenset(random.sample(ids, 2)) for _ in range(count * 5)})


def run(count: int) -> dict[str, tuple[float, Matching]]:
    """Return the seconds of CPU that each took, and what came of it."""
    some, known = people(count), bounds(count)
    found = {}
    for name, given in (("buddies", some), ("mentors", with_roles(some))):
        began = time.process_time()
        matching = matched(given, known, seed=7)
        found[name] = (time.process_time() - began, matching)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 where they miss the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1_000)
    given = parser.parse_args(argv)
    is_met = True
    for name, (seconds, matching) in run(given.members).items():
        is_met = is_met and seconds <= BAR_S
        groups, left = len(matching.groups), len(matching.unmatched)
        print(f"{name}: {seconds:.2f} s CPU, {groups} groups, {left} with nobody")
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
