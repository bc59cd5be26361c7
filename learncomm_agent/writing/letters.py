"""How a leader's letter is shown: a sentence first, then figures in words, what was missed, and two things to try."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from learncomm_agent.caring.letters import Letter, Week
from learncomm_agent.chat.outgoing import Block, Heading, Listing, MessageLink, Span, Style, Text
from learncomm_agent.storage.measures import ASKED
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.excerpts import snippet
from learncomm_agent.writing.promised_posts import aside
from learncomm_agent.writing.results import Links
from learncomm_agent.writing.voice import Voice

_TEXT_CHARS = 120
GAP = "–"
"""Stands where a figure is not known."""
_EXACT = 10
"""From so many hours on, minutes don't matter."""
_MICROS = 1_000_000


def letter_blocks(voice: Voice, writing: Writing, links: Links) -> Iterator[Block]:
    """Show a letter to the leader it is for."""
    header = writing.header
    told, least = Letter.of(header["letter"]), header["least"]
    yield Heading(voice.phrase("letter.heading", until=date.fromisoformat(header["until"])))
    yield voice.say(f"letter.opening_{_opening(told.this, least)}")
    facts = [(Text(said),) for said in _facts(voice, told, header)]
    if facts:
        yield Listing(tuple(facts))
    if writing.lines:
        yield voice.say("letter.in_vain")
        yield Listing(tuple(_missed(voice, line, links) for line in writing.lines))
    suggested = header["suggestions"]
    if suggested:
        yield Heading(voice.phrase("letter.to_try"))
        yield Listing(tuple(_try(voice, each) for each in suggested))
        yield voice.note("letter.how_to_open")
    if told.this.asked is None and told.this.spoke:
        yield voice.note("letter.too_few", least=least)


def _opening(this: Week, least: int) -> str:
    """Return how the week is told of in one sentence."""
    if not this.spoke:
        return "silent"
    if this.asked is None:
        return "small" if this.spoke < least else "some_questions"
    if not this.asked:
        return "no_questions"
    answered = this.answered or 0
    if answered == this.asked:
        return "all"
    return "most" if 2 * answered > this.asked else "few"


def _facts(voice: Voice, told: Letter, header: Mapping[str, Any]) -> Iterator[str]:
    """Yield what there is to tell, a line each; what rests on too few people is left out."""
    this, least = told.this, header["least"]
    if this.asked:
        yield voice.phrase("letter.questions", asked=this.asked, answered=this.answered)
    if this.waited is not None:
        waited = None if this.waited < 0 else timedelta(seconds=this.waited // _MICROS)
        yield voice.phrase("letter.newcomers", waited=waited)
    elif this.spoke >= least and header["has_newcomers"]:
        yield voice.phrase("letter.newcomers_few", least=least)
    if this.share is not None:
        yield voice.phrase(
            "letter.voices",
            share=_percent(this.share),
            usual=None if told.usual is None else _percent(told.usual),
            beside=told.beside or "",
        )
    if this.due is not None:
        yield voice.phrase("letter.promises", due=this.due, kept=this.kept, overdue=told.overdue)
    if this.held:
        levels = [voice.phrase("letter.level", level=level) for level in this.levels]
        yield voice.phrase("letter.sessions", held=this.held, levels=levels)


def _percent(share: float) -> int:
    return round(100 * share)


def _missed(voice: Voice, line: Line, links: Links) -> tuple[Span, ...]:
    """Return a question that was asked before others, with where; or words that several share."""
    text = snippet(str(line.content["text"]), _TEXT_CHARS)
    if line.section != ASKED:
        return (Text(voice.phrase("letter.shared", text=text)),)
    ref = next((links[id] for each in line.evidence if (id := each.message or 0) in links), None)
    where = () if ref is None else (MessageLink(voice.phrase("search.message"), ref),)
    return (Text(voice.phrase("letter.asked", text=text)), *aside(where))


def _try(voice: Voice, suggested: Mapping[str, Any]) -> tuple[Span, ...]:
    """Return one thing to try, with the part of a guide that tells how."""
    said = voice.phrase(f"letter.try_{suggested['name']}")
    guide = voice.phrase("letter.guide", title=suggested["title"], heading=suggested["heading"])
    return (Text(f"{said} ("), Text(guide, Style.EMPHASIS), Text(")"))


def table(voice: Voice, weeks: Sequence[Week]) -> str:
    """Return the figures of the weeks in columns, for readers without pictures."""
    names = ("week", "questions", "reply", "third", "promises")
    rows = [tuple(voice.phrase(f"letter.column_{name}") for name in names)]
    rows += [(day_of(voice, week), *cells_of(voice, week)) for week in weeks]
    kept = [
        column
        for number, column in enumerate(zip(*rows, strict=True))
        if number == 0 or any(cell != GAP for cell in column[1:])
    ]
    widths = [max(map(len, column)) for column in kept]
    lines = []
    for row in zip(*kept, strict=True):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append(" ".join(cells).rstrip())
    return "\n".join(lines)


def has_figures(voice: Voice, weeks: Sequence[Week]) -> bool:
    """Whether there is a figure for any of some weeks."""
    return any(cell != GAP for week in weeks for cell in cells_of(voice, week))


def cells_of(voice: Voice, week: Week) -> tuple[str, ...]:
    """Return the figures of a week, short: questions, first reply, most talkative third, promises."""
    return (
        GAP if week.asked is None else f"{week.answered}/{week.asked}",
        GAP if week.waited is None else _reply(voice, week.waited),
        GAP if week.share is None else voice.phrase("letter.percent", share=_percent(week.share)),
        GAP if week.due is None else f"{week.kept}/{week.due}",
    )


def day_of(voice: Voice, week: Week) -> str:
    """Return the first day of a week, short."""
    return voice.phrase("letter.day", day=date.fromisoformat(week.begins))


def hours_of(waited: int) -> float:
    """Return a span in hours, as exact as it matters."""
    hours = waited / _MICROS / 3600
    return round(hours) if hours >= _EXACT else round(hours, 1)


def _reply(voice: Voice, waited: int) -> str:
    if waited < 0:
        return voice.phrase("letter.hours", hours=None)
    span = timedelta(seconds=waited // _MICROS)
    return voice.phrase("letter.hours", hours=hours_of(waited), waited=span)
