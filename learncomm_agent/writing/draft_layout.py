"""How a draft is shown to those who look it over: numbered lines, what was left out, and what they can do."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    Heading,
    Menu,
    Span,
    Style,
    Text,
)
from learncomm_agent.storage.drafts import Draft, State
from learncomm_agent.storage.edits import MARKS
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.layout import Layout
from learncomm_agent.writing.results import Links, numbered

OFFERED = 25
"""So many lines stand in one list to pick from."""
MOST_LISTS = 2
"""Lines beyond so many lists are changed by words."""


def draft_blocks(
    layout: Layout, writing: Writing, links: Links, draft: Draft, room: str
) -> tuple[Block, ...]:
    """Return what is shown of a draft.

    Args:
        layout: In the language of the room that it is for.
        writing: With what leaders made of its lines (`storage.edits.applied`).
        links: Where the messages stand that its lines rest on.
        draft: What has become of it.
        room: The name of the room that it is for.
    """
    id, title = writing.id, layout.title(writing)
    if draft.state is State.VOTED:
        return _voted(layout, writing, room)
    if draft.state is State.DROPPED:
        return (layout.note("draft.is_dropped" if draft.by else "draft.is_gone", number=id),)
    is_open = draft.state is State.OPEN
    key = "draft.is_open" if is_open else "draft.is_published"
    blocks: list[Block] = [
        Heading(layout.phrase("draft.heading", title=title) if is_open else title),
        layout.note(key, number=id, room=room),
    ]
    for name, lines in layout.sections(writing):
        blocks += [Heading(name)] if name else []
        blocks += numbered(lines, lambda line: _line(layout, writing, line, links))
    kept = tuple(line for line in writing.lines if not line.content.get("is_struck"))
    blocks += layout.notes(replace(writing, lines=kept))
    blocks += layout.lost(writing)
    return (*blocks, *_controls(layout, writing, kept, is_open=is_open))


def _voted(layout: Layout, writing: Writing, room: str) -> tuple[Block, ...]:
    """Return what is shown of a draft of questions that its room votes on, or did."""
    kept = tuple(line for line in writing.lines if not line.content.get("is_struck"))
    buttons = _vote(layout, writing, kept)
    return (
        Heading(layout.title(writing)),
        layout.note("draft.is_voted", number=writing.id, room=room),
        *(() if not buttons else (Choices(buttons),)),
    )


def _line(layout: Layout, writing: Writing, line: Line, links: Links) -> tuple[Span, ...]:
    if line.content.get("is_struck"):
        return (Text(layout.phrase("draft.left_out", text=layout.statement(line)), Style.EMPHASIS),)
    return layout.line(writing.kind, line, links)


def _controls(
    layout: Layout, writing: Writing, kept: Sequence[Line], *, is_open: bool
) -> Iterator[Block]:
    """Yield buttons and lists; where there are none, one sentence on how to say it in words."""
    id = writing.id
    if kept:
        yield from _lists(layout, "edit_line", id, kept, most=1)
        yield from _lists(layout, "strike", id, kept, most=OFFERED)
    buttons = [
        *((Choice(f"publish:{id}", layout.phrase("draft.publish")),) if is_open and kept else ()),
        *_vote(layout, writing, kept),
        *((Choice(f"undo:{id}", layout.phrase("draft.undo")),) if _is_changed(writing) else ()),
        *((Choice(f"drop:{id}", layout.phrase("draft.drop")),) if is_open else ()),
    ]
    if buttons:
        how = layout.phrase("draft.how", number=id, is_open=is_open)
        yield Choices(tuple(buttons), in_words=how)


def _vote(layout: Layout, writing: Writing, kept: Sequence[Line]) -> tuple[Choice, ...]:
    """Offer to let members vote on questions; where they are a draft, they are seen first in the vote."""
    if writing.kind != "questions" or len(kept) < 2 or writing.header.get("is_voted"):
        return ()
    return (Choice(f"ballot:{writing.id}", layout.phrase("vote.let")),)


def _lists(
    layout: Layout, what: str, id: int, lines: Sequence[Line], *, most: int
) -> Iterator[Menu]:
    for start in range(0, min(len(lines), MOST_LISTS * OFFERED), OFFERED):
        some = lines[start : start + OFFERED]
        options = tuple(
            Choice(str(line.id), f"{line.content['n']}. {layout.statement(line)}") for line in some
        )
        first, last = some[0].content["n"], some[-1].content["n"]
        prompt = layout.phrase(f"draft.{what}", first=first, last=last, all=len(lines))
        in_words = layout.phrase(f"draft.{what}_in_words", number=id, line=first)
        menu = f"{what}:{id}:{first}" if start else f"{what}:{id}"
        yield Menu(menu, options, prompt, at_most=min(most, len(options)), in_words=in_words)


def _is_changed(writing: Writing) -> bool:
    return any(line.content.keys() & MARKS for line in writing.lines)
