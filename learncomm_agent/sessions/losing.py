"""What a session holds no more once a member, some messages or some resources are forgotten. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.sessions.events import Decided, Done, Forgotten, Joined, Left, Progressed
from learncomm_agent.sessions.methods.moments import read_weekly
from learncomm_agent.sessions.scene import OWN
from learncomm_agent.sessions.stages.written import Written, written
from learncomm_agent.sessions.state import Entry, Plan, Session

_LONGEST_TIME = 100
_Held = Done | Decided | Joined | Left | Progressed


def entries(session: Session, event: Forgotten) -> frozenset[int]:
    """Return the entries that go: those of the member, what messages or resources held, and what rests on any of them."""
    gone: set[int] = set()
    more = {id for id, entry in session.entries.items() if _is_of(entry, event)}
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
    return {**session.results, OWN: {**known, "parts": parts, "awaited": awaited}}


def plan(known: Plan) -> Plan:
    """Return a plan without the words of its leader; moments, choices and numbers stay, as they run it."""
    answers = {name: _wordless(each) for name, each in known.answers.items()}
    shown = {name: each for name, each in known.shown.items() if not isinstance(each, str)}
    return replace(known, answers=answers, shown=shown, asked={})


def words(known: Plan) -> frozenset[str]:
    """Return the names of the answers in which words of a leader stand."""
    answers = known.answers.items()
    spoken = {name for name, each in answers if _wordless(each) != each}
    return frozenset(spoken | {name for name, each in known.shown.items() if isinstance(each, str)})


def _is_of(entry: Entry, event: Forgotten) -> bool:
    fields, messages = entry.fields, frozenset(event.messages)
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
    return (
        isinstance(held, Joined | Left | Progressed)
        and event.member is not None
        and held.member == event.member
    )


def _without(done: Done, event: Forgotten, gone: frozenset[int]) -> Done:
    """Return what came of an effect without the lines that rest on what goes."""
    result = {name: _lines(each, event, gone) for name, each in done.result.items()}
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


def _wordless(answer: Any) -> Any:
    """Return an answer without words; a list stays as long as it is, as a session goes through it."""
    if isinstance(answer, list | tuple):
        return [_wordless(each) for each in answer]
    if not isinstance(answer, str) or len(answer.split()) < 2:
        return answer
    return answer if read_weekly(answer[:_LONGEST_TIME], "UTC") is not None else ""
