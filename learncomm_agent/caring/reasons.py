"""Why something was decided, and when it is to be looked at again, in the words of those who said it; pure."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from learncomm_agent.writing.language.cues import Cues, Phrases
from learncomm_agent.writing.language.deadlines import Deadlines

MOST = 2
"""So many reasons are quoted."""
_ORDINAL = re.compile(r"\S+\s+\d{1,2}\.$")
"""How a sentence ends that may go on with a month: `am 3.`"""


def reasons_in(texts: Sequence[str], cues: Cues) -> list[str]:
    """Return the sentences that say why, as they stand in what was said; no more than a few."""
    says = cues.phrases.get("reasons.says", Phrases())
    found = [
        sentence.quote
        for text in texts
        for sentence in cues.speech.sentences(text)
        if says.find(sentence.quote) is not None
    ]
    return list(dict.fromkeys(found))[:MOST]


def review_in(text: str, at: datetime, zone: str, cues: Cues) -> date | None:
    """Return the day on which something is looked at again, where a sentence says so and names one surely.

    Args:
        text: What was said.
        at: When that was.
        zone: Whose days are meant: an IANA name.
        cues: Of the languages it may be in.
    """
    says = cues.phrases.get("reviews.says", Phrases())
    readers = [_reader(cues, dates, zone) for dates in ("reviews.dates", "deadlines.says")]
    for sentence in _sentences(text, at, cues, readers):
        if says.find(sentence) is None:
            continue
        for reader in readers:
            day = reader.due(sentence, at)
            if day is not None and day > at.date():
                is_month = cues.phrases.get("reviews.months", Phrases()).find(sentence)
                first = day.replace(day=1)
                return first if is_month is not None and first > at.date() else day
    return None


def _sentences(text: str, at: datetime, cues: Cues, readers: Sequence[Deadlines]) -> list[str]:
    """Return the sentences of a text; the full stop of a number within a date ends none."""
    found: list[str] = []
    for sentence in cues.speech.sentences(text):
        before = _ORDINAL.search(found[-1]) if found else None
        if before is not None:
            date_there = f"{before.group()} {sentence.quote.split()[0]}"
            if any(each.due(date_there, at) is not None for each in readers):
                found[-1] += f" {sentence.quote}"
                continue
        found.append(sentence.quote)
    return found


def _reader(cues: Cues, dates: str, zone: str) -> Deadlines:
    return Deadlines(
        cues.phrases.get(dates, Phrases()),
        cues.means,
        languages=cues.languages or ("en",),
        timezone=zone,
        unsure=cues.phrases.get("days.next"),
        doubts=cues.phrases.get("deadlines.doubts"),
        order=cues.date_order,
    )


def deadline_in(text: str, at: datetime, zone: str, cues: Cues) -> date | None:
    """Return the day by which something is to be done, where a text names one surely."""
    return _reader(cues, "deadlines.says", zone).due(text, at)
