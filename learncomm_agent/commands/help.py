"""`help`: what one can ask for."""

from collections.abc import Iterable, Mapping
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Choices, Code, Listing, Paragraph, Span, Style, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, Reply, Who
from learncomm_agent.commands.parsing import NAME_CHARS
from learncomm_agent.errors import NotFoundError

TOPICS: Mapping[str, tuple[str, ...]] = {
    "find": ("search", "ask", "open", "resources", "about"),
    "share": ("share", "keep", "links", "feeds", "forget"),
    "talk": ("questions", "vote", "summary", "minutes", "draft", "missed"),
    "sessions": ("session", "playbooks", "catchup"),
    "promises": ("actions", "decisions", "goals"),
    "people": ("thank", "profile", "feedback", "pulse"),
    "news": ("digest", "letter", "reminders"),
    "you": ("me", "optout", "link", "why", "help"),
    "place": ("read", "setup", "publish", "retention", "audit"),
}
"""What the commands are about, in the order in which a newcomer needs them."""
OTHER = "other"
"""Where commands stand that somebody else brings."""


async def help(context: Context, values: Mapping[str, Any]) -> Reply:
    """Name the commands that the asker may call, by what they are about, or explain one."""
    name = values.get("command", "").lstrip("/!").casefold()
    if name:
        command = context.services.catalogue.find(name)
        if command is None:
            raise NotFoundError("no such command", phrase="help.unknown", command=name[:NAME_CHARS])
        return Reply(_explained(context, command), is_private=True)
    shown = _topics(context)
    items = tuple(
        (
            Text(context.label(f"help.topic_{topic}"), Style.STRONG),
            Text(f"  {_names(context, some)}"),
        )
        for topic, some in shown.items()
    )
    said = (context.say("help.intro"), Listing(items), context.say("help.more"))
    return Reply((*said, _choices(context, shown)), is_private=True)


async def press(context: Context, topic: str) -> Reply:
    """Say what the commands of a topic are for.

    Raises:
        NotFoundError: There is no such topic, or nothing of it is for the asker.
    """
    topics = _topics(context)
    known = topics.get(topic)
    if known is None:
        raise NotFoundError("no such topic", phrase="control.gone")
    items = tuple(
        (Text(context.sign + command.name, Style.STRONG), Text(f"  {_sentence(context, command)}"))
        for command in known
    )
    title = Paragraph((Text(context.label(f"help.topic_{topic}"), Style.STRONG),))
    said = (title, Listing(items), context.say("help.more"))
    return Reply((*said, _choices(context, topics)), is_private=True)


def _choices(context: Context, topics: Iterable[str]) -> Choices:
    """Return the topics as buttons."""
    return Choices(
        tuple(Choice(f"help:{topic}", context.label(f"help.topic_{topic}")) for topic in topics)
    )


def _topics(context: Context) -> dict[str, list[Command]]:
    """Return the commands that the asker may call, by what they are about; those of nobody's topic come last."""
    topics = {name: topic for topic, names in TOPICS.items() for name in names}
    found: dict[str, list[Command]] = {topic: [] for topic in (*TOPICS, OTHER)}
    for command in context.services.catalogue.commands:
        if command.who is Who.EVERYONE or context.member.is_leader:
            found[topics.get(command.name, OTHER)].append(command)
    return {topic: some for topic, some in found.items() if some}


def _names(context: Context, commands: list[Command]) -> str:
    return ", ".join(context.sign + command.name for command in commands)


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
