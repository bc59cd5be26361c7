"""A rehearsal as people would read it: when, who, and the true words, room and groups and private talks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from textwrap import wrap
from typing import Any

from learncomm_agent.chat.messages import MessageRef, RoomRef
from learncomm_agent.chat.outgoing import Block, Choices, Menu
from learncomm_agent.chat.people import CommunityId, SpaceRef
from learncomm_agent.chat.plain import plain
from learncomm_agent.rehearsing.cast import LEAD, Character
from learncomm_agent.rehearsing.happenings import Act, Came, Did, Happening, Posted, Told
from learncomm_agent.rehearsing.played import Rehearsal
from learncomm_agent.sessions.effects import Post, Saying, Target, Whom
from learncomm_agent.sessions.state import Session
from learncomm_agent.storage.writings import Line, Writing
from learncomm_agent.writing.sayings import Filling, Person, Thing, Things, things_in
from learncomm_agent.writing.session_posts import (
    ENTRIES,
    NAMED,
    PEOPLE,
    SESSION,
    calendar_of,
    header_of,
    session_blocks,
)
from learncomm_agent.writing.voice import Voice

AGENT = "learncomm"
WIDTH = 100
_INDENT = " " * 7
_SESSION = 1
_ROOM = RoomRef(SpaceRef("rehearsal", "1"), "1")
_LONGEST = 80
"""Characters of what is put in that a line about it shows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a transcript."""

    at: datetime
    who: str
    """Who says it; empty for what comes about by itself."""
    to: str
    """Where it is read, or by whom alone; empty for the room of all."""
    text: str


class Transcript:
    """Puts a rehearsal into words. Reads files: call it on a thread."""

    def __init__(self, voice: Voice, cast: Sequence[Character]) -> None:
        """Take in whose voice, and who plays."""
        self._voice = voice
        self._cast = {each.id: each for each in cast}

    def entries(self, rehearsal: Rehearsal) -> Iterator[Entry]:
        """Yield everything in its order; what shows nothing is left out."""
        for each in rehearsal.happenings:
            entry = self._entry(each)
            if entry.text.strip():
                yield entry

    def lines(self, rehearsal: Rehearsal) -> Iterator[str]:
        """Yield the lines of the transcript, a heading for each day."""
        today: date | None = None
        for each in self.entries(rehearsal):
            at = each.at.astimezone(self._voice.zone)
            if at.date() != today:
                today = at.date()
                yield f"\n── {self._voice.phrase('rehearse.day', at=at)} ──"
            yield from _laid_out(f"{at:%H:%M}", each)

    def facts(self, rehearsal: Rehearsal) -> dict[str, Any]:
        """Return how it ended and what there was, as JSON."""
        posts = [each.post for each in rehearsal.happenings if isinstance(each, Posted)]
        said = (
            each
            for each in rehearsal.happenings
            if isinstance(each, Did) and each.deed.act is Act.SAY
        )
        ending = rehearsal.session.ending
        return {
            "ending": None if ending is None else ending.value,
            "days": (rehearsal.ended_at - rehearsal.began_at).days,
            "posts": sum(each.to.whom is Whom.ROOM for each in posts),
            "private": sum(each.to.whom in {Whom.MEMBER, Whom.LEAD} for each in posts),
            "messages": sum(1 for _ in said),
        }

    def cast(self) -> str:
        """Return who plays, and how."""
        members = [
            self._voice.phrase(
                "rehearse.member",
                name=each.name,
                role=self._voice.phrase(f"rehearse.role.{each.role.value}"),
            )
            for each in self._cast.values()
        ]
        return self._voice.phrase("rehearse.cast", members=members)

    # One by one

    def _entry(self, it: Happening) -> Entry:
        match it:
            case Posted():
                return Entry(it.at, AGENT, self._to(it.post.to), _shown(self._blocks(it)))
            case Told():
                said = self._said(it.answer.saying, it.session)
                return Entry(it.at, AGENT, self._to(Target(Whom.MEMBER, it.who)), said)
            case Came():
                return Entry(it.at, "", self._to(it.to), self._came(it))
            case Did():
                return self._did(it)

    def _did(self, it: Did) -> Entry:
        deed, who = it.deed, self._name(it.deed.who)
        if deed.act is Act.SAY:
            return Entry(it.at, who, self._to(_place(deed.group)), deed.text)
        shown = " ".join(deed.text.split())
        text = shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
        key = deed.act.value
        if deed.act in {Act.STEER, Act.RULE}:
            key = f"{key}_{deed.args.get('act') or deed.args.get('rule')}"
        percent = round(100 * deed.args.get("place", 0)) if deed.act is Act.READ else 0
        said = self._voice.phrase(f"rehearse.did.{key}", who=who, text=text, percent=percent)
        return Entry(it.at, "", "", said)

    def _came(self, it: Came) -> str:
        saying = (
            "" if it.saying is None or it.session is None else self._said(it.saying, it.session)
        )
        names = [self._name(each) for each in it.members]
        at = None if it.moment is None else it.moment.astimezone(self._voice.zone)
        lines = list(it.lines)
        said = self._voice.phrase(
            f"rehearse.came.{it.what}", saying=saying, names=names, at=at, count=len(lines)
        )
        return "\n".join((said, *(f"- {each}" for each in lines)))

    def _said(self, saying: Saying, session: Session) -> str:
        things = self._things(session, set(things_in(saying.values)))
        return plain(Filling(self._voice, things, _SESSION).blocks(saying))

    def _blocks(self, it: Posted) -> tuple[Block, ...]:
        writing, links = self._writing(it.post, it.session, it.at)
        return session_blocks(self._voice, writing, links)

    def _writing(
        self, post: Post, session: Session, at: datetime
    ) -> tuple[Writing, Mapping[int, MessageRef]]:
        """Return a post as the store would have it, from the session alone."""
        sayings = (*post.says, *post.after)
        wanted = set(things_in([[each.values for each in sayings], dict(post.notes)]))
        picked = () if post.pick is None else post.pick.entries
        shown = post.shows or picked
        named = {id for kind, id in wanted if kind == "entry"}.union(picked).difference(shown)
        lines = [
            *self._lines(session, ENTRIES, shown),
            *self._lines(session, NAMED, sorted(named)),
            *(
                Line(PEOPLE, {"member": id, "name": self._name(id), "account": None, "n": 0}, ())
                for kind, id in wanted
                if kind == "member"
            ),
        ]
        meetings = session.results.get("meetings") or []
        calendar = None
        if post.file == "calendar":
            calendar = calendar_of(session.plan.title, meetings, "rehearsal", at)
        header = header_of(_SESSION, post, meetings=calendar, at=at)
        writing = Writing(CommunityId(0), SESSION, None, None, False, {}, header, {}, tuple(lines))
        return writing, _links(wanted)

    def _lines(self, session: Session, section: str, ids: Sequence[int]) -> Iterator[Line]:
        for number, id in enumerate(ids, 1):
            entry = session.entries.get(id)
            if entry is None:
                continue
            text = self._voice.phrase(entry.phrase, text=entry.text) if entry.phrase else entry.text
            if text.strip():
                n = number if section == ENTRIES else 0
                yield Line(section, {"text": text, "entry": id, "n": n}, ())

    def _things(self, session: Session, wanted: set[Thing]) -> Things:
        entries = {
            id: session.entries[id].text
            for kind, id in wanted
            if kind == "entry" and id in session.entries
        }
        people = {id: Person(self._name(id)) for kind, id in wanted if kind == "member"}
        return Things(entries, people, _links(wanted))

    def _name(self, id: int | None) -> str:
        known = self._cast.get(id or 0)
        return self._voice.phrase("session.somebody") if known is None else known.name

    def _to(self, to: Target) -> str:
        match to.whom:
            case Whom.ROOM:
                return ""
            case Whom.GROUP:
                return self._voice.phrase("rehearse.to_group", number=to.which)
        who = LEAD if to.whom is Whom.LEAD else to.which
        return self._voice.phrase("rehearse.to_member", who=self._name(who))


def record(entry: Entry) -> dict[str, Any]:
    """Return one thing of a transcript as JSON."""
    return {**asdict(entry), "at": entry.at.isoformat()}


def _place(group: int | None) -> Target:
    return Target() if group is None else Target(Whom.GROUP, group)


def _links(wanted: set[Thing]) -> Mapping[int, MessageRef]:
    return {id: MessageRef(_ROOM, str(id)) for kind, id in wanted if kind == "message"}


def _shown(blocks: Sequence[Block]) -> str:
    """Return blocks as text; a button in brackets, a list to pick from by its prompt alone."""
    shown = []
    for each in blocks:
        match each:
            case Choices(options=options):
                shown.append(" ".join(f"[{option.label}]" for option in options))
            case Menu(prompt=prompt):
                shown.append(f"[{prompt} ▾]")
            case _:
                shown.append(plain((each,)))
    return "\n".join(shown)


def _laid_out(at: str, entry: Entry) -> Iterator[str]:
    """Yield the lines of one thing: the hour and who, then the words below each other."""
    to = f" ({entry.to})" if entry.to else ""
    before = f"{entry.who}{to}: " if entry.who else f"·{to} "
    first, *rest = entry.text.splitlines()
    yield from _wrapped(f"{before}{first}", f"{at}  ")
    for line in rest:
        yield from _wrapped(line, _INDENT)


def _wrapped(text: str, before: str) -> Iterator[str]:
    if not text.strip():
        return
    yield from wrap(
        text,
        WIDTH,
        initial_indent=before,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
