"""What must hold after every step of a session, whoever does what and whatever goes wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from learncomm_agent.rehearsing.played import Passed
from learncomm_agent.sessions.effects import Answer, Note, Post, Whom
from learncomm_agent.sessions.events import Decided, Done, Ruled, Said, Woke
from learncomm_agent.sessions.playbook import Stage, walk
from learncomm_agent.sessions.state import Phase, Plan, Session
from learncomm_agent.sessions.walking import stage_at, value_of
from tests.sessions.rehearsals.recounting import Recount

NUDGES = ("invite", "slow_down", "behind", "offer_groups")
"""Sayings of a discussion that are for one member, or for the leader, alone."""
PRIVATE_PHRASES = frozenset({f"session.discuss.{each}" for each in NUDGES} | {"session.progress"})
MODES = frozenset({"take_part", "listen", "quiet"})
UNASKED = frozenset({"bridge", "ask_evidence", "ask_example", "park", "time_check", "round"})
SILENT_MOVES = frozenset({"none", "open", "close"})
PUBLIC = frozenset({Whom.ROOM, Whom.GROUP})
EXCHANGE = timedelta(minutes=3)
MESSAGES_PER_POST = 20


@dataclass
class Talk:
    """One visit of a discussion, as the facilitator's limits see it."""

    since_unasked: int = 0
    remarks: list[tuple[datetime, int, int | None]] = field(default_factory=list)
    """When, who, and whom they answered."""

    def is_exchange(self, now: datetime) -> bool:
        """Whether people answer each other just now."""
        for n, (at, who, answered) in enumerate(self.remarks):
            if at <= now - EXCHANGE:
                continue
            earlier = self.remarks[:n]
            if answered is not None and answered != who:
                return True
            if any(other != who and at - EXCHANGE < before for before, other, _ in earlier):
                return True
        return False


class Watch:
    """Looks at each step, and raises where something does not hold."""

    def __init__(self, plan: Plan) -> None:
        self.posts: list[Post] = []
        self.recount = Recount()
        self.talks: dict[int, Talk] = {}
        self.speakers: dict[int, set[int]] = {}
        """Who spoke in the room, of each visit of a discussion; not the lead."""
        self.ids: set[int] = set()
        self._plan = plan
        self._stages = {each.name: each for each in walk(plan.stages)}
        self._own_words = frozenset(_texts([plan.answers, plan.shown, plan.title, plan.asked]))
        self._nudges = frozenset(
            text
            for each in self._stages.values()
            for name in NUDGES
            if (text := each.words.get(name, "").strip())
        )

    def __call__(self, it: Passed) -> None:
        self._repeats(it)
        self._anonymity(it.after)
        self.recount(it)
        for effect in it.effects:
            if isinstance(effect, Answer):
                continue
            assert effect.id not in self.ids, f"effect {effect.id} twice"
            self.ids.add(effect.id)
            if isinstance(effect, Post):
                self.posts.append(effect)
                if effect.to.whom in PUBLIC:
                    self._public(effect, it.after)
        self._limits(it)
        if it.after.phase is Phase.ENDED:
            assert it.after.wake_at is None
            assert it.after.ending is not None

    def room_posts(self) -> list[Post]:
        return [each for each in self.posts if each.to.whom is Whom.ROOM]

    def _repeats(self, it: Passed) -> None:
        if not (it.is_repeat and isinstance(it.event, Done | Woke | Decided)):
            return
        assert not it.effects, f"{it.event} had an effect again: {it.effects}"
        assert it.after == it.before or it.before.phase is Phase.PAUSED, f"{it.event} did it again"

    # What is nobody's business

    def _anonymity(self, session: Session) -> None:
        for entry in session.entries.values():
            if _is_nameless(session, self._stages.get(entry.stage)):
                assert entry.by is None, f"{entry.stage} is anonymous"
                assert entry.message is None, f"{entry.stage} is anonymous"

    def _public(self, post: Post, session: Session) -> None:
        sayings = (*post.says, *post.after)
        for each in sayings:
            assert each.phrase not in PRIVATE_PHRASES, each.phrase
            assert each.text.strip() not in self._nudges or not each.text.strip(), each.text
        shown = [each.values for each in sayings] + [dict(post.notes)]
        words = frozenset(_texts(shown))
        assert not words & MODES, "how somebody takes part"
        entered = {each.text for each in session.entries.values() if len(each.text) > 3}
        assert not (words & entered) - self._own_words, "words that forgetting would not find"
        listed = {*post.shows, *(() if post.pick is None else post.pick.entries)}
        for id in listed | frozenset(_entries(shown)):
            entry = session.entries.get(id)
            stage = None if entry is None else self._stages.get(entry.stage)
            if stage is None or entry is None:
                continue
            assert not _is_interview(session, stage), f"{stage.name} was asked in private"
            if _is_nameless(session, stage):
                assert not list(_members(post.notes.get(str(id)))), "who gave it"

    # When the facilitator speaks

    def _limits(self, it: Passed) -> None:
        before = it.before
        if before.standing is None or not before.path or stage_at(before).kind != "discuss":
            return
        talk = self.talks.setdefault(before.visit, Talk())
        event = it.event
        if isinstance(event, Said) and event.group is None:  # in a pause too: it is heard after it
            told = event.remark.get("replies_to")
            talk.remarks.append((event.at, event.member, told))
            talk.since_unasked += 1
            if event.member != before.lead:
                self.speakers.setdefault(before.visit, set()).add(event.member)
        if it.after.visit != before.visit or isinstance(event, Ruled):
            return
        for effect in it.effects:
            if isinstance(effect, Note) and "member" not in effect.content:
                self._spoke(talk, str(effect.content["move"]), it.now)

    def _spoke(self, talk: Talk, move: str, now: datetime) -> None:
        if move in SILENT_MOVES:
            return
        assert not talk.is_exchange(now), f"{move} cut in"
        if move in UNASKED:
            assert talk.since_unasked >= MESSAGES_PER_POST, f"{move} after {talk.since_unasked}"
            talk.since_unasked = 0


def _is_nameless(session: Session, stage: Stage | None) -> bool:
    if (
        stage is None
        or stage.kind not in {"collect", "queue"}
        or stage.params.get("from") == "lead"
    ):
        return False
    return value_of(session, stage.params.get("anonymous")) in (True, "yes")


def _is_interview(session: Session, stage: Stage) -> bool:
    """Whether members were asked in private, and nothing says that it is shown."""
    params = stage.params
    is_asked = stage.kind == "collect" and bool(value_of(session, params.get("prompts")))
    return is_asked and params.get("from") != "lead" and not params.get("shows")


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield value
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


def _texts(value: Any) -> Iterator[str]:
    yield from (each.strip() for each in _leaves(value) if isinstance(each, str) and each.strip())


def _entries(value: Any) -> Iterator[int]:
    yield from (e["entry"] for e in _leaves(value) if isinstance(e, Mapping) and "entry" in e)


def _members(value: Any) -> Iterator[int]:
    yield from (e["member"] for e in _leaves(value) if isinstance(e, Mapping) and "member" in e)
