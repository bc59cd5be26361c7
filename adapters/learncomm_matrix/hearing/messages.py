"""From Matrix's messages to ours. Pure.

The text is the plain body; the HTML is looked at for nothing but whom it mentions. A sign or a mention
of the agent at the beginning addresses it and is left out; a mention further on addresses it too.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from learncomm_agent.adapting.calling import called
from learncomm_agent.chat.messages import Attachment
from learncomm_matrix.connection.answers import RawEvent, listing, mapping, text
from learncomm_matrix.hearing import polls
from learncomm_matrix.hearing.attachments import FILES, attachments, caption
from learncomm_matrix.hearing.relations import EDIT, Relation, is_redacted, relation

MESSAGE = "m.room.message"
STICKER = "m.sticker"
KINDS = frozenset({MESSAGE, STICKER, *polls.STARTS})
"""Events that are messages, as people see them."""
_NOT_SAID = frozenset({"m.notice", "m.server_notice", "m.key.verification.request"})
"""What machines say to each other."""
_WORDLESS = frozenset({"m.location"})
"""Where somebody is, is nothing to keep."""
_FALLBACK = re.compile(r"> (?:\* )?<@[^>\n]*>[^\n]*(?:\n>[^\n]*)*(?:\n\n?|\Z)")
_LINK = re.compile(r"\[([^\]\n]{1,200})\]\(https://matrix\.to/#/(@[^)\s]{1,300})\)")
_LINK_FIRST = re.compile(rf"\s*{_LINK.pattern}[\s,:;]*")
_PILL_FIRST = re.compile(r"\s*(?:<p>\s*)?<a\s[^<>]{1,1000}>")
_ID = re.compile(
    r"(?<![\w/.@#])@[a-z0-9._=/+-]{1,120}:[A-Za-z0-9-]{1,63}(?:[.:][A-Za-z0-9-]{1,63}){0,6}"
)
Names = Callable[[str], str | None]
"""What somebody is called here, by their id; None where they are not here."""


@dataclass(frozen=True, slots=True)
class Myself:
    """By what the agent knows that it is spoken to."""

    user_id: str
    names: tuple[str, ...] = ()
    """What it is called in a room."""
    prefixes: tuple[str, ...] = ()
    """What people may write before a command."""
    _signs: tuple[str, ...] = field(init=False, repr=False)
    _firsts: frozenset[str] = field(init=False, repr=False)
    _pills: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare what is looked for in each message."""
        local = self.user_id[1:].partition(":")[0]
        calls = (*filter(None, map(str.strip, self.names)), self.user_id, local)
        signs = (*self.prefixes, *calls)
        id = self.user_id
        pills = (f"/#/{id}", f"/#/{quote(id)}", f"/#/{quote(id, safe='')}", f"matrix:u/{id[1:]}")
        object.__setattr__(self, "_signs", signs)
        object.__setattr__(
            self, "_firsts", frozenset(first for each in signs for first in _cases(each[0])) | {"@"}
        )
        object.__setattr__(
            self, "_pills", tuple(f"{each}{end}" for each in pills for end in "\"'?")
        )

    def called(self, said: str) -> str | None:
        """Return what follows a sign or a name at the beginning; None where none stands there."""
        first = said.lstrip()[:1]
        if first in self._firsts:
            return called(said, self._signs)
        if first == "[" and (link := _LINK_FIRST.match(said)) and link[2] == self.user_id:
            return said[link.end() :].strip()
        return None

    def is_mentioned(self, content: Mapping[str, Any], said: str) -> bool:
        """Whether a message mentions it where people see that.

        Apps mention whom a message answers by themselves; where the text does not, nobody is called.
        """
        told = content.get("m.mentions")
        html = content.get("formatted_body")
        if isinstance(told, dict):
            if self.user_id not in listing(told.get("user_ids")):
                return False
            folded = said.casefold()
            if any(each.casefold() in folded for each in self._signs[len(self.prefixes) :]):
                return True
        elif self.user_id in said:
            return True
        if not isinstance(html, str) or not ("matrix.to" in html or "matrix:" in html):
            return False
        shown = html.rpartition("</mx-reply>")[2]
        return any(each in shown for each in self._pills)

    def without_pill(self, content: Mapping[str, Any], said: str) -> str:
        """Return a message without the mention of the agent with which it begins.

        Some apps write the bare name into the plain text, which alone would be a word like others.
        """
        html, said = content.get("formatted_body"), said.lstrip()
        shown = html.rpartition("</mx-reply>")[2] if isinstance(html, str) else ""
        first = _PILL_FIRST.match(shown)
        if first is None or not any(each in first[0] for each in self._pills):
            return said
        for name in sorted(self._signs[len(self.prefixes) :], key=len, reverse=True):
            rest = said[len(name) :]
            if said[: len(name)].casefold() == name.casefold() and not rest[:1].isalnum():
                return rest.lstrip(" \t\n:,").rstrip()
        return said


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says, as people read it."""

    text: str
    is_addressed: bool = False
    attachments: tuple[Attachment, ...] = ()


def is_message(event: RawEvent, related: Relation | None = None) -> bool:
    """Whether an event is a message that stands in a room, rather than the edit of one.

    Args:
        event: The event.
        related: Its relation, where that was read already.
    """
    is_kind = event.get("type") in KINDS and "state_key" not in event
    kind = (related or relation(event)).kind
    return is_kind and kind != EDIT and not is_redacted(event)


def said(event: RawEvent, content: Mapping[str, Any], me: Myself, name_of: Names) -> Said | None:
    """Return what a message says; None where it says nothing that people read.

    Args:
        event: The message.
        content: What it says now: its own content, or what the last edit put in its place.
        me: Who may be addressed.
        name_of: What people are called in this room.
    """
    type = event.get("type")
    if type == STICKER:
        return Said("")
    if type != MESSAGE:
        asked = polls.question(content)
        return None if asked is None else Said(asked)
    sort, body = text(content.get("msgtype")), content.get("body")
    if sort in _NOT_SAID:
        return None
    files: tuple[Attachment, ...] = ()
    if sort in FILES:
        files, body = attachments(content), caption(content)
        if not files and not body:
            body = text(content.get("body"))
    if not isinstance(body, str):
        return None
    if sort in _WORDLESS:
        return Said("")
    if body.startswith("> ") and _answers(event):
        body = body[found.end() :] if (found := _FALLBACK.match(body)) else body
    rest = me.called(body)
    if rest is not None:
        return Said(named(rest, name_of), True, files)
    is_addressed = sort != "m.emote" and me.is_mentioned(content, body)
    body = me.without_pill(content, body) if is_addressed else body
    return Said(named(body, name_of), is_addressed, files)


def named(body: str, name_of: Names) -> str:
    """Return a text in which ids of people and links to them read as their names."""
    if "@" not in body:
        return body
    if "matrix.to" in body:
        body = _LINK.sub(lambda found: f"@{found[1].lstrip('@')}", body)
    return _ID.sub(lambda found: _named(found[0], name_of), body)


def _named(id: str, name_of: Names) -> str:
    name = name_of(id)
    return id if name is None else f"@{name}"


def _answers(event: RawEvent) -> bool:
    told = mapping(mapping(event.get("content")).get("m.relates_to"))
    return isinstance(told.get("m.in_reply_to"), dict)


def _cases(letter: str) -> tuple[str, ...]:
    return letter, letter.upper(), letter.lower(), letter.casefold()
