"""How a goal is shown: to others, once its owner shares it, and to the owner alone with what may help."""

from collections.abc import Iterator

from learncomm_agent.chat.outgoing import (
    Block,
    Link,
    Listing,
    MessageLink,
    Quote,
    Span,
    Style,
    Text,
)
from learncomm_agent.storage.knowers import SECTION as PEOPLE
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.excerpts import snippet
from learncomm_agent.writing.results import (
    TITLE_CHARS,
    Links,
    address_of,
    shared,
    title_of,
    where,
)
from learncomm_agent.writing.round_up import placed
from learncomm_agent.writing.voice import Voice

SOURCES, SESSIONS = "sources", "sessions"
"""Sections of what may help, beside that of the people who offered help."""


def goal_blocks(voice: Voice, writing: Writing) -> tuple[Block, ...]:
    """Say what somebody wants to learn, or has learnt, as long as they wish it."""
    said = writing.request
    if not said:
        return (voice.note("goals.taken_back"),)
    key = "goals.posted_reached" if writing.header.get("is_reached") else "goals.posted"
    return (voice.say(key, who=said["who"]), Quote((Text(said["text"]),)))


def idea_blocks(voice: Voice, writing: Writing, links: Links) -> tuple[Block, ...]:
    """Say that a goal is kept, or what else may help with it, and what there is of that."""
    header = writing.header
    has_ideas = bool(writing.lines or writing.lost)
    said = voice.say(header["key"], **header["values"], has_ideas=has_ideas)
    if not writing.lines:
        none = () if writing.lost else (voice.say("goals.no_ideas"),)
        return (said, *none)
    blocks: list[Block] = [said]
    blocks += _list(voice, writing, links)
    return tuple(blocks)


def _list(voice: Voice, writing: Writing, links: Links) -> Iterator[Block]:
    parts: dict[str, list[Line]] = {SOURCES: [], SESSIONS: [], PEOPLE: []}
    for line in writing.lines:
        if line.section != PEOPLE or line.content["shared_by"]:
            parts[line.section].append(line)
    if parts[SOURCES]:
        yield voice.say("goals.sources")
        now = writing.header["at"]
        yield Listing(tuple(_source(voice, line, links, now) for line in parts[SOURCES]))
    if parts[SESSIONS]:
        yield voice.say("goals.sessions")
        yield Listing(tuple(_session(voice, line) for line in parts[SESSIONS]))
    if parts[PEOPLE]:
        yield voice.say("goals.people")
        names = [(Text(line.content["shared_by"]),) for line in parts[PEOPLE]]
        yield Listing(tuple(names))


def _source(voice: Voice, line: Line, links: Links, now: str) -> tuple[Span, ...]:
    content = line.content
    title, address = snippet(title_of(voice, content), TITLE_CHARS), address_of(content)
    named: Span = Link(title, address) if address else Text(title, Style.STRONG)
    told = Text(f" · {shared(voice, content, now)}", Style.EMPHASIS)
    return (named, told, *where(voice, content, links))


def _session(voice: Voice, line: Line) -> tuple[Span, ...]:
    content = line.content
    told = voice.phrase(
        "goals.session", title=content["title"], room=content["room"], at=voice.local(content["at"])
    )
    ref = placed(content.get("post"))
    link = () if ref is None else (Text(" · "), MessageLink(voice.phrase("goals.there"), ref))
    return (Text(told), *link)
