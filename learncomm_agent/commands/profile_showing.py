"""A profile in plain words, for whoever it is of, with what they can do with it."""

import asyncio
from collections.abc import Sequence

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Block, Choices, Listing, Text
from learncomm_agent.chat.people import MemberId
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.profile_words import hours_told
from learncomm_agent.storage import matches, members, profiles
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.profiles import Profile
from learncomm_agent.templates import language_name

CONTROL = "profile"


async def shown(
    context: Context,
    it: Profile,
    *,
    zone: str | None = None,
    avoided: Sequence[MemberId] | None = None,
    is_changed: bool = False,
) -> Reply:
    """Show a profile to whoever it is of, as it is, or will be once it is kept.

    Args:
        context: The request.
        it: The profile.
        zone: The time zone, where it changes.
        avoided: Whom they would rather not meet, where that changes.
        is_changed: Whether something was said just now.
    """
    me = context.member.id

    def read(conn: Connection) -> tuple[list[str], bool, str | None]:
        whom = profiles.avoids(conn, me) if avoided is None else avoided
        names = sorted(members.get(conn, each).name for each in whom)
        return names, bool(matches.open_of(conn, me)), members.get(conn, me).timezone

    names, is_together, known = await context.services.database.read(read)
    spoken = await asyncio.to_thread(
        lambda: [language_name(each, context.language) for each in it.languages]
    )
    zone = zone or known or context.community.timezone
    say = context.layout.phrase
    lines = (
        say("profile.offers", text=" ".join(it.offers.split())),
        say("profile.wants", text=" ".join(it.wants.split())),
        say("profile.languages", languages=spoken),
        say("profile.hours", hours=hours_told(it.hours, context.label), zone=zone),
        say("profile.capacity", count=it.capacity),
        say("profile.avoided", names=names),
    )
    blocks: list[Block] = [
        context.say("profile.changed" if is_changed else "profile.heading"),
        Listing(tuple((Text(each),) for each in lines)),
    ]
    if not it.is_open:
        blocks.append(context.say("profile.is_paused"))
    if not is_changed:
        if is_together:
            blocks.append(context.say("profile.is_together"))
        blocks.append(context.say("profile.what_for"))
    blocks.append(_controls(context, it, is_together=is_together))
    return Reply(tuple(blocks), is_private=True)


async def invited(context: Context) -> Reply:
    """Ask somebody who has said nothing about themselves yet."""
    choice = Choice(f"{CONTROL}:tell", context.label("profile.control.tell"), opens_form=True)
    more = Choice(f"{CONTROL}:more", context.label("profile.control.more"), opens_form=True)
    how = context.layout.phrase("profile.in_words")
    asked = (context.say("profile.invitation"), context.say("profile.what_for"))
    return Reply((*asked, Choices((choice, more), how)), is_private=True)


def _controls(context: Context, it: Profile, *, is_together: bool) -> Choices:
    acts = ["tell", "more", "pause" if it.is_open else "resume", "forget"]
    if is_together:
        acts.append("leave")
    options = tuple(
        Choice(f"{CONTROL}:{act}", context.label(f"profile.control.{act}"), act in ("tell", "more"))
        for act in acts
    )
    return Choices(options, context.layout.phrase("profile.in_words"))
