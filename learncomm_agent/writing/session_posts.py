"""How a post of a session is shown: what is said, the entries below it by number, and what one presses.

The header of such a writing holds sayings, controls and numbers. All words of members, and all names,
are lines: whatever goes, goes with its line, and the rest is laid out without it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import (
    Block,
    Choices,
    File,
    Menu,
    Paragraph,
    Span,
    Style,
    Text,
)
from learncomm_agent.chat.people import AccountRef
from learncomm_agent.sessions.effects import Control, Pick, Post, Saying
from learncomm_agent.sessions.methods.calendar import MEDIA_TYPE, Entry, calendar_file
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.light_markdown import flat
from learncomm_agent.writing.results import Links, numbered
from learncomm_agent.writing.sayings import Filling, Person, Things
from learncomm_agent.writing.voice import Voice

SESSION = "session"
"""The kind of these writings, and what the ids of their controls begin with is `s:`."""
ENTRIES, NAMED, PEOPLE, MESSAGES = "entries", "named", "people", "messages"
"""Sections: entries that are listed, others that are named or can be picked, members, messages."""
_VOTE = "vote"
"""Of this one nothing may be picked, too: that takes a vote back."""
_CALENDAR = "meetings.ics"


def header_of(
    session: int, post: Post, *, meetings: Mapping[str, Any] | None, at: datetime | None = None
) -> dict[str, Any]:
    """Return what is kept of a post beside its lines.

    Args:
        session: The session's number.
        post: What it wishes to say.
        meetings: What the calendar file holds that goes with it; see `calendar_of`.
        at: When it is said: moments of that year are told without the year.
    """
    return {
        "session": session,
        "at": None if at is None else at.isoformat(),
        "effect": post.id,
        "says": [asdict(each) for each in post.says],
        "after": [asdict(each) for each in post.after],
        "notes": dict(post.notes),
        "parts": [asdict(each) for each in post.parts],
        "controls": [asdict(each) for each in post.controls],
        "pick": None if post.pick is None else asdict(post.pick),
        "calendar": None if meetings is None else dict(meetings),
    }


def session_blocks(voice: Voice, writing: Writing, links: Links) -> tuple[Block, ...]:
    """Show a post of a session with the lines that are left of it."""
    header = writing.header
    at = header.get("at")
    now = None if at is None else datetime.fromisoformat(at)
    filling = Filling(voice, things_of(writing, links), header["session"], now)
    blocks = [block for each in header["says"] for block in filling.blocks(Saying(**each))]
    blocks += _listed(filling, writing)
    blocks += (block for each in header["after"] for block in filling.blocks(Saying(**each)))
    if (calendar := header.get("calendar")) is not None:
        blocks.append(_calendar(voice, calendar))
    if not header.get("is_settled"):
        blocks += _picks(filling, voice, writing)
        blocks += _presses(voice, header)
    return tuple(blocks)


def things_of(writing: Writing, links: Links) -> Things:
    """Return what the values of a writing stand for, by the lines that are left."""
    entries: dict[int, str] = {}
    people: dict[int, Person] = {}
    for line in writing.lines:
        content = line.content
        if line.section in (ENTRIES, NAMED):
            entries[content["entry"]] = content.get("named") or content["text"]
        elif line.section == PEOPLE:
            account = content["account"]
            ref = None if account is None else AccountRef(*account)
            people[content["member"]] = Person(content["name"], ref)
    return Things(entries, people, links)


def control_id(session: int, act: str, arg: str = "") -> str:
    """Return the id of a control of a session."""
    return f"s:{session}:{act}:{arg}" if arg else f"s:{session}:{act}"


def choices(voice: Voice, session: int, controls: tuple[Control, ...]) -> tuple[Block, ...]:
    """Return the buttons of a post, and what to write where there are none."""
    if not controls:
        return ()
    options = tuple(
        Choice(
            control_id(session, each.act, each.arg),
            _phrase(voice, each.phrase, each.act, session=session, arg=each.arg),
            each.opens_form,
        )
        for each in controls
    )
    how = (_in_words(voice, each.act, session, each.arg) for each in controls)
    return (Choices(options, " ".join(dict.fromkeys(filter(None, how)))),)


def _presses(voice: Voice, header: Mapping[str, Any]) -> tuple[Block, ...]:
    controls = tuple(Control(**each) for each in header["controls"])
    return choices(voice, header["session"], controls)


def _listed(filling: Filling, writing: Writing) -> Iterator[Block]:
    """Yield the entries that are shown, each under its number, with what is noted beside it.

    A part of which nothing is left has no heading either.
    """
    notes = writing.header["notes"]

    def shown(line: Line) -> tuple[Span, ...]:
        beside = filling.beside(notes.get(str(line.content["entry"])))
        aside = (Text(" ("), *beside, Text(")")) if beside else ()
        return (*flat((Text(line.content["text"]),)), *aside)

    lines = tuple(line for line in writing.lines if line.section == ENTRIES)
    parts = writing.header.get("parts") or ()
    for part in parts:
        mine = tuple(line for line in lines if line.content["entry"] in part["entries"])
        if mine:
            yield Paragraph((Text(filling.plain(Saying(**part["says"])), Style.STRONG),))
            yield from numbered(mine, shown)
    if not parts:
        yield from numbered(lines, shown)


def _picks(filling: Filling, voice: Voice, writing: Writing) -> Iterator[Block]:
    """Yield the list to pick entries from, by the numbers under which they are shown."""
    header = writing.header
    if header["pick"] is None:
        return
    pick = Pick(**header["pick"])
    lines = {
        line.content["entry"]: line
        for line in writing.lines
        if line.section in (ENTRIES, NAMED) and line.content["entry"] in pick.entries
    }
    options = tuple(
        Choice(str(id), _labelled(lines[id].content)) for id in pick.entries if id in lines
    )
    if not options:
        return
    most = max(1, min(pick.at_most, len(options)))
    yield Menu(
        control_id(header["session"], pick.act),
        options,
        _phrase(voice, pick.phrase, pick.act, most=most, session=header["session"]),
        at_least=0 if pick.act == _VOTE else 1,
        at_most=most,
        in_words=_in_words(voice, pick.act, header["session"], most=most),
    )


def _labelled(content: Mapping[str, Any]) -> str:
    words = " ".join(str(content["text"]).split())
    return f"{content['n']}. {words}" if content["n"] else words


def _in_words(voice: Voice, act: str, session: int, arg: str = "", most: int = 0) -> str:
    """Return how to do by words what a control does; nothing where there is no such sentence.

    Of a list, `most` says how much can be picked; without one all of it is put in an order.
    """
    return _phrase(
        voice, f"session.control.{act}_in_words", "", session=session, arg=arg, most=most
    )


def _phrase(voice: Voice, key: str, otherwise: str, **values: object) -> str:
    """Return a sentence; other words where a stage kind of a plugin brings none."""
    return voice.phrase(key, **values) if voice.has(key) else otherwise


def calendar_of(
    title: str, meetings: list[Mapping[str, Any]], uid: str, now: datetime
) -> dict[str, Any] | None:
    """Return what is kept of the meetings of a session for a calendar file; None where there are none.

    Args:
        title: The session's title.
        meetings: Each with its `id`, `at`, and maybe `minutes` and `sequence`.
        uid: What the ids of its entries end with, the same in no other session anywhere.
        now: The present moment.
    """
    if not meetings:
        return None
    return {"title": title, "uid": uid, "at": now.isoformat(), "meetings": list(meetings)}


def _calendar(voice: Voice, calendar: Mapping[str, Any]) -> File:
    entries = []
    for number, meeting in enumerate(calendar["meetings"], 1):
        begins_at = datetime.fromisoformat(meeting["at"])
        named = {"title": calendar["title"], "number": number, "count": len(calendar["meetings"])}
        title = voice.phrase("session.meeting_title", **named)
        entries.append(
            Entry(
                f"{meeting['id']}-{calendar['uid']}",
                title,
                begins_at,
                begins_at + timedelta(minutes=meeting.get("minutes") or 60),
                sequence=meeting.get("sequence") or 0,
            )
        )
    made = calendar_file(entries, now=datetime.fromisoformat(calendar["at"]))
    return File(_CALENDAR, MEDIA_TYPE, made)
