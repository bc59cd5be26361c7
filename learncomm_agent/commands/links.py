"""`links`: what becomes of the links that are posted here, for a leader to choose."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply, Who
from learncomm_agent.commands.recording import record
from learncomm_agent.errors import UsageError
from learncomm_agent.library.sharing.linking import EVERY, TAPPED, plain
from learncomm_agent.storage.database import Connection

NONE = "off"
REACTION_CHARS = 100


async def links(context: Context, values: Mapping[str, Any]) -> Reply:
    """Say what becomes of links here, or change it; all who are in the room are told.

    Raises:
        UsageError: In a direct talk or a room that is not read; or what was named is no reaction.
    """
    if context.room.kind is RoomKind.DIRECT:
        raise UsageError("a direct talk is never read", phrase="read.direct")
    if "reaction" in values:
        return _choose_reaction(context, values["reaction"])
    linking = context.services.linking
    is_every = linking.takes_every(context.room)
    if values.get("mode") in (None, EVERY if is_every else TAPPED):
        return Reply(_state(context, is_every=is_every), is_private=True)
    if not is_every and not context.services.directory.reads(context.room):
        raise UsageError("the room is not read", phrase="links.not_read")

    def choose(conn: Connection) -> None:
        linking.choose(conn, context.room_id, context.room.ref, is_every=not is_every)

    said = context.say("links.tapped" if is_every else "links.every")
    noted = record(context, "links", f"room {context.room_id}", every=int(not is_every))
    return Reply((said,), commits=(choose, noted))


def _state(context: Context, *, is_every: bool) -> tuple[Any, ...]:
    state = context.say("links.is_every" if is_every else "links.is_tapped")
    reaction = context.services.linking.reaction(context.community.id)
    if reaction is None:
        return (state,)
    return (state, context.say("links.is_reaction", reaction=reaction))


def _choose_reaction(context: Context, named: str) -> Reply:
    linking, community = context.services.linking, context.community.id
    reaction = None if named.casefold() == NONE else plain(named)
    if reaction is not None and (not reaction or reaction.isalnum() or " " in reaction):
        raise UsageError("no reaction", phrase="links.no_reaction")
    if reaction is None:
        said = context.say("links.reaction_off")
    else:
        said = context.say("links.reaction_on", reaction=named)

    def choose(conn: Connection) -> None:
        linking.choose_reaction(conn, community, reaction)

    noted = record(context, "links reaction", "", on=int(reaction is not None))
    return Reply((said,), commits=(choose, noted))


LINKS = Command(
    name="links",
    run=links,
    options=(
        Option("mode", OptionKind.CHOICE, choices=(EVERY, TAPPED)),
        Option("reaction", max_chars=REACTION_CHARS, wanted="wanted.links_reaction"),
    ),
    who=Who.LEADERS,
    is_rare=True,
)
