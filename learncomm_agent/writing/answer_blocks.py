"""How an answer is shown: short lines, each with the resource that says it or the member who said it.

Where the library does not know, it says so, and who might.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from learncomm_agent.chat.outgoing import Block, Listing, Span, Style, Text
from learncomm_agent.library.resources import ResourceKind
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.excerpts import snippet
from learncomm_agent.writing.results import (
    TITLE_CHARS,
    Links,
    instead_blocks,
    numbered,
    title_of,
    where,
)
from learncomm_agent.writing.voice import Voice, link_to

Cite = Callable[[Mapping[str, Any]], tuple[Span, ...]]
"""Gives where a line of a resource stands."""


def answer_blocks(voice: Voice, writing: Writing, links: Links, cite: Cite) -> Iterator[Block]:
    """Show the claims of an answer, or that there are none."""
    who = writing.request.get("who")
    if who and writing.lines:
        yield voice.say("answer.asked", who=who, question=writing.request["question"])
    yield from _taken(voice, writing)
    if writing.lines:
        yield from instead_blocks(voice, writing)
        if writing.header.get("is_near"):
            yield voice.say("answer.nearest")
        yield from numbered(writing.lines, lambda line: _claim(voice, line, links, cite))
    else:
        yield _none(voice, writing)
    yield from _early(voice, writing)


def unanswered_blocks(voice: Voice, writing: Writing, links: Links) -> Iterator[Block]:
    """Say that the library does not know, and which members may; those alone where they were asked for."""
    yield from _taken(voice, writing)
    named = [line.content for line in writing.lines if line.content["shared_by"]]
    if not (named and writing.header.get("asks_people")):
        yield _none(voice, writing)
        yield from _early(voice, writing)
    if named:
        yield voice.say("answer.may_know")
        yield Listing(tuple(_knower(voice, content, links) for content in named))


def _none(voice: Voice, writing: Writing) -> Block:
    """Say that nothing was found, or nothing but what was said before."""
    is_repeat = writing.header.get("is_repeat")
    return voice.say("answer.nothing_new" if is_repeat else "answer.nothing")


def _early(voice: Voice, writing: Writing) -> Iterator[Block]:
    """Say where search by meaning was not ready."""
    if writing.trace.get("is_early"):
        is_found = writing.kind == "answer" and writing.lines
        yield voice.note("search.words_alone" if is_found else "why.words_alone")


def _taken(voice: Voice, writing: Writing) -> Iterator[Block]:
    """Say how a question was understood that goes on from the one before."""
    asked = writing.request
    if asked.get("meant"):
        yield voice.note("answer.taken", question=asked["meant"])
    elif asked.get("after"):
        question, then = (snippet(asked.get(key, ""), TITLE_CHARS) for key in ("after", "then"))
        yield voice.note("answer.taken_after", question=question, then=then)


def _claim(voice: Voice, line: Line, links: Links, cite: Cite) -> tuple[Span, ...]:
    content = line.content
    who = content.get("said_by")
    doubt = f" ({voice.phrase(content['doubt'])})" if content.get("doubt") else ""
    if who is None:
        return (Text(f"{content['text']} ("), *cite(content), Text(f"){doubt}"))
    said = voice.phrase("answer.said" if who else "answer.said_by_member", who=who)
    place = (
        voice.phrase("search.note")
        if content["kind"] == ResourceKind.MESSAGE
        else title_of(voice, content)
    )
    return (
        Text(f"{said} {content['text']} ("),
        Text(place, Style.EMPHASIS),
        *where(voice, content, links),
        Text(f"){doubt}"),
    )


def _knower(voice: Voice, content: Mapping[str, Any], links: Links) -> tuple[Span, ...]:
    """Name a member, by their own name alone, and what of theirs comes near."""
    who = content["shared_by"]
    if content["title"]:
        title = snippet(content["title"], TITLE_CHARS)
        told = voice.phrase("answer.knower_shared", who=who, title=title)
        return (Text(told), *where(voice, content, links))
    told = voice.phrase("answer.knower_said", who=who)
    return (Text(told + " "), link_to(voice.phrase("search.message"), links, content["message"]))
