"""What was promised or decided, by whom, and until when: computed from the messages that a line cites. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from learncomm_agent.writing.evidence.acts import Acts
from learncomm_agent.writing.items import Item, ItemKind, Utterance
from learncomm_agent.writing.language.deadlines import DueReader
from learncomm_agent.writing.language.vocabulary import normal

_MOST_READINGS = 120
"""Words of a message that are each tried as the beginning of a deadline."""
_ANSWERS = 5
"""Messages right after another that may answer it without saying so."""
_OTHERWISE = ItemKind.KEY_POINT
_WORD = re.compile(r"\w+")


def kind_of(item: Item, kind: ItemKind, messages: Sequence[Utterance], acts: Acts) -> ItemKind:
    """Give what a model's line is: what nobody settled is no decision, and a `might` no action item.

    Both are key points then. A decision needs words of deciding in one of its messages, or somebody
    else's yes to the first one. An action item may not rest on what somebody might do, or won't do,
    unless it was asked for or others said yes.

    Args:
        item: Its quote stands in the first message.
        kind: What the model took it for.
        messages: Its evidence, at least one.
        acts: Knows the cues of the language that was spoken.
    """
    first, *others = messages
    is_agreed = any(each.speaker != first.speaker and acts.assents(each.text) for each in others)
    if kind is ItemKind.DECISION:
        is_settled = acts.settles([each.text for each in messages])
        return kind if is_settled or is_agreed or acts.approves(first.text) else _OTHERWISE
    if kind is ItemKind.ACTION and not is_agreed and not acts.promises(item.quote, first.text):
        is_open = acts.is_open(item.quote, first.text) and not acts.asks(first.text)
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
    acts: Acts | None,
) -> str | None:
    """Give who promised, or was asked and agreed; None where that is in doubt.

    In what a model wrote down, the owner of "I will" is its author. Anybody else must have been asked,
    and have said yes; their first plain yes or no counts. Who is only said to do it, or never answered,
    owns nothing, and neither does a group.

    Args:
        item: Its owner is who the draft says it was.
        messages: Its evidence, at least one.
        answers: Messages that may answer the first one, whether a model cites them or not.
        speakers: Names as they are written, by their normal form.
        acts: For the lines of a model: knows the cues of the language that was spoken.
    """
    name, first = normal(item.owner or ""), messages[0]
    if acts is None:
        is_near = any(normal(each.speaker) == name for each in messages)
        return speakers.get(name) if is_near or (name and _is_named(name, messages)) else None
    if acts.promises(item.quote, first.text):
        return first.speaker
    asked = _Asked(item.quote, messages, answers, speakers, acts)
    for each in _called(name, speakers):
        if each == normal(first.speaker):
            if acts.speaks_of_self(item.quote, first.text) and not acts.is_open(
                item.quote, first.text
            ):
                return first.speaker
        elif asked.has_agreed(each):
            return speakers[each]
    agreed = [each for each in asked.named if asked.has_agreed(each)]
    return speakers[agreed[0]] if len(agreed) == 1 else None


class _Asked:
    """Who was asked for something, and said yes."""

    def __init__(
        self,
        quote: str,
        messages: Sequence[Utterance],
        answers: Sequence[Utterance],
        speakers: Mapping[str, str],
        acts: Acts,
    ) -> None:
        self._first, *others = messages
        self._answers = (*answers, *others)
        self._cited = {normal(each.speaker) for each in others}
        self._acts = acts
        said = normal(self._first.text)
        author = normal(self._first.speaker)
        self.named = tuple(each for each in speakers if each != author and _calls(said, each))
        """The speakers whom the first message names, in their normal form."""
        self._is_asked = acts.asks_by(quote, self._first.text)

    def has_agreed(self, name: str) -> bool:
        """Tell whether a speaker who was asked, or whose answer a line cites, took it on."""
        if not self._is_asked or (name not in self.named and name not in self._cited):
            return False
        own = [each for each in self._answers if normal(each.speaker) == name]
        acts = self._acts
        decided = (each for each in own if acts.agrees(each.text) or acts.refuses(each.text))
        answer = next(decided, None)
        if answer is None or not acts.agrees(answer.text):
            return False
        if answer.reply_to == self._first.id:
            return True
        # Somebody else was asked: a yes in passing is none to this.
        is_others = name not in self.named and (self.named or acts.calls_somebody(self._first.text))
        is_yes = acts.is_short(answer.text) and not is_others
        return is_yes or acts.shares_words(answer.text, self._first.text)


def _called(name: str, speakers: Mapping[str, str]) -> Sequence[str]:
    """Return the speakers whom a name may mean: the one of that name, else all of that first name."""
    if name in speakers:
        return (name,)
    return [each for each in speakers if name and each.startswith(f"{name} ")]


def _calls(said: str, name: str) -> bool:
    first = name.split(" ")[0]
    written = rf"(?<!\w)(?:{re.escape(name)}|{re.escape(first)})(?!\w)"
    return re.search(written, said) is not None


def _is_named(name: str, messages: Sequence[Utterance]) -> bool:
    written = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return any(written.search(normal(each.text)) for each in messages)


def due_of(
    item: Item, messages: Sequence[Utterance], deadlines: DueReader | None, *, is_model: bool
) -> date | None:
    """Give the due date if the messages name it, else the one day that they name.

    A day counts that was named in the first message, by its author, or by the owner.

    Args:
        item: Its date is what the draft says, its owner is known.
        messages: Its evidence, at least one.
        deadlines: Reads dates. Without it the date of an extracted line stands, a model's falls away.
        is_model: Whether a model wrote the line; it may mean the second day of a message.
    """
    due = item.due
    if due is None or deadlines is None:
        return None if is_model else due
    theirs = (messages[0].speaker, item.owner)
    messages = [each for each in messages if not is_model or each.speaker in theirs]
    found = [deadlines.due(item.quote, messages[0].at, messages[0].zone)]
    found += [deadlines.due(each.text, each.at, each.zone) for each in messages]
    if due not in found and is_model:
        for each in messages:
            found += [deadlines.due(end, each.at, each.zone) for end in _endings(each.text)]
    dates = tuple(dict.fromkeys(each for each in found if each is not None))
    return due if due in dates else dates[0] if len(dates) == 1 else None


def _endings(text: str) -> Iterator[str]:
    starts = [match.start() for match in _WORD.finditer(text)]
    return (text[start:] for start in starts[:_MOST_READINGS])
