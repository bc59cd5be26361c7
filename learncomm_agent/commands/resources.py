"""`resources`: what the library holds that everyone here may read."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.outgoing import Listing, Style, Text
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.storage import resources as stored

PAGE = 10


async def resources(context: Context, values: Mapping[str, Any]) -> Reply:
    """List resources, newest first, ten at a time; those whose title or source holds the words."""
    is_private = context.via is Via.FORM
    readable = await context.readable(is_private=is_private)
    held = await context.services.database.read(
        lambda conn: stored.listed(conn, context.community.id, readable)
    )
    words = values.get("words", "").casefold()
    held = [each for each in held if words in f"{each.title} {each.source}".casefold()]
    if not held:
        return Reply((context.say("resources.none"),), is_private)
    first = (values.get("page", 1) - 1) * PAGE
    items = tuple(
        (
            Text(each.title, Style.STRONG),
            Text(f" · {context.label(f'kind.{each.kind}')}"),
            *_by(context, each.shared_by),
        )
        for each in held[first : first + PAGE]
    )
    heading = context.say("resources.count", count=len(held))
    if not items:
        pages = -(-len(held) // PAGE)
        return Reply((context.say("resources.no_page", pages=pages),), is_private)
    more = (
        ()
        if first + PAGE >= len(held)
        else (context.say("resources.more", page=values.get("page", 1) + 1),)
    )
    return Reply((heading, Listing(items, start=first + 1), *more), is_private)


def _by(context: Context, names: tuple[str, ...]) -> tuple[Text, ...]:
    if not names:
        return ()
    who = context.words.phrase("resources.shared_by", language=context.language, names=list(names))
    return (Text(f" · {who}"),)


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
