"""Makes a rehearsal: a plan from a playbook and sample answers, a cast, and their words in a language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from learncomm_agent.errors import UsageError, WordsError
from learncomm_agent.rehearsing.cast import LEAD, Character, cast_of
from learncomm_agent.rehearsing.lines import Lines
from learncomm_agent.rehearsing.played import Passed, Rehearsal
from learncomm_agent.rehearsing.playing import Player
from learncomm_agent.rehearsing.troubles import NONE, Troubles
from learncomm_agent.sessions.methods.meetings import zone_of
from learncomm_agent.sessions.planning.plans import Planned, plan_of
from learncomm_agent.sessions.playbook import Ask, AskKind, Playbook
from learncomm_agent.sessions.stages.kind import Kinds
from learncomm_agent.sessions.state import Plan
from learncomm_agent.words import Words
from learncomm_agent.writing.language.cues import Cues, read_cues

FOLDER = "rehearsal"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday morning, the same each time."""
GUEST = LEAD + 1
"""Who is meant where the leader is asked for a member."""
_AHEAD, _HOUR = timedelta(days=9), 18
_TABLES = ("cues", "facilitation")


@dataclass(frozen=True, slots=True)
class Wish:
    """How a playbook is to be rehearsed."""

    cast: int = 7
    seed: int = 1
    is_silent: bool = False
    troubles: Troubles = NONE
    answers: Mapping[str, str] | None = None
    language: str = "en"
    zone: str = "UTC"
    start: datetime = START


class Rehearsing:
    """Makes rehearsals. Reads files: call it on a thread."""

    def __init__(self, words: Words, kinds: Kinds) -> None:
        """Take the words of a community, and the stage kinds that there are."""
        self._words = words
        self._kinds = kinds
        self._cues: dict[str, Cues] = {}

    def play(
        self, playbook: Playbook, wish: Wish, watch: Callable[[Passed], None] | None = None
    ) -> Rehearsal:
        """Play a playbook through.

        Args:
            playbook: The playbook.
            wish: With whom, and how.
            watch: Sees each step of the engine.

        Raises:
            UsageError: An answer can't be used.
            WordsError: The table of what members say is broken.
        """
        plan = self.planned(playbook, wish)
        random = Random(wish.seed)
        player = Player(
            plan,
            self.cast(wish),
            Lines(self._table(wish.language), random, plan.title),
            self._kinds,
            self._cues_of(wish.language),
            random,
            start=wish.start,
            troubles=wish.troubles,
            is_silent=wish.is_silent,
            has_polls=wish.seed % 2 == 0,
            watch=watch,
        )
        return player.play()

    def cast(self, wish: Wish) -> tuple[Character, ...]:
        """Return who plays."""
        table = self._table(wish.language)
        names, leader = table.get("names") or ["…"], table.get("leader") or "…"
        return cast_of(wish.cast, wish.seed, names, leader, is_silent=wish.is_silent)

    def planned(self, playbook: Playbook, wish: Wish) -> Plan:
        """Return the plan, with sample answers where nothing was answered that has to be.

        Raises:
            UsageError: An answer can't be used.
        """
        samples = self._table(wish.language).get("answers", {})
        given = dict(wish.answers or {})
        answers = {
            each.name: _sample(each, samples, wish)
            for each in playbook.asks
            if each.is_required and each.name not in given
        }
        found = {each.name: GUEST for each in playbook.asks if each.kind is AskKind.MEMBER}
        made = plan_of(
            playbook,
            {**answers, **given},
            found=found,
            language=wish.language,
            zone=wish.zone,
            now=wish.start,
            room_name=FOLDER,
        )
        _check(made)
        return replace(made.plan, seed=wish.seed)

    def _table(self, language: str) -> Mapping[str, Any]:
        found = self._words.table(FOLDER, language=language) or self._words.table(
            FOLDER, language="en"
        )
        if found is None:
            raise WordsError("no words for a rehearsal")
        return found

    def _cues_of(self, language: str) -> Cues:
        if language not in self._cues:
            tables = [self._words.table(each, language=language) or {} for each in _TABLES]
            merged = {name: value for table in tables for name, value in table.items()}
            self._cues[language] = read_cues(merged)
        return self._cues[language]


def _check(made: Planned) -> None:
    if made.problems:
        first = made.problems[0]
        raise UsageError(f"answer {first.name!r}", phrase=first.phrase, **first.values)
    if made.plan.missing:
        raise UsageError("answers are missing", phrase="rehearse.missing", names=made.plan.missing)


def _sample(ask: Ask, samples: Mapping[str, str], wish: Wish) -> str:
    """Return what the leader of a rehearsal answers."""
    if ask.default:
        return ask.default
    if ask.choices:
        return next(iter(ask.choices))
    match ask.kind:
        case AskKind.NUMBER:
            return str(ask.minimum)
        case AskKind.MOMENT:
            return sample_moment(wish)
        case AskKind.WEEKLY:
            return "Mondays 18:00"
        case AskKind.DURATION:
            return "1 hour"
    return samples.get(ask.name) or samples.get(ask.kind.value) or "…"


def sample_moment(wish: Wish) -> str:
    """Return an evening in the second week, as a leader would write it."""
    at = wish.start.astimezone(zone_of(wish.zone)) + _AHEAD
    return f"{at:%Y-%m-%d} {_HOUR}:00"
