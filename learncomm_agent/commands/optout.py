"""`optout`: how much of mine may be kept, in a word: all of it, for summaries only, or nothing."""

from collections.abc import Mapping
from typing import Any

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Choices
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.me import set_consent


async def optout(context: Context, values: Mapping[str, Any]) -> Reply:
    """Say what holds and offer the others, or change it."""
    if "choice" in values:
        return await set_consent(context, Consent(values["choice"]))
    options = tuple(
        Choice(f"consent:{each}", context.label(f"consent.{each}"))
        for each in Consent
        if each is not context.member.consent
    )
    said = context.say(f"me.consent_{context.member.consent}")
    return Reply((said, context.say("me.optout"), Choices(options)), is_private=True)


OPTOUT = Command(
    name="optout",
    run=optout,
    options=(Option("choice", OptionKind.CHOICE, choices=tuple(Consent)),),
    always_private=True,
    is_rare=True,
)
