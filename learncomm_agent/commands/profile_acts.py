"""What members do with their profile: say something anew, take a break, drop it, or leave whom they are with."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Choices
from learncomm_agent.chat.people import Consent, MemberId
from learncomm_agent.commands import naming
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.parsing import NAME_CHARS, spellings
from learncomm_agent.commands.profile_showing import CONTROL, shown
from learncomm_agent.commands.profile_words import hours_in, languages_in
from learncomm_agent.commands.setup_wishes import zone_named
from learncomm_agent.errors import NotAllowedError, NotFoundError, UsageError
from learncomm_agent.sessions.events import Left
from learncomm_agent.sessions.methods.numbers import number_of
from learncomm_agent.storage import matches, members, profiles
from learncomm_agent.storage import naming as named
from learncomm_agent.storage import sessions as stored
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.naming import Named
from learncomm_agent.storage.profiles import Profile
from learncomm_agent.work import Commit

TEXT_CHARS, MOST_AVOIDED, MOST_TAKEN = 600, 20, 10
TEXTS = ("offers", "wants")
FIELDS = (*TEXTS, "languages", "hours", "capacity", "timezone", "avoid")
"""What can be said, one by one or in a form."""
_NOTHING = frozenset({"", "none", "nothing", "nobody", "-", "nichts", "keine", "keinen", "niemand"})
_ENDED = "ended"


async def tell(context: Context, said: Mapping[str, str]) -> Reply:
    """Keep what somebody says about themselves, and show all of it.

    Raises:
        UsageError: Something of it is not understood; nothing is kept then.
        NotAllowedError: They opted out.
        NotFoundError: Somebody whom they would rather not meet is not known here.
    """
    check_in(context)
    it = await _changed(await of(context), said)
    zone = said.get("timezone", "").strip()
    zone_name = None if _is_none(zone) else await _zone(zone)
    avoided: list[MemberId] | None = None
    if "avoid" in said:
        avoided = [] if _is_none(said["avoid"]) else await _whom(context, said["avoid"])
    now, me = context.services.clock.now(), context.member.id

    def commit(conn: Connection) -> None:
        profiles.put(conn, it, now)
        if zone_name is not None:
            members.set_timezone(conn, me, zone_name)
        if avoided is not None:
            profiles.avoid(conn, me, avoided)

    told = await shown(context, it, zone=zone_name, avoided=avoided, is_changed=True)
    return replace(told, commits=(commit,))


async def _changed(it: Profile, said: Mapping[str, str]) -> Profile:
    """Return a profile with what was said.

    Raises:
        UsageError: Something of it is not understood.
    """
    for name, value in said.items():
        text, is_none = value.strip(), _is_none(value)
        if name in TEXTS and len(text) > TEXT_CHARS:
            raise UsageError("too long", phrase="profile.long", most=TEXT_CHARS)
        match name:
            case "offers":
                it = replace(it, offers="" if is_none else text)
            case "wants":
                it = replace(it, wants="" if is_none else text)
            case "languages":
                codes = () if is_none else await asyncio.to_thread(languages_in, text)
                it = replace(it, languages=codes)
            case "hours":
                it = replace(it, hours=() if is_none else hours_in(text))
            case "capacity":
                it = replace(it, capacity=0 if is_none else _count(text))
    return it


async def _zone(said: str) -> str | None:
    """Return the time zone of a name.

    Raises:
        UsageError: There is none; it names the nearest.
    """
    mistakes: list[UsageError] = []
    zone = await asyncio.to_thread(zone_named, said, mistakes)
    if mistakes:
        raise mistakes[0]
    return zone


def _is_none(said: str) -> bool:
    """Whether somebody says that there is nothing."""
    return " ".join(said.split()).casefold().strip(" .") in _NOTHING


def check_in(context: Context) -> None:
    """Refuse whoever opted out: nothing of theirs is kept.

    Raises:
        NotAllowedError: They did.
    """
    if context.member.consent is Consent.OUT:
        raise NotAllowedError("opted out", phrase="profile.opted_out")


async def of(context: Context) -> Profile:
    """Return what somebody said about themselves, empty where that was nothing so far."""
    me, community = context.member.id, context.community.id
    found = await context.services.database.read(lambda conn: profiles.get(conn, me))
    return found or Profile(me, community)


def _count(text: str) -> int:
    found = number_of(text.casefold())
    if found is None or not 0 <= found <= MOST_TAKEN:
        raise UsageError("no such number", phrase="profile.no_count", most=MOST_TAKEN)
    return found


async def _whom(context: Context, text: str) -> list[MemberId]:
    """Return whom somebody would rather not meet.

    Raises:
        UsageError: They are too many, or the asker themselves.
        NotFoundError: Somebody is not known here, or several are called so.
    """
    wanted = [each.strip() for each in re.split(r"[,;\n]", text) if each.strip()]
    if len(wanted) > MOST_AVOIDED:
        raise UsageError("too many", phrase="profile.many", most=MOST_AVOIDED)
    found = []
    for said, some in zip(wanted, await _people(context, wanted), strict=True):
        if len(some) > 1:
            raise NotFoundError("several", phrase="thank.several", who=said[:NAME_CHARS])
        if not some or some[0].member is None:
            raise NotFoundError("nobody known", phrase="profile.unknown", who=said[:NAME_CHARS])
        if some[0].member == context.member.id:
            raise UsageError("oneself", phrase="profile.oneself")
        found.append(some[0].member)
    return list(dict.fromkeys(found))


async def _people(context: Context, wanted: list[str]) -> list[list[Named]]:
    """Return those of each name who are here; in a direct talk, who is known in the community."""
    if context.room.kind is not RoomKind.DIRECT:
        return await naming.people(context, wanted)
    community, platform = context.community.id, context.room.ref.platform
    spelled = [spellings(each) for each in wanted]
    return await context.services.database.read(
        lambda conn: named.named(conn, community, platform, spelled)
    )


async def pause(context: Context) -> Reply:
    """Be matched with nobody until one says so."""
    return await _open(context, is_open=False)


async def resume(context: Context) -> Reply:
    """Be matched again."""
    return await _open(context, is_open=True)


async def _open(context: Context, *, is_open: bool) -> Reply:
    check_in(context)
    it, now = replace(await of(context), is_open=is_open), context.services.clock.now()
    key = "profile.resumed" if is_open else "profile.paused"
    return Reply(
        (context.say(key),), is_private=True, commits=(lambda conn: profiles.put(conn, it, now),)
    )


async def forget(context: Context) -> Reply:
    """Drop what somebody said about themselves, and whom they would rather not meet."""
    me = context.member.id
    return Reply(
        (context.say("profile.forgotten"),),
        is_private=True,
        commits=(lambda conn: profiles.drop(conn, me),),
    )


async def leave(context: Context) -> Reply:
    """Leave whom one is with, without a reason; who is in several pairs is asked first, as it ends all of them.

    Raises:
        UsageError: They are with nobody.
    """
    count = await _count_of(context)
    if count == 1:
        return await leave_all(context)
    sure = Choice(f"{CONTROL}:leave_all", context.label("profile.control.leave_all"))
    choices = Choices((sure,), context.layout.phrase("profile.leave_in_words"))
    return Reply((context.say("profile.leave_sure", count=count), choices), is_private=True)


async def leave_all(context: Context) -> Reply:
    """Leave all whom one is with; the others hear only that it has ended.

    Raises:
        UsageError: They are with nobody.
    """
    count = await _count_of(context)
    commits: tuple[Commit, ...] = (lambda conn: _leave(context, conn),)
    return Reply((context.say("profile.left", count=count),), is_private=True, commits=commits)


async def _count_of(context: Context) -> int:
    me = context.member.id
    mine = await context.services.database.read(lambda conn: matches.open_of(conn, me))
    if not mine:
        raise UsageError("with nobody", phrase="profile.with_nobody")
    return len(mine)


def _leave(context: Context, conn: Connection) -> None:
    me, now = context.member.id, context.services.clock.now()
    for match, session in matches.open_of(conn, me):
        row = None if session is None else stored.get(conn, session)
        if row is not None and row.phase != _ENDED:
            context.services.sessions.apply(conn, row.id, Left(me), by=me)
        matches.leave(conn, match, me, now)
