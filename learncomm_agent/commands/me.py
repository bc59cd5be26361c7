"""`me`: what is kept about me, and what I allow; by it all of that is taken along, or erased."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import Consent
from learncomm_agent.commands import me_erase, me_export, me_page
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.forget import parts_of, sure
from learncomm_agent.commands.me_thanks import THANKS, set_thanks
from learncomm_agent.errors import NotAllowedError, NotFoundError
from learncomm_agent.library.forgotten import Forgotten
from learncomm_agent.storage import members
from learncomm_agent.storage.database import Connection

NAMING = ("yes", "no")
"""Whether somebody may be named as one who may know."""
DOES = EXPORT, ERASE = "export", "erase"
"""What is done with all that is kept; people call it by the words of `me.verb_` as well."""


async def me(context: Context, values: Mapping[str, Any]) -> Reply:
    """Show what is kept, take it along, erase it, or change what one allows."""
    blocks: list[Block] = []
    if "consent" in values:
        blocks += (await set_consent(context, Consent(values["consent"]))).blocks
    if "language" in values:
        await _set_language(context, values["language"])
        blocks.append(replace(context, language=values["language"]).say("me.language_set"))
    if "naming" in values:
        blocks += (await set_naming(context, values["naming"])).blocks
    if "thanks" in values:
        blocks += (await set_thanks(context, values["thanks"])).blocks
    if "what" in values:
        done = await press(context, values["what"])
        return replace(done, blocks=(*blocks, *done.blocks))
    if blocks:
        return Reply(tuple(blocks), is_private=True)
    return await me_page.page(context)


async def press(context: Context, which: str) -> Reply:
    """Take along, or ask whether to erase, all that is kept.

    Raises:
        NotFoundError: There is no such thing to do.
    """
    if which == EXPORT:
        return await me_export.export(context)
    if which == ERASE:
        return await me_erase.asked(context)
    raise NotFoundError("no such thing to do with oneself", phrase="control.gone")


async def set_consent(context: Context, consent: Consent) -> Reply:
    """Change what a member allows.

    Opting out forgets what they wrote and shared, so that is asked first where there is any.
    """
    services, member = context.services, context.member.id
    if consent is Consent.OUT:
        return await sure(
            context,
            "me.sure_out",
            f"opt_out:{member}",
            lambda conn: _opt_out(context, conn),
            otherwise=lambda: opted_out(context, member),
        )

    def write(conn: Connection) -> None:
        services.directory.forget_account(conn, member)
        was = members.get(conn, member).consent
        members.set_consent(conn, member, consent)
        if consent is Consent.SUMMARIES_ONLY:
            services.forgetting.withdraw(conn, context.community.id, member)
            services.forgetting.unname(conn, context.community.id, member)
        else:
            services.conversations.allowed(conn, member, was)

    await services.database.write(write)
    return Reply((context.say(f"me.consent_set_{consent}"),), is_private=True)


async def set_naming(context: Context, naming: str) -> Reply:
    """Keep whether one may be named to somebody who asks about what one may know; at first one may not.

    Who may not be named any more is taken out of what was posted.

    Raises:
        NotAllowedError: Their words are not to be found, so neither are they.
    """
    services, member = context.services, context.member.id
    if naming == "yes" and context.member.consent is not Consent.IN:
        raise NotAllowedError("not to be found", phrase="me.naming_needs_in")

    def write(conn: Connection) -> None:
        members.set_naming(conn, member, is_named=naming == "yes")
        if naming == "no":
            services.forgetting.unname(conn, context.community.id, member)

    await services.database.write(write)
    return Reply((context.say(f"me.naming_set_{naming}"),), is_private=True)


async def opted_out(context: Context, member: int) -> Reply:
    """Forget now what the asker wrote and shared, keep nothing from now on, and say what went.

    Raises:
        NotAllowedError: Another member is meant.
    """
    if member != context.member.id:
        raise NotAllowedError("somebody else's control", phrase="control.not_yours")

    def write(conn: Connection) -> Forgotten:
        context.services.directory.forget_account(conn, context.member.id)
        return _opt_out(context, conn)

    gone = await parts_of(context, write)
    said = [context.say("me.consent_set_out")]
    if gone:
        said += [context.say("forget.receipt", parts=gone), context.layout.note("forget.unreached")]
    return Reply(tuple(said), is_private=True)


def _opt_out(context: Context, conn: Connection) -> Forgotten:
    return context.services.forgetting.opt_out(
        conn, context.community.id, context.member.id, context.account_id
    )


async def _set_language(context: Context, language: str) -> None:
    await context.services.database.write(
        lambda conn: members.set_language(conn, context.member.id, language)
    )


ME = Command(
    name="me",
    run=me,
    options=(
        Option("what", OptionKind.CHOICE, choices=DOES),
        Option("consent", OptionKind.CHOICE, choices=tuple(Consent)),
        Option("language", OptionKind.CHOICE, choices=("en", "de")),
        Option("naming", OptionKind.CHOICE, choices=NAMING),
        Option("thanks", OptionKind.CHOICE, choices=THANKS),
    ),
    always_private=True,
)
