"""How what the library holds is shown: results, an opened passage, a card, a list of resources.

Each is made from the stored form of a writing. A line keeps its number when others go, since people
open it by that number.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import (
    Block,
    Heading,
    Link,
    Listing,
    MessageLink,
    Paragraph,
    Quote,
    Span,
    Style,
    Text,
)
from learncomm_agent.library.resources import ResourceKind
from learncomm_agent.storage.resources import is_page
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.excerpts import marked, marks_of, snippet
from learncomm_agent.writing.voice import Voice

TITLE_CHARS = 80
PLACE_CHARS = 48
"""A result's head is to be one line, or two on a phone."""
USED_IN = ("answer", "questions", "summary")
"""What may rest on a resource and is counted, in the order in which it is told."""

LOOKED_AGAIN = timedelta(hours=1)
"""A page that was looked at within so much time after it was shared was looked at once."""

_TALK = re.compile(r"#(.*), (\d{4}-\d\d-\d\d \d\d:\d\d)")
"""The title of a talk: its room, and when it began, in UTC."""

Links = Mapping[int, MessageRef]
"""Where the messages stand that lines rest on, by row id."""


def number_of(line: Line, place: int) -> int:
    """Return the number of a line; of an old one its place, counted from 0."""
    number: int = line.content.get("n", place + 1)
    return number


def numbered(
    lines: tuple[Line, ...], show: Callable[[Line], tuple[Span, ...]]
) -> Iterator[Listing]:
    """Yield the lines under their own numbers: a list for each run without a gap."""
    named = [(number_of(line, place), line) for place, line in enumerate(lines)]
    runs = groupby(enumerate(named), key=lambda each: each[1][0] - each[0])
    for _, run in runs:
        held = [each for _, each in run]
        yield Listing(tuple(show(line) for _, line in held), start=held[0][0])


def address_of(content: Mapping[str, Any]) -> str:
    """Return the address of a page; empty where there is none."""
    source = str(content["source"])
    return content.get("address") or (source if is_page(source) else "")


def names_itself(content: Mapping[str, Any]) -> bool:
    """Whether a title only repeats words that are shown, as that of a short note does."""
    if content.get("kind", ResourceKind.MESSAGE) != ResourceKind.MESSAGE:
        return False
    title = content["title"].removesuffix("…").rstrip()
    return bool(title) and title.casefold() in content["text"].casefold()


def title_of(voice: Voice, content: Mapping[str, Any]) -> str:
    """Return a title; that of a talk in the reader's language and zone."""
    title = str(content["title"])
    if content.get("kind") == ResourceKind.CONVERSATION and (talk := _TALK.fullmatch(title)):
        at = datetime.fromisoformat(talk[2]).replace(tzinfo=UTC).astimezone(voice.zone)
        return voice.phrase("search.talk", room=talk[1], at=at)
    return title


def search_blocks(voice: Voice, writing: Writing, links: Links) -> tuple[Block, ...]:
    """Show what a search found."""
    if not writing.lines:
        return () if writing.lost else (voice.say("search.nothing"),)
    asked = writing.request
    who = asked.get("who")
    looked = (voice.say("search.looked", who=who, query=asked["query"]),) if who else ()
    notes = (voice.note("search.words_alone"),) if writing.trace.get("is_early") else ()
    now = writing.header.get("at")
    results = numbered(writing.lines, lambda line: _result(voice, line, links, now))
    return (*looked, *instead_blocks(voice, writing), *results, *notes)


def instead_blocks(voice: Voice, writing: Writing) -> Iterator[Block]:
    """Say which words were not to be found, and what was looked for in their place."""
    told: dict[str, str] = {}
    for line in writing.lines:
        told = {**line.content.get("instead", {}), **told}
    for asked, found in told.items():
        yield voice.say("search.instead", asked=asked, found=found)


def _result(voice: Voice, line: Line, links: Links, now: str | None) -> tuple[Span, ...]:
    content = line.content
    words = marked(content["text"], content.get("marks", ()))
    head = () if _begins_with_title(content) else (*_head(voice, content), Text("\n"))
    return (
        *head,
        *words,
        Text("\n"),
        Text(shared(voice, content, now), Style.EMPHASIS),
        *where(voice, content, links),
    )


def shared(voice: Voice, content: Mapping[str, Any], now: str | None) -> str:
    """Say by whom and when a result was shared, and how many more say nearly the same."""
    alike = content.get("alike", 0)
    beside = f" · {voice.phrase('search.alike', count=alike)}" if alike else ""
    return _shared(voice, content, now) + beside


def _begins_with_title(content: Mapping[str, Any]) -> bool:
    """Whether a note's own words say its title, so that it needs none above them."""
    title = content["title"].removesuffix("…").rstrip()
    return names_itself(content) and content["text"].startswith(title)


def _head(voice: Voice, content: Mapping[str, Any]) -> tuple[Span, ...]:
    title, place = snippet(title_of(voice, content), TITLE_CHARS), content["place"]
    if len(place) > PLACE_CHARS:  # the innermost heading tells most
        _, outer, inner = place.rpartition(" › ")
        place = ("… › " if outer else "") + snippet(inner, PLACE_CHARS)
    address = address_of(content)
    named: Span = Link(title, address) if address else Text(title, Style.STRONG)
    return (named, Text(f" › {place}")) if place else (named,)


def where(voice: Voice, content: Mapping[str, Any], links: Links) -> tuple[Span, ...]:
    """Return a link to the message that brought it, where there is one and no page of its own."""
    ref = links.get(content.get("message") or 0)
    if ref is None or address_of(content):
        return ()
    return (Text(" · "), MessageLink(voice.phrase("search.message"), ref))


def _shared(voice: Voice, content: Mapping[str, Any], now: str | None) -> str:
    who, at = content["shared_by"], content["shared_at"]
    age = voice.age(at, now)
    if content.get("kind") == ResourceKind.CONVERSATION:
        return voice.phrase("search.said", age=age)
    if who and content.get("room"):
        return voice.phrase("search.shared_in", who=who, room=content["room"], age=age)
    if who:
        return voice.phrase("search.shared_by", who=who, age=age)
    return voice.phrase("search.shared", age=age)


def opened_blocks(voice: Voice, writing: Writing, links: Links) -> tuple[Block, ...]:
    """Show a passage with what surrounds it."""
    if not writing.lines:
        return ()
    content = writing.lines[0].content
    words = content["words"]
    about = [voice.phrase(f"kind.{content['kind']}"), _shared(voice, content, writing.header["at"])]
    if content.get("gone_at"):
        about.append(voice.phrase("card.gone_short"))
    has_title = content["before"] or not _begins_with_title(content)
    blocks: list[Block] = [Paragraph(_head(voice, content))] if has_title else []
    if content["before"]:
        blocks.append(Paragraph((Text(content["before"], Style.EMPHASIS),)))
    blocks.append(Quote(marked(content["text"], marks_of(content["text"], words))))
    if content["after"]:
        blocks.append(Paragraph((Text(content["after"], Style.EMPHASIS),)))
    blocks.append(Paragraph((Text(" · ".join(about)), *where(voice, content, links))))
    return tuple(blocks)


def list_blocks(voice: Voice, writing: Writing, links: Links) -> tuple[Block, ...]:
    """Show a page of the list of resources, or of those that fit a name."""
    if not writing.lines:
        return ()
    now, header = writing.header["at"], writing.header
    heading = voice.say(header["heading"], count=header["count"])
    next_page = header.get("next")
    more = (voice.say("resources.more", page=next_page),) if next_page else ()
    items = numbered(writing.lines, lambda line: _entry(voice, line.content, links, now))
    return (heading, *items, *more)


def _entry(voice: Voice, content: Mapping[str, Any], links: Links, now: str) -> tuple[Span, ...]:
    address, title = address_of(content), snippet(title_of(voice, content), TITLE_CHARS)
    named: Span = Link(title, address) if address else Text(title, Style.STRONG)
    told = [
        voice.phrase(f"kind.{content['kind']}"),
        _shared(voice, content, now),
        *([voice.phrase("resources.others", count=content["others"])] if content["others"] else ()),
        *([voice.phrase("card.gone_short")] if content["gone_at"] else ()),
        *([f"#{content['id']}"] if content.get("is_one_of") else ()),
    ]
    return (named, Text(f" · {' · '.join(told)}"), *where(voice, content, links))


def card_blocks(voice: Voice, writing: Writing, links: Links) -> tuple[Block, ...]:
    """Show the card of a resource: what it is, who shared it and why, what rests on it."""
    facts = [line.content for line in writing.lines if line.section == "card"]
    if not facts:
        return ()
    content, now = facts[0], writing.header["at"]
    shares = [line.content for line in writing.lines if line.section == "shares"]
    rows: list[tuple[Span, ...]] = [(Text(said),) for said in _facts(voice, content)]
    address = address_of(content)
    rows += [(Link(address, address),)] if address else []
    rows += [_share(voice, share, links, now) for share in shares]
    first = min((share["shared_at"] for share in shares), default=None)
    rows += [(Text(said),) for said in _life(voice, content, now, first)]
    return (
        Heading(title_of(voice, content)),
        Listing(tuple(rows)),
        voice.note("card.number", id=content["id"]),
    )


def _facts(voice: Voice, content: Mapping[str, Any]) -> Iterator[str]:
    kind = voice.phrase(f"kind.{content['kind']}")
    kind = kind[:1].upper() + kind[1:]
    if content["pages"]:
        yield voice.phrase("card.pages", kind=kind, count=content["pages"])
    else:
        yield voice.phrase("card.words", kind=kind, count=content["words"])
    author, published = content["author"], content["published_at"]
    day = voice.local(published).date() if published else None
    if author and day:
        yield voice.phrase("card.author_at", author=author, at=day)
    elif author:
        yield voice.phrase("card.author", author=author)
    elif day:
        yield voice.phrase("card.dated", at=day)


def _share(voice: Voice, content: Mapping[str, Any], links: Links, now: str) -> tuple[Span, ...]:
    who, room, age = content["shared_by"], content["room"], voice.age(content["shared_at"], now)
    if who and room:
        said = voice.phrase("card.shared_in", who=who, room=room, age=age)
    elif who:
        said = voice.phrase("card.shared", who=who, age=age)
    elif room:
        said = voice.phrase("card.kept_in", room=room, age=age)
    else:
        said = voice.phrase("card.added", age=age)
    comment = content["comment"] if who else ""  # without its sharer's name, it is forgotten
    why = f" {voice.phrase('card.why', comment=comment)}" if comment else ""
    ref = links.get(content["message"] or 0)
    link = () if ref is None else (Text(" · "), MessageLink(voice.phrase("search.message"), ref))
    return (Text(said + why), *link)


def _life(
    voice: Voice, content: Mapping[str, Any], now: str, shared_at: str | None
) -> Iterator[str]:
    """Say what became of it since it was shared, and what rests on it."""
    if content["changed_at"]:
        yield voice.phrase("card.changed", age=voice.age(content["changed_at"], now))
    if content["gone_at"]:
        yield voice.phrase("card.gone", at=voice.local(content["gone_at"]).date())
    elif content["checked_at"] and _is_later(content["checked_at"], shared_at):
        yield voice.phrase("card.checked", age=voice.age(content["checked_at"], now))
    uses = [
        voice.phrase(f"card.used_{kind}", count=content["uses"][kind])
        for kind in USED_IN
        if content["uses"].get(kind)
    ]
    if uses:
        yield voice.phrase("card.used", uses=uses)


def _is_later(checked_at: str, shared_at: str | None) -> bool:
    """Whether a page was looked at again, and not only when it was shared."""
    if shared_at is None:
        return True
    return datetime.fromisoformat(checked_at) - datetime.fromisoformat(shared_at) > LOOKED_AGAIN
