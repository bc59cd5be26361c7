"""Who promised something, and by when: computed from the messages that a line cites. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from learncomm_agent.writing.deadlines import DueReader
from learncomm_agent.writing.items import Item, Utterance
from learncomm_agent.writing.support import Support
from learncomm_agent.writing.vocabulary import normal

_MOST_READINGS = 120
"""Words of a message that are each tried as the beginning of a deadline."""
_WORD = re.compile(r"\w+")


def owner_of(
    item: Item,
    messages: Sequence[Utterance],
    speakers: Mapping[str, str],
    support: Support | None = None,
) -> str | None:
    """Give who promised: somebody who wrote one of the messages, or is named in one.

    Args:
        item: Its owner is who the draft says it was.
        messages: Its evidence, at least one.
        speakers: Names as they are written, by their normal form.
        support: For the lines of a model: the owner of "I will" is its author, and who wrote a further
            message must agree in it to what the first one asks.
    """
    if support is not None:
        first, *others = messages
        if support.promises(item.quote, first.text):
            return first.speaker
        is_asked = support.asks(first.text)
        messages = [first, *(each for each in others if is_asked and support.agrees(each.text))]
    if item.owner is None or not normal(item.owner):
        return None
    name = normal(item.owner)
    if any(normal(each.speaker) == name for each in messages):
        return speakers[name]
    is_named = any(
        re.search(rf"(?<!\w){re.escape(name)}(?!\w)", normal(each.text)) for each in messages
    )
    return speakers.get(name, item.owner) if is_named else None


def due_of(
    item: Item, messages: Sequence[Utterance], deadlines: DueReader | None, *, is_model: bool
) -> date | None:
    """Give the due date if the messages name it, else the one day that they name.

    Args:
        item: Its date is what the draft says.
        messages: Its evidence, at least one.
        deadlines: Reads dates. Without it the date of an extracted line stands, a model's falls away.
        is_model: Whether a model wrote the line; it may mean the second day of a message.
    """
    due = item.due
    if due is None or deadlines is None:
        return None if is_model else due
    found = [deadlines.due(item.quote, messages[0].at)]
    found += [deadlines.due(each.text, each.at) for each in messages]
    if due not in found and is_model:
        found += [deadlines.due(end, each.at) for each in messages for end in _endings(each.text)]
    dates = tuple(dict.fromkeys(each for each in found if each is not None))
    return due if due in dates else dates[0] if len(dates) == 1 else None


def _endings(text: str) -> Iterator[str]:
    starts = [match.start() for match in _WORD.finditer(text)]
    return (text[start:] for start in starts[:_MOST_READINGS])
