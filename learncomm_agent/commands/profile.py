"""`profile`: what I can help with and want to learn, when and with whom not, so that I can be brought together."""

import re
from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches
from typing import Any

from learncomm_agent.chat.forms import Field, FieldKind, Form
from learncomm_agent.commands import profile_acts as acts
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, Reply
from learncomm_agent.commands.profile_showing import CONTROL as CONTROL
from learncomm_agent.commands.profile_showing import invited, shown
from learncomm_agent.commands.profile_words import hours_told
from learncomm_agent.commands.verbs import meant
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.errors import NotFoundError, UsageError
from learncomm_agent.storage import members, profiles
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.profiles import Profile
from learncomm_agent.templates import language_name
from learncomm_agent.words import Words

Act = Callable[[Context], Awaitable[Reply]]
_SAID = re.compile(r"(\S+)(?:\s+(.*))?", re.DOTALL)
_ALL = frozenset({"all", "alle", "alles"})
_MAX_CHARS = 2000
_TELL, _MORE = ("offers", "wants", "languages", "hours", "capacity"), ("timezone", "avoid")


async def profile(context: Context, values: Mapping[str, Any]) -> Reply:
    """Show what somebody said about themselves, or change it.

    Raises:
        UsageError: What is to be done is not clear, or can't be done.
        NotAllowedError: They opted out.
    """
    match = _SAID.fullmatch(values.get("what", "").strip())
    if match is None:
        return await page(context)
    verb, rest = meant_by(context.words, match[1]), (match[2] or "").strip()
    if verb in acts.FIELDS:
        if not rest:
            called = context.label(f"profile.verb.{verb}").partition(" / ")[0]
            raise UsageError("nothing said", phrase="profile.how_to_say", verb=called)
        return await acts.tell(context, {verb: rest})
    if verb == "leave" and rest.casefold() in _ALL:
        return await acts.leave_all(context)
    if verb in _ACTS and not rest:
        return await _ACTS[verb](context)
    near = get_close_matches(verb, (*acts.FIELDS, *_ACTS), n=1)
    raise UsageError("no such verb", phrase="profile.how_to_ask", near=near[0] if near else "")


async def page(context: Context) -> Reply:
    """Show a profile to whoever it is of, or ask for one.

    Raises:
        NotAllowedError: They opted out.
    """
    acts.check_in(context)
    me = context.member.id
    found = await context.services.database.read(lambda conn: profiles.get(conn, me))
    return await (invited(context) if found is None else shown(context, found))


def meant_by(words: Words, said: str) -> str:
    """Return the verb that a word stands for, in whichever language; itself where it stands for none."""
    word = said.casefold().rstrip(":")
    return meant(words, "profile.verb.", (*acts.FIELDS, *_ACTS), word) or word


async def press(context: Context, which: str) -> Reply:
    """Do what a button says.

    Raises:
        NotFoundError: There is no such button.
    """
    if which in ("tell", "more"):  # where a form can't be opened
        return Reply((context.say("profile.in_words"),), is_private=True)
    if which == "leave_all":
        return await acts.leave_all(context)
    if which not in _ACTS:
        raise NotFoundError("no such control", phrase="control.gone")
    return await _ACTS[which](context)


async def form(visitor: Visitor, which: str) -> Form:
    """Return the form, filled in as things are.

    Raises:
        NotFoundError: There is no such form.
    """
    if which not in ("tell", "more"):
        raise NotFoundError("no such form", phrase="control.gone")
    told = await _told(visitor)
    names = _TELL if which == "tell" else _MORE
    fields = tuple(_field(visitor, name, told.get(name, "")) for name in names)
    return Form(f"{CONTROL}:{which}", visitor.label("profile.title"), fields)


async def filled(context: Context, which: str, values: Mapping[str, str]) -> Reply:
    """Take what a form says; what was emptied is nothing from now on.

    Raises:
        NotFoundError: There is no such form.
        UsageError: Something of it is not understood; it says what.
    """
    if which not in ("tell", "more"):
        raise NotFoundError("no such form", phrase="control.gone")
    names = _TELL if which == "tell" else _MORE
    said = {name: values.get(name, "") for name in names}
    if not said.get("capacity", "").strip():
        said.pop("capacity", None)  # an empty number says nothing; 0 does
    return await acts.tell(context, said)


def _field(visitor: Visitor, name: str, value: str) -> Field:
    is_number = name == "capacity"
    return Field(
        name,
        visitor.label(f"profile.field.{name}"),
        FieldKind.NUMBER if is_number else FieldKind.TEXT,
        is_required=False,
        is_long=name in acts.TEXTS,
        max_chars=acts.TEXT_CHARS if name in acts.TEXTS else 200,
        minimum=0 if is_number else 1,
        maximum=acts.MOST_TAKEN,
        values=(value,) if value else (),
        hint=visitor.label(f"profile.hint.{name}"),
    )


async def _told(visitor: Visitor) -> dict[str, str]:
    """Return what stands in the fields: what was said before, as people write it."""
    member = visitor.member
    if member is None:
        return {"capacity": "1", "timezone": visitor.community.timezone}

    def read(conn: Connection) -> tuple[Profile | None, list[str]]:
        names = [members.get(conn, each).name for each in profiles.avoids(conn, member.id)]
        return profiles.get(conn, member.id), names

    found, names = await visitor.services.database.read(read)
    it = found or Profile(member.id, visitor.community.id)
    hours = visitor.label("profile.hours_plain", hours=hours_told(it.hours, visitor.label))
    return {
        "offers": it.offers,
        "wants": it.wants,
        "languages": ", ".join(language_name(each, visitor.language) for each in it.languages),
        "hours": hours.strip(),
        "capacity": str(it.capacity),
        "timezone": member.timezone or visitor.community.timezone,
        "avoid": ", ".join(names),
    }


_ACTS: Mapping[str, Act] = {
    "show": page,
    "pause": acts.pause,
    "resume": acts.resume,
    "forget": acts.forget,
    "leave": acts.leave,
}

PROFILE = Command(
    name="profile",
    run=profile,
    options=(Option("what", takes_rest=True, max_chars=_MAX_CHARS),),
    always_private=True,
    is_rare=True,
)
