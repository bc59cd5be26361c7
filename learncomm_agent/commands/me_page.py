"""The page of `me`: what is kept of whoever asks, where, what they allow, and what they can do about it."""

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Block, Choices, Listing, Text
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.link import shown
from learncomm_agent.community import dossier
from learncomm_agent.storage import members

LEFT_OUT = frozenset({"profile", "accounts", "choices", "waiting"})
"""Of these it is told in sentences, or they are of this very moment."""


async def page(context: Context) -> Reply:
    """Show what is kept, in kinds and counts."""
    member = context.member.id
    counts, accounts, is_thanked = await context.services.database.read(
        lambda conn: (
            dossier.counts(conn, member),
            members.accounts_of(conn, member),
            members.is_thanked(conn, member),
        )
    )
    kept = tuple(
        (Text(counted(context, noun, count)),)
        for noun, count in counts.items()
        if count and noun not in LEFT_OUT
    )
    names, is_linked = shown(accounts), len(accounts) > 1
    where = "me.accounts" if is_linked else "me.account"
    lines: list[Block] = [context.say("me.kept" if kept else "me.kept_nothing")]
    if kept:
        lines.append(Listing(kept))
    lines.append(context.say(where, names=names))
    lines.append(_allowed(context, is_thanked=is_thanked))
    lines.append(context.say("me.forget"))
    return Reply((*lines, Choices(_options(context))), is_private=True)


def _allowed(context: Context, *, is_thanked: bool) -> Listing:
    """Return what they allow, and how to change what has no button."""
    keys = [f"me.consent_{context.member.consent}"]
    if context.member.consent is Consent.IN:
        keys.append(f"me.naming_{'yes' if context.member.is_named else 'no'}")
    keys += ["me.thanks_are_on" if is_thanked else "me.thanks_are_off", "me.reminders"]
    return Listing(tuple((Text(context.layout.phrase(key)),) for key in keys))


def counted(context: Context, noun: str, count: int) -> str:
    """Return how much there is of a kind, in words."""
    return context.words.phrase(f"dossier.{noun}", language=context.language, count=count)


def _options(context: Context) -> tuple[Choice, ...]:
    chosen = context.member.consent
    options = [
        Choice("me:export", context.label("control.export")),
        Choice("me:erase", context.label("control.erase")),
        *(
            Choice(f"consent:{each}", context.label(f"consent.{each}"))
            for each in Consent
            if each is not chosen
        ),
    ]
    if chosen is Consent.IN:
        other = "no" if context.member.is_named else "yes"
        options.append(Choice(f"naming:{other}", context.label(f"command.me.naming_{other}")))
    return tuple(options)
