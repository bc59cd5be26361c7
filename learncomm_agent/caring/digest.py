"""Which week a digest is about, and what of it fits a screen; pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from learncomm_agent.sessions.methods.meetings import Weekly, next_meeting

MOST_LINES, MOST_CHARS = 14, 1200
"""About a screen of a phone, headings counted."""
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
"""A day more than weeks is looked back, as a week in which the clocks change has another length."""


def span_of(weekly: Weekly, now: datetime) -> tuple[datetime, datetime]:
    """Return the span between the last two times of a rhythm, so that nothing is told twice or not at all.

    However late it is told: what comes after the last time belongs to the next one.
    """
    back = _WEEK * weekly.every + _DAY
    until = next_meeting(weekly, now - back)
    while (later := next_meeting(weekly, until)) <= now:
        until = later
    return next_meeting(weekly, until - back), until


def fitting(
    sections: Mapping[str, Sequence[int]], *, lines: int = MOST_LINES, chars: int = MOST_CHARS
) -> dict[str, int]:
    """Return how many things of each section are told: something of everything first, then more of each.

    Args:
        sections: How many characters each thing has, the ones that matter most first, under the name of
            its section; earlier sections matter more.
        lines: So many lines at most; a section has one for its heading.
        chars: So many characters at most.
    """
    told = dict.fromkeys(sections, 0)
    deepest = max(map(len, sections.values()), default=0)
    for depth in range(deepest):
        for name, lengths in sections.items():
            if told[name] != depth or depth >= len(lengths):
                continue  # what comes behind one that does not fit would stand in its place
            heading = 0 if depth else 1
            if heading + 1 <= lines and lengths[depth] <= chars:
                told[name] += 1
                lines -= heading + 1
                chars -= lengths[depth]
    return told
