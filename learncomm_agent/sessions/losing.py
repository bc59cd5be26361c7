"""What a session holds no more once a member, some messages or some resources are forgotten. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from learncomm_agent.sessions.events import Decided, Done, Forgotten, Joined, Left, Progressed, Said
from learncomm_agent.sessions.methods.moments import read_weekly
from learncomm_agent.sessions.playbook import AskKind, Stage, walk
from learncomm_agent.sessions.scene import OWN
from learncomm_agent.sessions.stages.written import Written, written
from learncomm_agent.sessions.state import NOBODY, Entry, Plan, Session

_LONGEST_TIME = 100
_SPOKEN = frozenset({AskKind.TEXT, AskKind.LONG, AskKind.LINES})
"""What a leader answers in words of their own."""
_Held = Done | Decided | Joined | Left | Progressed | Said


def entries(session: Session, event: Forgotten) -> frozenset[int]:
    """Return the entries that go: those of the member, what messages or resources held, and what rests on any of them."""
    gone: set[int] = set()
    more = {id for id, entry in session.entries.items() if _is_of(entry, event)}
    more |= session.entries.keys() & set(event.entries)
    while more:
        gone |= more
        left = ((id, entry) for id, entry in session.entries.items() if id not in gone)
        more = {id for id, entry in left if not gone.isdisjoint(_bases(entry))}
    return frozenset(gone)


def held(session: Session, event: Forgotten, gone: frozenset[int]) -> tuple[_Held, ...]:
    """Return what waits for the end of a pause, without what is theirs.

    Args:
        session: The session.
        event: What is forgotten.
        gone: The entries that go.
    """
    left = (each for each in session.held if not _is_by(each, event))
    return tuple(_without(each, event, gone) if isinstance(each, Done) else each for each in left)


def results(session: Session, event: Forgotten) -> Mapping[str, Any]:
    """Return what stages left, without a member's own figures."""
    known = session.results.get(OWN)
    if event.member is None or not isinstance(known, Mapping):
        return session.results
    parts = [each for each in known.get("parts", ()) if each[0] != event.member]
    awaited = [each for each in known.get("awaited", ()) if each != event.member]
    nudged = [each for each in known.get("nudged", ()) if each[0] != event.member]
    own = {**known, "parts": parts, "awaited": awaited, "nudged": nudged}
    return {**session.results, OWN: own}


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of a leader in a plan, by which they are found in what was said."""

    answers: frozenset[str]
    """The names of the answers in which any stand."""
    title: str
    own_title: str
    """What the session is called instead."""
    texts: Mapping[str, str | None]
    """What a stage said in their words, each with the playbook's own; None where it had none."""


def plan(known: Plan) -> Plan:
    """Return a plan without the words of its leader; moments, choices and numbers stay, as they run it."""
    answers = {name: _wordless(each, known.kinds.get(name)) for name, each in known.answers.items()}
    shown = {name: each for name, each in known.shown.items() if not isinstance(each, str)}
    stages = tuple(_unspoken(each) for each in known.stages)
    title = known.own_title or known.title
    return replace(known, title=title, stages=stages, answers=answers, shown=shown, asked={})


def plan_after(session: Session, event: Forgotten) -> Plan:
    """Return the plan without the words of a member who wrote them, and without answers that name them."""
    known, member = session.plan, event.member
    if member is None:
        return known
    if member == author(session):
        known = plan(known)
    names = {name for name, each in known.shown.items() if each == {"member": member}}
    names |= {name for name, kind in known.kinds.items() if kind == AskKind.MEMBER}
    names = {name for name in names if known.answers.get(name) == member}
    if not names:
        return known
    return replace(
        known,
        answers={**known.answers, **dict.fromkeys(names, NOBODY)},
        shown={**known.shown, **{name: {"member": NOBODY} for name in names}},
        asked={name: each for name, each in known.asked.items() if name not in names},
    )


def author(session: Session) -> int:
    """Return who wrote the answers by which a session runs: who led it at its start."""
    return session.lead if session.plan.by is None else session.plan.by


def words(known: Plan) -> Spoken:
    """Return the words of a leader that stand in a plan."""
    kinds, answers = known.kinds, known.answers.items()
    spoken = {name for name, each in answers if _wordless(each, kinds.get(name)) != each}
    spoken |= {name for name, each in known.shown.items() if isinstance(each, str)}
    texts = {
        text: own
        for stage in walk(known.stages)
        for name, own in stage.replaced.items()
        if (text := stage.words.get(name, "")).strip()
    }
    return Spoken(frozenset(spoken), known.title, known.own_title or known.title, texts)


def _unspoken(stage: Stage) -> Stage:
    """Return a stage with its playbook's own words; what a leader let it not say stays unsaid."""
    said = {name: own for name, own in stage.replaced.items() if stage.words.get(name, "").strip()}
    words = {name: text for name, text in {**stage.words, **said}.items() if text is not None}
    inner = tuple(_unspoken(each) for each in stage.stages)
    return replace(stage, words=words, replaced={}, stages=inner)


def _is_of(entry: Entry, event: Forgotten) -> bool:
    fields, messages = entry.fields, frozenset(event.messages)
    if event.spares_summaries and entry.what == "summary":
        return False
    return (
        (event.member is not None and entry.by == event.member)
        or not messages.isdisjoint((entry.message, *fields.get("messages", ())))
        or not frozenset(event.resources).isdisjoint(fields.get("resources", ()))
    )


def _bases(entry: Entry) -> Iterator[int]:
    """Yield the entries whose words an entry holds."""
    yield from entry.fields.get("entries", ())
    if isinstance(of := entry.fields.get("of"), int):
        yield of


def _is_by(held: _Held, event: Forgotten) -> bool:
    if isinstance(held, Done | Decided):
        return False
    is_gone = isinstance(held, Said) and held.message in event.messages
    return is_gone or (event.member is not None and held.member == event.member)


def _without(done: Done, event: Forgotten, gone: frozenset[int]) -> Done:
    """Return what came of an effect without the lines that rest on what goes, and without their vote."""
    result = {name: _lines(each, event, gone) for name, each in done.result.items()}
    if isinstance(votes := result.get("votes"), Mapping):
        own = str(event.member)
        result["votes"] = {id: each for id, each in votes.items() if str(id) != own}
    return replace(done, result=result)


def _lines(value: Any, event: Forgotten, gone: frozenset[int]) -> Any:
    if not isinstance(value, list | tuple):
        return value
    return [each for each in value if not _rests(each, event, gone)]


def _rests(line: Any, event: Forgotten, gone: frozenset[int]) -> bool:
    found = written([line]) if isinstance(line, Mapping) else ()
    return any(_meets(each, event, gone) for each in found)


def _meets(line: Written, event: Forgotten, gone: frozenset[int]) -> bool:
    return not (
        gone.isdisjoint(line.entries)
        and frozenset(event.messages).isdisjoint(line.messages)
        and frozenset(event.resources).isdisjoint(line.resources)
    )


def _wordless(answer: Any, kind: str | None) -> Any:
    """Return an answer without words; a list stays as long as it is, as a session goes through it.

    What kind of answer it is tells whether it is words; of a plan that does not say, how many they are.
    """
    if isinstance(answer, list | tuple):
        return [_wordless(each, kind) for each in answer]
    if kind is not None:
        return "" if kind in _SPOKEN and isinstance(answer, str) else answer
    if not isinstance(answer, str) or len(answer.split()) < 2:
        return answer
    return answer if read_weekly(answer[:_LONGEST_TIME], "UTC") is not None else ""
