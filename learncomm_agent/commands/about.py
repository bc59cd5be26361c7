"""`about`: the card of a resource: what it is, who shared it and why, and what rests on it."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.commands.ask import answer
from learncomm_agent.commands.choosing import fitting, which
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.errors import NotFoundError
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import cards
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.card_lines import card_lines


async def about(context: Context, values: Mapping[str, Any]) -> Reply:
    """Show the card of the resource that is meant, or ask which one that is."""
    is_private = context.via is Via.FORM
    found = await fitting(context, values["source"], is_private=is_private)
    if not found and context.via is Via.MESSAGE:  # a sentence may begin with that word
        return await answer(context, f"{ABOUT.name} {values['source']}", is_private=False)
    if not found:
        raise NotFoundError("no such resource", phrase="forget.not_found")
    if len(found) > 1:
        return await which(context, found, is_private=is_private)
    return await card(context, found[0].id, is_private=is_private)


async def card(context: Context, resource: ResourceId | None, *, is_private: bool) -> Reply:
    """Show a card, with what its readers may know of it.

    Raises:
        NotFoundError: It is gone, or not for them.
    """
    readable = await context.readable(is_private=is_private)
    is_alone = is_private or context.room.kind is RoomKind.DIRECT
    reader = context.member.id if is_alone else None

    def read(conn: Connection) -> cards.Card | None:
        if resource is None:
            return None
        return cards.card(conn, context.community.id, resource, readable, reader)

    found = await context.services.database.read(read)
    if found is None:
        raise NotFoundError("gone, or not for these eyes", phrase="open.gone")
    writing = Writing(
        community=context.community.id,
        kind="card",
        room=context.room_id,
        member=context.member.id,
        is_private=is_private,
        request={},
        header={"at": context.asked_at.isoformat()},
        trace={},
        lines=card_lines(found),
    )
    return Reply(await context.show(writing), is_private, writing)


ABOUT = Command(
    name="about",
    run=about,
    options=(
        Option(
            "source",
            OptionKind.RESOURCE,
            is_required=True,
            takes_rest=True,
            max_chars=500,
            wanted="wanted.about",
        ),
    ),
    aliases=("card",),
    is_private=True,
    is_rare=True,
)
