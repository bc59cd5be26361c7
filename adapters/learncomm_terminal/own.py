"""What the terminal itself can do: let somebody else speak, go to another room, change a message."""

from collections.abc import Awaitable, Callable
from difflib import get_close_matches
from functools import partial

from learncomm_agent.chat.events import (
    MemberChanged,
    MessageDeleted,
    MessageEdited,
    Reacted,
    RoomChanged,
)
from learncomm_agent.chat.messages import Room
from learncomm_agent.chat.people import Account
from learncomm_agent.errors import NotAllowedError, UsageError
from learncomm_terminal import rooms
from learncomm_terminal.cleaning import clean_line
from learncomm_terminal.desk import Desk
from learncomm_terminal.lines import OWN, Own, said
from learncomm_terminal.transcript import Entry, Place, Reaction

_THUMB = "👍"
_LONGEST_SIGN = 16
_PRIVATE = ("private", "privat")


async def do(desk: Desk, typed: Own) -> bool:
    """Do one of the terminal's own commands; tell whether the person stays.

    Raises:
        UsageError: It can't be done as asked.
    """
    if typed.name == "quit":
        return False
    await _DO[typed.name](desk, typed.rest)
    return True


async def _as(desk: Desk, name: str) -> None:
    name = _name(name, "as")
    account = _member(desk, name)
    if account is None:
        account = Account(rooms.account_ref(name), name)
        await desk.happen(partial(MemberChanged, None, account))
        desk.means.screen.tell("terminal.joined", name=name)
    transcript = desk.means.store.transcript
    stays = transcript.may_read(account.ref.id, desk.place)
    first = transcript.rooms_of(account.ref.id)[0].room
    await desk.sit(account.ref.id, desk.room if stays else first)


async def _room(desk: Desk, rest: str) -> None:
    words = rest.split()
    is_private = len(words) > 1 and words[-1].casefold() in _PRIVATE
    name = _name(" ".join(words[:-1] if is_private else words), "room")
    place = _room_of(desk, name)
    if place is not None:
        await desk.sit(desk.speaker_id, place.room)
        return
    room = _new_private(desk, name) if is_private else rooms.open_room(name)
    await desk.happen(partial(RoomChanged, room))
    if is_private:
        await desk.happen(partial(MemberChanged, room.ref, desk.speaker))
    await desk.sit(desk.speaker_id, room)
    if is_private:
        desk.means.screen.tell("terminal.private_room")


async def _direct(desk: Desk, _: str) -> None:
    await desk.sit(desk.speaker_id, rooms.direct_room(desk.speaker))


async def _reply(desk: Desk, rest: str) -> None:
    entry, text = _entry_and_text(desk, rest, "reply")
    await desk.say(said(text), reply_to=entry.ref)


async def _edit(desk: Desk, rest: str) -> None:
    entry, text = _entry_and_text(desk, rest, "edit")
    if entry.author != desk.speaker_id:
        raise NotAllowedError("not their message", phrase="terminal.not_yours", number=entry.number)
    now = desk.means.clock.now()
    await desk.happen(partial(MessageEdited, entry.ref, said(text).text, now))
    await desk.means.screen.show(desk.entry(entry.ref.id))


async def _delete(desk: Desk, rest: str) -> None:
    entry = desk.entry(rest)
    if entry.author != desk.speaker_id and not desk.speaker.is_leader:
        raise NotAllowedError("not their message", phrase="terminal.not_yours", number=entry.number)
    await desk.happen(partial(MessageDeleted, entry.ref))
    desk.means.screen.tell("terminal.deleted", number=entry.number)


async def _react(desk: Desk, rest: str) -> None:
    number, _, sign = rest.partition(" ")
    entry = desk.entry(number)
    sign = clean_line(sign)[:_LONGEST_SIGN] or _THUMB
    is_added = Reaction(desk.speaker_id, sign) not in entry.reactions
    await desk.happen(partial(Reacted, entry.ref, desk.speaker, sign, is_added))
    await desk.means.screen.show(desk.entry(entry.ref.id), is_new=False)


async def _pick(desk: Desk, rest: str) -> None:
    *post, number = rest.split() or [""]
    if not (number.isascii() and number.isdecimal()):
        raise _incomplete("pick")
    await desk.pick(desk.entry(post[0]) if post else desk.latest_choices(), int(number[:9]))


async def _rooms(desk: Desk, _: str) -> None:
    for place in desk.means.store.transcript.rooms_of(desk.speaker_id):
        mark = "›" if place.room.ref == desk.room.ref else " "
        desk.means.screen.note(f"{mark} {rooms.label(place.room)}")


async def _who(desk: Desk, _: str) -> None:
    transcript = desk.means.store.transcript
    for id in sorted(transcript.readers(desk.place)):
        member = transcript.members[id]
        mark = "›" if id == desk.speaker_id else " "
        leader = f" ({desk.means.screen.phrase('terminal.leader')})" if member.is_leader else ""
        desk.means.screen.note(f"{mark} {member.name}{leader}")


async def _invite(desk: Desk, name: str) -> None:
    name = _name(name, "invite")
    if not rooms.is_private(desk.room.ref.id):
        raise UsageError("everyone is here", phrase="terminal.not_private")
    account = _member(desk, name)
    if account is None:
        names = [member.name for member in desk.means.store.transcript.members.values()]
        near = get_close_matches(name, names, n=1)
        raise UsageError(
            "no such member",
            phrase="terminal.no_member",
            name=name,
            nearest=near[0] if near else "",
        )
    await desk.happen(partial(MemberChanged, desk.room.ref, account))
    desk.means.screen.tell("terminal.invited", name=account.name)


async def _keys(desk: Desk, _: str) -> None:
    screen = desk.means.screen
    screen.tell("terminal.keys")
    for name in OWN:
        screen.note(f"  {screen.phrase(f'terminal.key.{name}')}")


_DO: dict[str, Callable[[Desk, str], Awaitable[None]]] = {
    "as": _as,
    "room": _room,
    "direct": _direct,
    "reply": _reply,
    "edit": _edit,
    "delete": _delete,
    "react": _react,
    "pick": _pick,
    "rooms": _rooms,
    "who": _who,
    "invite": _invite,
    "keys": _keys,
}


def _name(text: str, command: str) -> str:
    """Return a name that can be one; that of the agent is taken."""
    name = clean_line(text).strip("@#&")
    if not name:
        raise _incomplete(command)
    if not rooms.slug(name) or len(name) > rooms.MAX_NAME or rooms.slug(name) == rooms.AGENT:
        raise UsageError("no name", phrase="terminal.bad_name", limit=rooms.MAX_NAME)
    return name


def _member(desk: Desk, name: str) -> Account | None:
    return desk.means.store.transcript.members.get(rooms.slug(name))


def _room_of(desk: Desk, name: str) -> Place | None:
    """Return a room of this name that the speaker may read, one for everyone first."""
    found = [
        place
        for place in desk.means.store.transcript.rooms_of(desk.speaker_id)
        if place.room.name == rooms.slug(name)
    ]
    return min(found, key=lambda place: rooms.is_private(place.room.ref.id), default=None)


def _new_private(desk: Desk, name: str) -> Room:
    """Return a private room whose id is free; others may have one of this name, unseen."""
    number = 1
    while rooms.private_room(name, number).ref.id in desk.means.store.transcript.places:
        number += 1
    return rooms.private_room(name, number)


def _entry_and_text(desk: Desk, rest: str, command: str) -> tuple[Entry, str]:
    number, _, text = rest.partition(" ")
    if not text.strip():
        raise _incomplete(command)
    return desk.entry(number), text.strip()


def _incomplete(command: str) -> UsageError:
    return UsageError(f"{command!r} wants more", phrase=f"terminal.key.{command}")
