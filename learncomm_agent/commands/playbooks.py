"""`playbooks`: the formats in which a group can learn together, and one of them with its guide."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.chat.capabilities import Level
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomId, RoomKind
from learncomm_agent.chat.outgoing import Block, Choices, Heading, Listing, Paragraph, Style, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, Reply
from learncomm_agent.commands.pressed import number_of
from learncomm_agent.commands.session_finding import room_of
from learncomm_agent.commands.session_planning import named_in, playbook_of, playbooks_here
from learncomm_agent.commands.session_showing import stages_in_words
from learncomm_agent.commands.session_starting import start_with
from learncomm_agent.sessions.playbook import Playbook

NAME_CHARS = 200
START = "start"
"""The act of a control that plans a session: `s:0:start:<room>:<playbook>`."""
_GUIDE_CHARS = 700
_ID_CHARS = 90
"""Platforms take no longer id for a button."""


async def playbooks(context: Context, values: Mapping[str, Any]) -> Reply:
    """List the playbooks, or show one.

    Raises:
        NotFoundError: There is none of that name.
    """
    if name := values.get("which", "").strip():
        playbook, _ = await named_in(context, name)
        return await _card(context, playbook)
    found = await playbooks_here(context)
    if not found:
        return Reply((context.say("command.playbooks.none"),), is_private=True)
    items = tuple(
        (Text(each.title, Style.STRONG), Text(f" ({each.name}): {each.purpose}")) for each in found
    )
    said = context.say("command.playbooks.list", count=len(found))
    how = context.say("command.playbooks.how", name=found[0].name)
    return Reply((said, Listing(items), how), is_private=True)


async def before(context: Context, said: str, reply: Reply) -> Reply:
    """Say how to start a playbook that somebody speaks of starting, before what the library has on it."""
    playbook = await _spoken_of(context, said)
    if playbook is None:
        return reply
    hint = context.say(
        "command.playbooks.wished",
        name=playbook.name,
        title=playbook.title,
        may_start=playbook.who == "everyone" or context.member.is_leader,
    )
    if reply.writing is None or not reply.writing.lines:
        return Reply((hint,), reply.is_private)
    return replace(reply, blocks=(hint, *reply.blocks))


async def _spoken_of(context: Context, said: str) -> Playbook | None:
    """Return the playbook that a sentence names beside a word for starting; None where it does not."""
    text = " ".join(re.findall(r"\w+", said.casefold()))
    cues = context.words.spoken("command.playbooks.spoken")
    if not any(f" {cue} " in f" {text} " for cue in cues):
        return None
    for each in sorted(await playbooks_here(context), key=lambda each: -len(each.title)):
        called = (" ".join(re.findall(r"[^\W_]+", it.casefold())) for it in (each.name, each.title))
        if any(f" {name} " in f" {text} " for name in called):
            return each
    return None


async def started(context: Context, which: str, answers: Mapping[str, str]) -> Reply:
    """Plan a session in the room that a control or a form is of, with what was answered.

    A private answer may have come as a direct message; its buttons speak of the room all the same.

    Raises:
        NotFoundError: There is no such playbook, or the room is not theirs.
    """
    room, _, name = which.partition(":")
    there = await room_of(context, RoomId(number_of(room)))
    playbook = await playbook_of(context, name)
    given = {name: text for name, text in answers.items() if text.strip() and playbook.ask(name)}
    return await start_with(there, playbook, given)


async def _card(context: Context, playbook: Playbook) -> Reply:
    """Show a playbook: its purpose, its guide's beginning, what is asked, and how it goes."""
    blocks: list[Block] = [
        Heading(playbook.title),
        Paragraph((Text(playbook.purpose),)),
        *(Paragraph((Text(each),)) for each in _beginning(playbook.guide)),
    ]
    asks = tuple((Text(each.label),) for each in playbook.asks)
    if asks:
        blocks += [context.say("command.playbooks.asks"), Listing(asks)]
    steps = tuple((Text(each),) for each in stages_in_words(context, playbook.stages))
    blocks += [context.say("command.playbooks.stages"), Listing(steps, start=1)]
    may_start = playbook.who == "everyone" or context.member.is_leader
    if not may_start:
        blocks.append(context.say("command.playbooks.for_leaders"))
    elif context.room.kind is RoomKind.DIRECT:
        blocks.append(context.say("command.playbooks.in_a_room", name=playbook.name))
    else:
        blocks.append(await _start_button(context, playbook))
    return Reply(tuple(blocks), is_private=True)


async def _start_button(context: Context, playbook: Playbook) -> Block:
    in_words = context.layout.phrase("command.playbooks.in_words", name=playbook.name)
    id = f"s:0:{START}:{context.room_id}:{playbook.name}"
    if len(id) > _ID_CHARS:
        return context.say("command.playbooks.in_words", name=playbook.name)
    can = await context.platform.capabilities(context.room.ref)
    opens = bool(playbook.asks) and can.forms >= Level.PARTIAL
    start = Choice(id, context.label("command.playbooks.start"), opens_form=opens)
    return Choices((start,), in_words)


def _beginning(guide: str) -> list[str]:
    """Return the first paragraphs of a guide that are no headings, as far as they are short."""
    found: list[str] = []
    length = 0
    for part in guide.split("\n\n"):
        text = " ".join(part.split())
        if not text or text.startswith("#"):
            if found:
                break
            continue
        length += len(text)
        if found and length > _GUIDE_CHARS:
            break
        found.append(text if len(text) <= _GUIDE_CHARS else f"{text[:_GUIDE_CHARS].rstrip()} …")
    return found


PLAYBOOKS = Command(
    name="playbooks",
    run=playbooks,
    options=(Option("which", takes_rest=True, max_chars=NAME_CHARS, is_suggested=True),),
    aliases=("playbook",),
    is_private=True,
)
