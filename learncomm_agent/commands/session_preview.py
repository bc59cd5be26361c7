"""What a plan will post, and when, as its leader reads it on a phone: short, and what comes every week once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from learncomm_agent.chat.outgoing import Block, Heading, Listing, Paragraph, Style, Text
from learncomm_agent.chat.plain import span_text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.session_words import SessionWords
from learncomm_agent.sessions.effects import Whom
from learncomm_agent.sessions.planning.previewing import Preview, Upcoming
from learncomm_agent.sessions.playbook import walk
from learncomm_agent.sessions.state import Plan

_SHOWN = 40
"""Posts that are shown with their words; the others are counted."""
_LINES, _FIRST = 6, 2
"""Of a longer list its beginning and its last line are shown."""
_MORE = "…"
_ALWAYS_OPEN = frozenset({"discuss", "group", "match", "report", "summarise"})
_OPEN_AT_ITS_END = frozenset({"ask", "collect", "queue", "vote"})
_UNREADABLE = "session.schedule.unreadable"
_FEW = 2


@dataclass(frozen=True, slots=True)
class _Post:
    """What will be said, once or several times."""

    first: Upcoming
    again: tuple[datetime, ...]
    """When the same is said again."""


def posts(context: Context, said: SessionWords, plan: Plan, seen: Preview) -> Iterator[Block]:
    """Yield what will be posted, each with when and for whom. May take a moment."""
    found = _together([each for each in seen.upcoming if not _is_made_up(plan, each)])
    words = context.layout.phrase(
        "session.plan_posts",
        count=sum(1 + len(each.again) for each in found),
        is_open=any(_is_open(plan, each.first) for each in found),
    )
    if seen.ends_at is not None:
        ends = said.moment(seen.ends_at.isoformat())
        words = f"{words} {context.layout.phrase('session.plan_ends', at=ends)}"
    yield Paragraph((Text(words),))
    for post in found[:_SHOWN]:
        words = "\n".join(_words(said, post.first))
        if post.first.has_list and not post.first.lists:  # what members put in
            words = f"{words} {_MORE}".strip()
        if words and not words.strip(_MORE):
            words = context.layout.phrase("session.plan_theirs")
        heading = _heading(context, said, post, is_open=_is_open(plan, post.first))
        spans = [Text(heading, Style.STRONG)]
        if words:
            spans.append(Text(f"\n{words}"))
        yield Paragraph(tuple(spans))
    if len(found) > _SHOWN:
        yield context.say("session.plan_more", count=len(found) - _SHOWN)
    if seen.endless:
        yield context.say("session.plan_endless", stages=list(seen.endless))


def _heading(context: Context, said: SessionWords, post: _Post, *, is_open: bool) -> str:
    up = post.first
    return context.layout.phrase(
        "session.plan_post",
        at=said.moment(up.at.isoformat()),
        stage=up.stage.replace("_", " "),
        whom=context.label(f"session.whom.{up.whom}") if up.whom is not Whom.ROOM else "",
        ends=_until(context, said, up),
        is_open=is_open,
        again=_again(context, said, post),
    )


def _until(context: Context, said: SessionWords, up: Upcoming) -> str:
    """Return until when a stage lasts that begins with what is said; on the same day, the hour alone."""
    if up.until is None or up.until <= up.at:
        return ""
    at, until = up.at.astimezone(context.zone), up.until.astimezone(context.zone)
    if at.date() == until.date():
        return context.layout.phrase("session.hour", at=until)
    return said.moment(until.isoformat())


def _again(context: Context, said: SessionWords, post: _Post) -> str:
    """Return when the same is said again, in a few words; nothing where it is not."""
    times = [each.astimezone(context.zone) for each in post.again]
    if not times:
        return ""
    told = [said.moment(each.isoformat()) for each in times]
    if len(times) <= _FEW:
        return context.layout.phrase("session.plan_again", times=told)
    days = _days([post.first.at.astimezone(context.zone), *times])
    since = "" if days else told[0]
    days = days or _days(times)
    key = "session.plan_again_every" if days else "session.plan_again_often"
    until = said.day(times[-1].isoformat())
    values = {"days": days, "since": since if days else "", "until": until, "count": len(times)}
    return context.layout.phrase(key, **values)


def _days(times: Sequence[datetime]) -> int:
    """Return every how many days moments come, by the clock on the wall; 0 where they come otherwise."""
    gaps = {(b.date() - a.date()).days for a, b in pairwise(times)}
    clocks = {each.time() for each in times}
    return gaps.pop() if len(gaps) == 1 and len(clocks) == 1 else 0


def _words(said: SessionWords, up: Upcoming) -> Iterator[str]:
    """Yield the lines of what is said; of a long list, such as all meetings, its beginning and its end."""
    for _, alike in groupby(up.says, key=lambda each: (each.text, each.phrase)):
        found = [list(_lines(said.blocks(each))) for each in alike]
        lines = [line for each in found for line in each]
        yield from _shortened(lines) if len(found) > 1 else lines
    yield from _shortened([f"• {each}" for each in up.lists])


def _lines(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield the lines of a saying: its paragraphs in one, each item of a list by itself."""
    running: list[str] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            running.append(" ".join("".join(map(span_text, block.spans)).split()))
            continue
        if running:
            yield " ".join(running)
            running = []
        match block:
            case Heading(text=text):
                yield text
            case Listing(items=items, start=start):
                words = ["".join(map(span_text, item)) for item in items]
                marks = ("•" if start is None else f"{start + n}." for n in range(len(words)))
                lines = [f"{mark} {text}" for mark, text in zip(marks, words, strict=True)]
                yield from _shortened(lines)
    if running:
        yield " ".join(running)


def _shortened(lines: Sequence[str]) -> Sequence[str]:
    return lines if len(lines) <= _LINES else [*lines[:_FIRST], f"{_MORE} {lines[-1]}"]


def _is_open(plan: Plan, up: Upcoming) -> bool:
    """Whether it depends on what people do, so that its words are no more than an example."""
    if up.kind == "ask" and up.lists:
        return False
    if up.kind == "schedule":
        return _is_read_later(plan, up)
    is_at_its_end = up.until is None or up.until <= up.at or up.kind == "ask"
    return up.kind in _ALWAYS_OPEN or (up.kind in _OPEN_AT_ITS_END and is_at_its_end)


def _is_made_up(plan: Plan, up: Upcoming) -> bool:
    """Whether it would not be said but for those who stand in for members: they know no page of a book."""
    return [each.phrase for each in up.says] == [_UNREADABLE] and _is_read_later(plan, up)


def _is_read_later(plan: Plan, up: Upcoming) -> bool:
    """Whether a stage reads what is only asked for in the session."""
    stage = next((each for each in walk(plan.stages) if each.name == up.stage), None)
    reads = "" if stage is None else str(stage.params.get("reads") or "")
    return reads.startswith("$") and not plan.answers.get(reads[1:])


def _together(upcoming: Sequence[Upcoming]) -> list[_Post]:
    """Put what a stage says in the same words in several rounds into one."""
    found: dict[tuple[object, ...], list[Upcoming]] = {}
    for each in upcoming:
        words = tuple(dict.fromkeys((said.text, said.phrase) for said in each.says))
        found.setdefault((each.stage, each.whom, words), []).append(each)
    return [
        _Post(first, tuple(dict.fromkeys(each.at for each in more if each.at != first.at)))
        for first, *more in found.values()
    ]
