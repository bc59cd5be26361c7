"""What is said to one member of action items and decisions, with what they can press.

It is kept as a writing whose lines rest on what the items rest on, so that it goes from their messages, too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from learncomm_agent.caring.promising import Moment, day_of, standing
from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Block, Choices, Outgoing
from learncomm_agent.chat.people import Community, MemberId, SpaceRef
from learncomm_agent.chat.placeholders import dump
from learncomm_agent.storage.actions import Action, State
from learncomm_agent.storage.lines import BESIDE
from learncomm_agent.storage.promised import Promised
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.writing.promised_posts import TOLD
from learncomm_agent.writing.taking import CONTROL
from learncomm_agent.writing.voice import Voice

MOST = 3
"""So many are said with buttons of their own; the others are counted."""
WORDS_CHARS = 300
_FORMS = frozenset({"hand", "date", "result"})
"""What opens a form."""
Acts = Sequence[Sequence[Any]]
"""Buttons as JSON: id, label, whether it opens a form."""


def told(
    community: Community,
    member: MemberId,
    voice: Voice,
    lines: Sequence[Line],
    *,
    head: str = "",
    notes: Sequence[str] = (),
    acts: Acts = (),
) -> Writing:
    """Return what is said to one member, as it is kept."""
    return Writing(
        community=community.id,
        kind=TOLD,
        room=None,
        member=member,
        is_private=True,
        request={},
        header={"head": head, "notes": list(notes), "acts": [list(each) for each in acts]},
        trace={
            "language": voice.language,
            "zone": str(voice.zone),
            "sign": voice.sign,
            "message": None,
        },
        lines=tuple(lines),
    )


def line_of(
    text: str,
    evidence: tuple[Evidence, ...],
    links: Sequence[tuple[str, MessageRef | str | None]],
    acts: Acts = (),
    *,
    is_row: bool = False,
) -> Line:
    """Return one row, or one paragraph, with links to messages or pages and its buttons."""
    content = {
        "text": text,
        "links": [[label, _record(to)] for label, to in links if to is not None],
        "acts": [list(each) for each in acts],
        "is_row": is_row,
    }
    return Line(TOLD, content, evidence)


def beside(blocks: tuple[Block, ...], keep: Mapping[str, Any]) -> Line:
    """Return what another kind says in the same post, as a line; it is found by what is to be kept with it."""
    nowhere = RoomRef(SpaceRef("", ""), "")
    post = dump(Outgoing(nowhere, blocks, BESIDE))
    content = {"text": "", "links": [], "acts": [], "is_row": False, "post": post, **keep}
    return Line(BESIDE, content, ())


def _record(to: MessageRef | str | None) -> list[str] | str | None:
    if not isinstance(to, MessageRef):
        return to
    return [to.room.space.platform, to.room.space.id, to.room.id, to.id]


def asked(
    voice: Voice, it: Promised, platform: str, me: MemberId, zone: str, now: datetime
) -> Line:
    """Ask somebody whether they do what they were named for, remind them of it, or ask what became of it.

    Of what they had taken on, and is not theirs to do any more, they are told what others made of it.
    """
    action, words, when = it.action, short(it.words), when_of(voice, it.action, zone)
    acts: tuple[str, ...] = ()
    if action.owner != me or action.state not in (State.OFFERED, State.ACCEPTED):
        state, who = action.state.value, "" if action.owner == me else it.owner
        said = voice.phrase("actions.others", room=it.room.name, words=words, state=state, who=who)
    elif action.state is State.OFFERED:
        late = is_late(action, zone, now)
        said = voice.phrase(
            "actions.offer", room=it.room.name, words=words, when=when, is_late=late
        )
        acts = ("yes", "hand", "no", "date")
    else:
        moment = Moment.AHEAD
        if action.due is not None:
            moment = standing(action.due, zone, now, is_day=action.is_day)
        said = voice.phrase(f"actions.moment_{moment}", words=words, when=when)
        acts = ("done", "date", "drop") if moment is Moment.OVERDUE else ("done", "date")
    links = [(voice.phrase("actions.where"), on(it.where, platform))]
    return line_of(said, it.evidence, links, acts_of(voice, action.id, acts))


def acts_of(voice: Voice, number: int, acts: Sequence[str], *, is_numbered: bool = False) -> Acts:
    """Return what one can do with one of a number, as buttons."""

    def label(act: str) -> str:
        said = voice.phrase(f"actions.button_{act}")
        return voice.phrase("actions.numbered", number=number, label=said) if is_numbered else said

    return [[f"{CONTROL}:{act}:{number}", label(act), act in _FORMS] for act in acts]


def buttons(voice: Voice, number: int, acts: Sequence[str]) -> Choices:
    """Return the same as a block."""
    return Choices(tuple(Choice(*each) for each in acts_of(voice, number, acts)))


def when_of(voice: Voice, action: Action, zone: str) -> str:
    """Return in words by when it is to be done; empty where that was not said."""
    if action.due is None:
        return ""
    if action.is_day:
        return voice.phrase("actions.when_day", at=day_of(action.due, zone, is_day=True))
    return voice.phrase("actions.when_time", at=voice.local(action.due.isoformat()))


def is_late(action: Action, zone: str, now: datetime) -> bool:
    """Whether the day by which it was to be done is over, on somebody's clock."""
    due, is_day = action.due, action.is_day
    return due is not None and standing(due, zone, now, is_day=is_day) is Moment.OVERDUE


def on(ref: MessageRef | None, platform: str) -> MessageRef | None:
    """Return a message where a link to it can be followed on a platform."""
    return ref if ref is not None and ref.room.platform == platform else None


def short(words: str) -> str:
    """Return words that are not too long for a row, without the full stop at their end."""
    is_stop = words.endswith(".") and not words.endswith("..")
    return cut(words[:-1] if is_stop else words)


def cut(words: str) -> str:
    """Return words that are not too long for a row."""
    return words if len(words) <= WORDS_CHARS else f"{words[: WORDS_CHARS - 1].rstrip()}…"
