"""`forget`: take a resource out of the library, with all that was made from it."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.outgoing import Choice, Choices
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.errors import NotAllowedError, NotFoundError
from learncomm_agent.library.forgetting import Forgotten
from learncomm_agent.library.resources import Resource, ResourceId
from learncomm_agent.storage import resources, shares
from learncomm_agent.storage.database import Connection


async def forget(context: Context, values: Mapping[str, Any]) -> Reply:
    """Find the resource and ask whether it is meant; those who shared it and leaders may."""
    found = await named(context, values["source"])
    if found is None:
        raise NotFoundError("no such resource", phrase="forget.not_found")
    await _check_may(context, found.id)
    sure = (
        Choice(f"forget:{found.id}", context.label("control.forget")),
        Choice(f"keep:{found.id}", context.label("control.keep")),
    )
    return Reply((context.say("forget.sure", title=found.title), Choices(sure)), is_private=True)


async def named(context: Context, source: str) -> Resource | None:
    """Return the resource that the asker means, by source or title, or the only one that holds the words."""
    readable = await context.readable(is_private=True)

    def read(conn: Connection) -> list[Resource]:
        exact = resources.listed(conn, context.community.id, readable, source=source)
        return exact or [
            each
            for each in resources.listed(conn, context.community.id, readable)
            if source.casefold() in each.title.casefold()
        ]

    found = await context.services.database.read(read)
    if len(found) > 1:
        titles = [each.title for each in found[:3]]
        raise NotFoundError("several", phrase="forget.several", titles=titles, count=len(found))
    return found[0] if found else None


async def _check_may(context: Context, resource: ResourceId) -> None:
    """Refuse whoever neither leads nor shared it.

    Raises:
        NotFoundError: It is gone, or not for their eyes.
        NotAllowedError: They may not.
    """
    readable = await context.readable(is_private=True)

    def read(conn: Connection) -> tuple[bool, set[int | None]]:
        seen = resources.listed(conn, context.community.id, readable)
        return resource in {each.id for each in seen}, shares.sharers(conn, resource)

    is_seen, sharers = await context.services.database.read(read)
    if not is_seen:
        raise NotFoundError("gone, or not to be seen", phrase="forget.gone_already")
    if not context.member.is_leader and sharers != {context.member.id}:
        raise NotAllowedError("neither sharer nor leader", phrase="forget.not_yours")


async def confirmed(context: Context, resource: ResourceId) -> Reply:
    """Forget it now, and say what went."""
    await _check_may(context, resource)
    services = context.services

    def write(conn: Connection) -> Forgotten | None:
        if not resources.revisions(conn, [resource]):
            return None
        return services.forgetting.resource(
            conn, context.community.id, resource, by=context.account_id
        )

    gone = await services.database.write(write)
    if gone is None:
        raise NotFoundError("gone already", phrase="forget.gone_already")
    said = context.say("forget.done", passages=gone.passages, lines=gone.lines)
    return Reply((said,), is_private=True)


FORGET = Command(
    name="forget",
    run=forget,
    options=(
        Option("source", OptionKind.RESOURCE, is_required=True, takes_rest=True, max_chars=500),
    ),
    always_private=True,
)
