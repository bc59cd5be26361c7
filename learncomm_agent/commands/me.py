"""`me`: what is kept about me, and what I allow."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.chat.outgoing import Choice, Choices
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.storage import members
from learncomm_agent.storage.database import Connection


async def me(context: Context, values: Mapping[str, Any]) -> Reply:
    """Show what is kept, or change consent or language."""
    blocks = []
    if "consent" in values:
        blocks.append((await set_consent(context, Consent(values["consent"]))).blocks[0])
    if "language" in values:
        await _set_language(context, values["language"])
        blocks.append(replace(context, language=values["language"]).say("me.language_set"))
    if blocks:
        return Reply(tuple(blocks), is_private=True)
    kept = await context.services.database.read(
        lambda conn: members.kept_of(conn, context.member.id)
    )
    options = tuple(
        Choice(f"consent:{consent}", context.label(f"consent.{consent}"))
        for consent in Consent
        if consent is not context.member.consent
    )
    return Reply(
        (
            context.say(
                "me.kept", messages=kept.messages, shares=kept.shares, writings=kept.writings
            ),
            context.say(f"me.consent_{context.member.consent}"),
            context.say("me.forget"),
            Choices(options),
        ),
        is_private=True,
    )


async def set_consent(context: Context, consent: Consent) -> Reply:
    """Change what a member allows; opting out forgets what they wrote and shared."""
    services, member = context.services, context.member.id

    def write(conn: Connection) -> int:
        services.directory.forget_account(conn, member)
        if consent is Consent.OUT:
            return services.forgetting.opt_out(
                conn, context.community.id, member, context.account_id
            ).messages
        was = members.get(conn, member).consent
        members.set_consent(conn, member, consent)
        if consent is Consent.SUMMARIES_ONLY:
            services.forgetting.withdraw(conn, context.community.id, member)
        else:
            services.conversations.allowed(conn, member, was)
        return 0

    gone = await services.database.write(write)
    return Reply((context.say(f"me.consent_set_{consent}", messages=gone),), is_private=True)


async def _set_language(context: Context, language: str) -> None:
    await context.services.database.write(
        lambda conn: members.set_language(conn, context.member.id, language)
    )


ME = Command(
    name="me",
    run=me,
    options=(
        Option("consent", OptionKind.CHOICE, choices=tuple(Consent)),
        Option("language", OptionKind.CHOICE, choices=("en", "de")),
    ),
    always_private=True,
)
