"""`resources`: what the library holds that everyone here may read."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.commands.choosing import listed
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.library.resources import ResourceId
from learncomm_agent.storage import cards
from learncomm_agent.storage.database import Connection
from learncomm_agent.writing.card_lines import entry_line

PAGE = 10


async def resources(context: Context, values: Mapping[str, Any]) -> Reply:
    """List resources, newest first, ten at a time; those whose title or source holds the words."""
    is_private = context.via is Via.FORM
    readable = await context.readable(is_private=is_private)
    words, page = values.get("words", "").casefold(), values.get("page", 1)
    first = (page - 1) * PAGE

    def read(conn: Connection) -> tuple[int, list[cards.Entry]]:
        titles = cards.titles(conn, context.community.id, readable)
        fit = (id for id, title, source in titles if words in f"{title} {source}".casefold())
        held = [ResourceId(id) for id in dict.fromkeys(fit)]
        here = held[first : first + PAGE]
        return len(held), cards.entries(conn, context.community.id, here, readable)

    count, entries = await context.services.database.read(read)
    if not count:
        return Reply((context.say("resources.none"),), is_private)
    if not entries:
        pages = -(-count // PAGE)
        return Reply((context.say("resources.no_page", pages=pages),), is_private)
    lines = tuple(entry_line(entry, number) for number, entry in enumerate(entries, first + 1))
    more = page + 1 if first + PAGE < count else None
    return await listed(
        context, lines, count, "resources.count", next_page=more, is_private=is_private
    )


RESOURCES = Command(
    name="resources",
    run=resources,
    options=(
        Option("words", takes_rest=True, max_chars=200),
        Option("page", OptionKind.NUMBER, maximum=10_000),
    ),
    aliases=("library",),
    is_private=True,
)
