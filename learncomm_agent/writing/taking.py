"""Action items that nobody has taken on, under the post that says them; and one that was added by itself."""

from collections.abc import Mapping

from learncomm_agent.caring.promising import day_of
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef
from learncomm_agent.chat.outgoing import Block, Choices, MessageLink, Paragraph, Style, Text
from learncomm_agent.storage import actions
from learncomm_agent.storage.actions import ACTION, State
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.promised import Promised, promised
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.promised_posts import aside
from learncomm_agent.writing.voice import Voice

CONTROL = "act"
"""What the ids of controls and forms begin with."""
SHOWN_IN = frozenset({"summary", ACTION})
"""Kinds of writings under which they stand."""
MOST = 5
_LABEL_CHARS = 50


def action_blocks(
    voice: Voice, writing: Writing, links: Mapping[int, MessageRef]
) -> tuple[Block, ...]:
    """Say an action item that was added by itself, as long as what it rests on is there."""
    if not writing.lines:
        return () if writing.lost else (voice.note("writing.gone"),)
    line = writing.lines[0]
    held = (each.message for each in line.evidence if each.message)
    ref = next((links[id] for id in held if id in links), None)
    said = Text(voice.phrase("actions.added", words=line.content["text"]))
    where = () if ref is None else (MessageLink(voice.phrase("actions.where"), ref),)
    return (Paragraph((said, *aside(where))),)


def takers(conn: Connection, voice: Voice, writing: Writing) -> tuple[Block, ...]:
    """Return who takes on what nobody was named for, and buttons for what nobody has."""
    there = promised(conn, actions.of_writing(conn, writing.id))
    if writing.kind == ACTION:
        return (*(_said(voice, each) for each in there), *_buttons(voice, there, is_alone=True))
    return _buttons(voice, there, is_alone=False)


def _buttons(voice: Voice, there: list[Promised], *, is_alone: bool) -> tuple[Block, ...]:
    free = [each for each in there if each.action.state is State.OPEN]
    if not free:
        return ()
    options = tuple(
        Choice(
            f"{CONTROL}:take:{each.action.id}",
            voice.phrase("actions.button_take")
            if is_alone
            else voice.phrase("actions.button_take_this", words=_short(each.words)),
        )
        for each in free[:MOST]
    )
    asks = () if is_alone else (voice.note("actions.nobody_yet", count=len(free)),)
    return (*asks, Choices(options))


def _said(voice: Voice, it: Promised) -> Paragraph:
    action = it.action
    when = ""
    if action.due is not None and action.is_day:
        when = voice.phrase("actions.when_day", at=day_of(action.due, "UTC", is_day=True))
    elif action.due is not None:
        when = voice.phrase("actions.when_time", at=voice.local(action.due.isoformat()))
    said = voice.phrase(f"actions.stands_{action.state}", who=it.owner, when=when)
    return Paragraph((Text(said, Style.EMPHASIS),))


def _short(words: str) -> str:
    return words if len(words) <= _LABEL_CHARS else f"{words[: _LABEL_CHARS - 1].rstrip()}…"
