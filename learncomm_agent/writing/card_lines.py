"""From opened passages, cards and lists to what is kept: lines in their JSON form, each with its evidence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from learncomm_agent.library.resources import Passage
from learncomm_agent.storage.cards import Card, Entry, Shared
from learncomm_agent.storage.opening import MOST_CHARS, Opened
from learncomm_agent.storage.writings import Evidence, Line
from learncomm_agent.writing.excerpts import snippet
from learncomm_agent.writing.keeping import shown_of

NEIGHBOUR_CHARS = 240
"""So much is shown of what stands before and after an opened passage."""
LEAST_CHARS = 80
"""Less of a neighbour than this is not worth showing."""


def opened_line(opened: Opened, words: Sequence[str], *, names_room: bool = False) -> Line:
    """Return the line of an opened passage.

    Args:
        opened: What was opened.
        words: Those that were looked for, to be marked in it.
        names_room: Whether it says in which room it was shared.
    """
    passage, shared = opened.passage, opened.entry.shares[0]
    room = min(NEIGHBOUR_CHARS, (MOST_CHARS - len(passage.text)) // 2)
    content = {
        **_named(opened.entry),
        "place": str(passage.place),
        **_shared(shared),
        "room": shared.room if names_room else None,
        "message": passage.message if passage.said else shared.message,
        "before": _tail(_beside(opened.before, passage), room),
        "text": passage.text,
        "after": _head(_beside(opened.after, passage), room),
        "words": list(words),
    }
    said = [each for part in opened.shown if part.said for each in shown_of(part, part.text)]
    span = _resource(opened.entry, opened.shown[0].start, opened.shown[-1].end)
    return Line("opened", content, tuple(said) or (span,))


def card_lines(card: Card) -> tuple[Line, ...]:
    """Return the lines of a card: the facts, then a line for each share."""
    facts = {
        **_named(card.entry),
        "author": card.author,
        "published_at": _json(card.published_at),
        "changed_at": _json(card.changed_at),
        "checked_at": _json(card.checked_at),
        "words": card.words,
        "pages": card.pages,
        "uses": dict(card.uses),
    }
    about = _resource(card.entry)
    shares = (
        Line(
            "shares",
            {
                **_shared(each),
                "shares": [each.id],
                "room": each.room,
                "comment": each.comment,
                "message": each.message,
            },
            (about, *_message(each)),
        )
        for each in card.entry.shares
    )
    return (Line("card", facts, (about,)), *shares)


def entry_line(entry: Entry, number: int, *, is_one_of: bool = False) -> Line:
    """Return the line of a list of resources.

    Args:
        entry: The resource.
        number: Under which it is listed.
        is_one_of: Whether others in the list may bear its title, so that only its id tells it apart.
    """
    content = {
        **_named(entry),
        "n": number,
        **_shared(entry.shares[0]),
        "others": max(0, len(entry.sharers) - 1),
        "message": entry.shares[0].message,
        "is_one_of": is_one_of,
    }
    return Line("resources", content, (_resource(entry),))


def _named(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "source": entry.source,
        "address": entry.address,
        "kind": entry.kind,
        "gone_at": _json(entry.gone_at),
        "shares": [each.id for each in entry.shares],
    }


def _shared(shared: Shared) -> dict[str, Any]:
    return {"shared_by": shared.who, "shared_at": shared.at.isoformat()}


def _resource(entry: Entry, start: int = 0, end: int = 0) -> Evidence:
    return Evidence("", entry.revision, resource=entry.id, start=start, end=end)


def _message(shared: Shared) -> tuple[Evidence, ...]:
    """Return the message that brought it: with it goes the comment."""
    if shared.message is None or shared.message_revision is None:
        return ()
    return (Evidence("", shared.message_revision, message=shared.message),)


def _beside(neighbour: Passage | None, passage: Passage) -> str:
    """Return the text of a neighbour, under its own heading where that is another."""
    if neighbour is None:
        return ""
    headings = neighbour.place.headings
    if not headings or headings == passage.place.headings:
        return neighbour.text
    heading = headings[-1]
    return f"{heading}{':' if heading[-1].isalnum() else ''} {neighbour.text}"


def _tail(text: str, limit: int) -> str:
    """Return the end of a text, cut at a word; nothing where there is no room."""
    flat = " ".join(text.split())
    if limit < LEAST_CHARS or len(flat) <= limit:
        return flat if limit >= LEAST_CHARS else ""
    return "… " + flat[-limit:].partition(" ")[2]


def _head(text: str, limit: int) -> str:
    """Return the beginning of a text, cut at a word; nothing where there is no room."""
    return snippet(text, limit) if limit >= LEAST_CHARS else ""


def _json(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
