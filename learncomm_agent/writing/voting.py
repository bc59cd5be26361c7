"""How a vote on questions is shown: what there is to choose from, and what came of it.

While it is open, nothing shows where a question comes from, who added one, or how the votes stand.
"""

import re
from collections.abc import Callable, Collection, Sequence
from hashlib import blake2b

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Heading,
    Listing,
    Menu,
    Paragraph,
    Span,
    Style,
    Text,
    Time,
)
from learncomm_agent.storage.ballots import OPTIONS
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.results import number_of, numbered
from learncomm_agent.writing.sayings import moment_in_words
from learncomm_agent.writing.voice import Voice

MOST_SHOWN = 25
"""So many questions a vote can have, and no number is drawn twice: a list to pick from holds no more."""
VOTE = "vote"
"""What the control begins with by which people vote, and what opens the form for a question."""
_MOMENT = "\ue000"
"""Stands in a sentence for a moment; nobody can write it into one."""


def draw(seed: str, taken: Collection[int]) -> int:
    """Return a number that is free, by a lot that comes out the same each time."""
    free = (number for number in range(1, MOST_SHOWN + 1) if number not in taken)
    return min(free, key=lambda number: blake2b(f"{seed}:{number}".encode()).digest())


def ballot_lines(lines: Sequence[Line], seed: str) -> tuple[Line, ...]:
    """Return the lines of some questions as those of a vote: under numbers that are drawn by lot.

    Each says in `of` which line it was, since what a leader wrote into that goes with them.
    """
    drawn: list[int] = []
    for _ in lines[:MOST_SHOWN]:
        drawn.append(draw(seed, drawn))
    return tuple(
        Line(
            OPTIONS, {**line.content, "n": number, "of": line.id, "is_edited": False}, line.evidence
        )
        for number, line in zip(drawn, lines, strict=False)
    )


def ballot_blocks(voice: Voice, writing: Writing) -> tuple[Block, ...]:
    """Show what there is to vote for; once the vote is over, that it is."""
    heading = _heading(voice, writing, "vote.heading")
    if writing.header.get("is_closed"):
        is_counted = writing.header.get("is_counted", False)
        return (heading, voice.note("vote.closed", is_counted=is_counted))
    lines = _by_number(writing)
    listed = tuple(numbered(lines, lambda line: (Text(line.content["text"]),)))
    how = voice.say("vote.how", most=_most(writing, lines))
    return (heading, how, *listed, until(voice, writing), *ballot_controls(voice, writing))


def ballot_controls(voice: Voice, writing: Writing) -> tuple[Block, ...]:
    """Return what members vote with, and add questions with; nothing where its id is not known yet."""
    if not writing.id:
        return ()
    lines = _by_number(writing)
    most = _most(writing, lines)
    options = tuple(
        Choice(str(number), f"{number}. {line.content['text']}")
        for line in lines
        for number in [number_of(line, 0)]
    )
    menu = Menu(
        f"{VOTE}:{writing.id}",
        options,
        voice.phrase("vote.pick", most=most),
        at_most=most,
        in_words=voice.phrase("vote.in_words", most=most),
    )
    add = Choices(
        (Choice(VOTE, voice.phrase("vote.add"), opens_form=True),),
        voice.phrase("vote.add_in_words"),
    )
    return (menu, add) if options else (add,)


def tally_blocks(
    voice: Voice, writing: Writing, source: Callable[[Line], tuple[Span, ...]]
) -> tuple[Block, ...]:
    """Show which questions were chosen how often, and where each comes from.

    Args:
        voice: Says it.
        writing: The result, most votes first.
        source: Names what a question was written from.
    """

    def shown(line: Line) -> tuple[Span, ...]:
        said = voice.phrase("vote.counted", count=line.content["votes"], text=line.content["text"])
        return (Text(f"{said} ("), *_origin(voice, line, source), Text(")"))

    header = writing.header
    return (
        _heading(voice, writing, "vote.result"),
        Listing(tuple(map(shown, writing.lines)), start=1),
        voice.note("vote.turnout", voters=header["voters"], most=header["most"]),
    )


def _origin(
    voice: Voice, line: Line, source: Callable[[Line], tuple[Span, ...]]
) -> tuple[Span, ...]:
    content = line.content
    if not (content.get("is_proposed") or content.get("is_added")):
        return source(line)
    by = content.get("by")
    key = "vote.from_leader" if content.get("is_added") else "vote.from_member"
    return (Text(voice.phrase("vote.from" if by else key, who=by)),)


def _by_number(writing: Writing) -> tuple[Line, ...]:
    return tuple(sorted(writing.lines, key=lambda line: number_of(line, 0)))


def _most(writing: Writing, lines: Sequence[Line]) -> int:
    return max(1, min(int(writing.header["most"]), len(lines)))


def _heading(voice: Voice, writing: Writing, key: str) -> Heading:
    about = writing.request.get("about", "")
    return Heading(voice.phrase(key, about=about))


def until(voice: Voice, writing: Writing) -> Paragraph:
    """Say how long one can vote, in the reader's own time where the platform can tell it."""
    at = voice.local(writing.header["closes_at"])
    said = voice.phrase("vote.until", at=_MOMENT)
    words = moment_in_words(voice, at, None)
    return Paragraph(
        tuple(
            Time(at, words) if part == _MOMENT else Text(part, Style.EMPHASIS)
            for part in re.split(f"({_MOMENT})", said)
            if part
        )
    )
