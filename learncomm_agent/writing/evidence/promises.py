"""What was promised or decided, by whom, and until when: computed from the messages that a line cites. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from learncomm_agent.writing.evidence.support import Support
from learncomm_agent.writing.items import Item, ItemKind, Utterance
from learncomm_agent.writing.language.deadlines import DueReader
from learncomm_agent.writing.language.vocabulary import normal

_MOST_READINGS = 120
"""Words of a message that are each tried as the beginning of a deadline."""
_ANSWERS = 5
"""Messages right after another that may answer it without saying so."""
_OTHERWISE = ItemKind.KEY_POINT
_WORD = re.compile(r"\w+")


def kind_of(
    item: Item, kind: ItemKind, messages: Sequence[Utterance], support: Support
) -> ItemKind:
    """Give what a model's line is: what nobody settled is no decision, and a `might` no action item.

    Both are key points then. A decision needs words of deciding in one of its messages, or somebody
    else's yes to the first one. An action item may not rest on what somebody might do, or won't do,
    unless it was asked for or others said yes.

    Args:
        item: Its quote stands in the first message.
        kind: What the model took it for.
        messages: Its evidence, at least one.
        support: Knows the cues of the language that was spoken.
    """
    first, *others = messages
    is_agreed = any(each.speaker != first.speaker and support.assents(each.text) for each in others)
    if kind is ItemKind.DECISION:
        is_settled = support.settles([each.text for each in messages])
        return kind if is_settled or is_agreed or support.approves(first.text) else _OTHERWISE
    if kind is ItemKind.ACTION and not is_agreed and not support.promises(item.quote, first.text):
        is_open = support.is_open(item.quote, first.text) and not support.asks(first.text)
        return _OTHERWISE if is_open else kind
    return kind


def answers_to(message: Utterance, after: Sequence[Utterance]) -> Sequence[Utterance]:
    """Return the messages that may answer one: those that say so, and what is said right after it.

    Args:
        message: May ask for something.
        after: What was said after it.
    """
    replies = [each for each in after if each.reply_to == message.id]
    return replies + [each for each in after[:_ANSWERS] if each.reply_to is None]


def owner_of(
    item: Item,
    messages: Sequence[Utterance],
    answers: Sequence[Utterance],
    speakers: Mapping[str, str],
    support: Support | None,
) -> str | None:
    """Give who promised: somebody who wrote one of the messages, or is named in one.

    In what a model wrote down, the owner of "I will" is its author. Anybody else was asked or named,
    and must have said yes where they answered; their first plain yes or no counts.

    Args:
        item: Its owner is who the draft says it was.
        messages: Its evidence, at least one.
        answers: Messages that may answer the first one, whether a model cites them or not.
        speakers: Names as they are written, by their normal form.
        support: For the lines of a model: knows the cues of the language that was spoken.
    """
    name = normal(item.owner or "")
    if support is not None:
        if support.promises(item.quote, messages[0].text):
            return messages[0].speaker
        owner = _model_owner(name, item, messages, answers, support)
        return speakers.get(owner, item.owner) if owner else None
    if not name:
        return None
    if any(normal(each.speaker) == name for each in messages):
        return speakers[name]
    return speakers.get(name, item.owner) if _is_named(name, messages) else None


def _model_owner(
    name: str,
    item: Item,
    messages: Sequence[Utterance],
    answers: Sequence[Utterance],
    support: Support,
) -> str | None:
    """Give the owner's name in its normal form, where the author of the first promises nothing."""
    first, *others = messages
    if name == normal(first.speaker):
        return None if support.is_open(item.quote, first.text) else name
    is_named = bool(name) and _is_named(name, messages)
    if not is_named and name not in (normal(each.speaker) for each in others):
        return None
    own = [each for each in (*answers, *others) if normal(each.speaker) == name]
    if not own:
        return name
    decided = (each for each in own if support.agrees(each.text) or support.refuses(each.text))
    answer = next(decided, None)
    is_asked = is_named or support.asks(first.text)
    return name if answer and is_asked and support.agrees(answer.text) else None


def _is_named(name: str, messages: Sequence[Utterance]) -> bool:
    written = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return any(written.search(normal(each.text)) for each in messages)


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
