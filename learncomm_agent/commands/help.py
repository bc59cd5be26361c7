"""`help`: what one can ask for."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.outgoing import Code, Listing, Paragraph, Span, Style, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, Reply, Who
from learncomm_agent.commands.parsing import NAME_CHARS
from learncomm_agent.errors import NotFoundError


async def help(context: Context, values: Mapping[str, Any]) -> Reply:
    """List the commands that the asker may call, or explain one."""
    name = values.get("command", "").lstrip("/!").casefold()
    if name:
        command = context.services.catalogue.find(name)
        if command is None:
            raise NotFoundError("no such command", phrase="help.unknown", command=name[:NAME_CHARS])
        return Reply(_explained(context, command), is_private=True)
    items = tuple(
        (Text(context.sign + command.name, Style.STRONG), Text(f"  {_sentence(context, command)}"))
        for command in context.services.catalogue.commands
        if command.who is Who.EVERYONE or context.member.is_leader
    )
    return Reply(
        (context.say("help.intro"), Listing(items), context.say("help.more")), is_private=True
    )


def _explained(context: Context, command: Command) -> tuple[Paragraph | Listing, ...]:
    options = tuple(_option(context, command, option) for option in command.options)
    name = context.sign + command.name
    head = Paragraph((Text(name, Style.STRONG), Text(f"  {_sentence(context, command)}")))
    who = (context.layout.say("help.leaders"),) if command.who is Who.LEADERS else ()
    return (head, *who, *((Listing(options),) if options else ()))


def _option(context: Context, command: Command, option: Option) -> tuple[Span, ...]:
    sentence = context.label(f"command.{command.name}.{option.name}")
    name = option.name if option.takes_rest else f"{option.name}="
    return (Code(name), Text(f"  {sentence}"))


def _sentence(context: Context, command: Command) -> str:
    return context.label(f"command.{command.name}.help")


HELP = Command(
    name="help",
    run=help,
    options=(Option("command", takes_rest=True, max_chars=60, is_suggested=True),),
    always_private=True,
)
