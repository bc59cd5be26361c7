"""What becomes of the entries that are left where others are forgotten: who asked the same stands for it. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.sessions.state import Entry, Session

_LISTS = frozenset({"ids", "done", "asked", "left", "answered", "chosen", "order"})
"""Under these names stages keep lists of entries."""
_UP, _ENTRY = "up", "entry"
"""Under these, one."""
_TURN = frozenset({"turn", "moved", "answer_message", "asked"})
"""What is noted of a question as such, not of its words: it holds for whichever stands for it next."""


def without(session: Session, gone: Collection[int], member: int | None = None) -> Session:
    """Return a session without some entries, and without what a member backed.

    What was merged into one that goes stays: the first of them stands in its place, wherever that is named.

    Args:
        session: As it was.
        gone: The entries that go.
        member: Who is forgotten.
    """
    into = _moved(session.entries, gone)
    heirs = {last: id for id, (last, heir) in into.items() if heir is None}
    entries = {}
    for id, entry in session.entries.items():
        if id in gone:
            continue
        if id in into:
            last, head = into[id]
            entry = replace(entry, merged_into=head)
            entry = _in_place_of(entry, session.entries[last]) if head is None else entry
        backers = tuple(each for each in entry.backers if each != member)
        entries[id] = replace(entry, backers=backers)
    session = replace(session, entries=entries)
    return _renamed(session, heirs) if heirs else session


def _moved(
    entries: Mapping[int, Entry], gone: Collection[int]
) -> dict[int, tuple[int, int | None]]:
    """Return what was merged into entries that go, each with the last of those and what stands for it now.

    That is None of the first, which stands for itself.
    """
    heirs: dict[int, int] = {}
    found: dict[int, tuple[int, int | None]] = {}
    for id in sorted(entries):
        last = entries[id].merged_into
        if id in gone or last is None or last not in gone:
            continue
        following = entries[last].merged_into
        while last in gone and following is not None and following in entries:
            last, following = following, entries[following].merged_into
        found[id] = (last, last if last not in gone else heirs.get(last))
        heirs.setdefault(last, id)
    return found


def _in_place_of(entry: Entry, gone: Entry) -> Entry:
    """Return an entry as it stands where another one stood, with its own words."""
    noted = {name: each for name, each in gone.fields.items() if name in _TURN}
    own = {name: each for name, each in entry.fields.items() if name not in _TURN}
    backers = {*gone.backers, gone.by, *entry.backers} - {None, entry.by}
    return replace(
        entry,
        place=gone.place,
        is_struck=gone.is_struck,
        fields={**own, **noted},
        backers=tuple(sorted(each for each in backers if each is not None)),
    )


def _renamed(session: Session, heirs: Mapping[int, int]) -> Session:
    """Return a session in which stages name entries instead of those in whose place they stand."""
    results = {
        name: each if name.startswith("_") else _result(each, heirs)
        for name, each in session.results.items()
    }
    standing = session.standing
    if standing is not None:
        data = {name: _under(name, each, heirs) for name, each in standing.data.items()}
        standing = replace(standing, data=data)
    return replace(session, results=results, standing=standing)


def _result(value: Any, heirs: Mapping[int, int]) -> Any:
    if isinstance(value, Mapping):
        return {name: _under(name, each, heirs) for name, each in value.items()}
    return _list(value, heirs) if isinstance(value, list | tuple) else value


def _under(name: str, value: Any, heirs: Mapping[int, int]) -> Any:
    if name in _LISTS and isinstance(value, list | tuple):
        return _list(value, heirs)
    return _one(value, heirs) if name in {_UP, _ENTRY} else value


def _list(value: Any, heirs: Mapping[int, int]) -> list[Any]:
    """Return a list of entries, or of lists of them, with none twice; what holds other things stays as it is."""
    renamed = [_one(each, heirs) for each in value]
    is_flat = all(isinstance(each, int) for each in renamed)
    return list(dict.fromkeys(renamed)) if is_flat else renamed


def _one(value: Any, heirs: Mapping[int, int]) -> Any:
    if isinstance(value, list | tuple):
        return _list(value, heirs)
    return heirs.get(value, value) if isinstance(value, int) else value
