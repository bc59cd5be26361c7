"""Following a feed: which entries are new, in which order they came, when to look again; pure."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from learncomm_agent.library.readers.feed import Entry

SOONEST = timedelta(minutes=30)
LATEST = timedelta(days=1)
UNKNOWN = timedelta(hours=6)
"""Between two looks at a feed that tells no dates."""
TELLING = 13
"""So many failures in a row fill a week, see `after_failures`."""
_FUTURE = timedelta(days=1)
_CADENCE_OF = 11


def digests(entry: Entry) -> tuple[str, str]:
    """Return what an entry is known by, and what it says: its title and text, or else its link."""
    texts = [section.text for section in entry.sections] or [entry.link or entry.id]
    return _digest(entry.id), _digest("\0".join((entry.title, *texts)))


def in_order(entries: Sequence[Entry], now: datetime) -> list[Entry]:
    """Return entries, oldest first: by their dates, or where not all have a likely one as they stand.

    Feeds hold what is newest first.
    """
    known = [entry for entry in entries if _is_likely(entry.published_at, now)]
    if len(known) < len(entries):
        return list(reversed(entries))
    return sorted(reversed(entries), key=lambda entry: entry.published_at or now)


def new_ones(entries: Sequence[Entry], seen: Mapping[str, str]) -> list[Entry]:
    """Return those that were not seen yet, then those that say something else now.

    What says the same as another is no new one, whatever it is called.
    """
    known = set(seen.values())
    new: list[Entry] = []
    changed: list[Entry] = []
    for entry in entries:
        id, content = digests(entry)
        if content not in known:
            (changed if id in seen else new).append(entry)
            known.add(content)
    return new + changed


def after_success(entries: Sequence[Entry], now: datetime) -> timedelta:
    """Return when to look again: about twice as often as the feed brings something."""
    dates = sorted(
        (each.published_at for each in entries if each.published_at is not None), reverse=True
    )
    recent = [moment for moment in dates if _is_likely(moment, now)][:_CADENCE_OF]
    if len(recent) < 2:
        return UNKNOWN
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(recent)]
    return bounded(timedelta(seconds=median(gaps) / 2))


def bounded(wait: timedelta) -> timedelta:
    """Return a time between two looks that is neither too short nor too long."""
    return min(LATEST, max(SOONEST, wait))


def after_failures(count: int) -> timedelta:
    """Return when to try again after so many failures in a row: each time later, up to a day."""
    return min(LATEST, SOONEST * 2.0 ** min(count - 1, 10))


def _is_likely(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now + _FUTURE


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=10).hexdigest()
