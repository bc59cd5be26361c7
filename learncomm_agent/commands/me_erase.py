"""`me erase`: everything about whoever asks goes, on every platform, and they with it."""

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Block, Choices, Listing, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.forget import parts_of
from learncomm_agent.commands.link import shown
from learncomm_agent.commands.me_page import counted
from learncomm_agent.community import dossier
from learncomm_agent.errors import NotAllowedError
from learncomm_agent.library.forgotten import Forgotten
from learncomm_agent.storage import members
from learncomm_agent.storage import state as facts
from learncomm_agent.storage.database import Connection

NAMED = (
    "asked",
    "thanks",
    "sessions",
    "votes",
    "promises",
    "help",
    "met",
    "goals",
)
"""What is told beside what any forgetting tells."""
_STAYS = ("me.stays_copies", "me.stays_others", "me.stays_chat", "me.stays_unnamed")


async def asked(context: Context) -> Reply:
    """Count what would go, say what stays, and ask whether that is meant."""
    accounts = await context.services.database.read(
        lambda conn: members.accounts_of(conn, context.member.id)
    )
    parts = await _parts(context)
    options = (
        Choice(f"erase_me:{context.member.id}", context.label("control.erase_it")),
        Choice("keep:", context.label("control.keep")),
    )
    would = (context.say("forget.would", parts=parts),) if parts else ()
    blocks: tuple[Block, ...] = (
        context.say("me.sure_erase", names=shown(accounts)),
        *would,
        *await _stays(context),
        context.say("me.afterwards"),
        Choices(options),
    )
    return Reply(blocks, is_private=True)


async def erased(context: Context, member: int) -> Reply:
    """Erase whoever asks, in the transaction that keeps the receipt.

    Raises:
        NotAllowedError: Another member is meant.
    """
    if member != context.member.id:
        raise NotAllowedError("somebody else's control", phrase="control.not_yours")
    context.progress("me.erasing")
    parts = await _parts(context)

    def commit(conn: Connection) -> None:
        _erase(context, conn)

    said = context.say("me.erased", parts=parts) if parts else context.say("me.erased_nothing")
    blocks: tuple[Block, ...] = (
        said,
        context.say("me.erased_soon"),
        *await _stays(context),
        context.say("me.afterwards"),
    )
    return Reply(blocks, is_private=True, commits=(commit,))


def _erase(context: Context, conn: Connection) -> Forgotten:
    return context.services.erasing.member(
        conn, context.community.id, context.member.id, context.account_id
    )


async def _parts(context: Context) -> list[str]:
    """Return what would go, each kind in words: it is done, counted, and taken back."""
    counts = await context.services.database.read(
        lambda conn: dossier.counts(conn, context.member.id)
    )
    parts = await parts_of(context, lambda conn: _erase(context, conn), is_trial=True)
    return [*parts, *(counted(context, noun, counts[noun]) for noun in NAMED if counts[noun])]


async def _stays(context: Context) -> tuple[Block, ...]:
    """Say what can't be called back."""
    backup = await context.services.database.read(lambda conn: facts.get(conn, facts.BACKUP))
    said = [context.layout.phrase(key) for key in _STAYS]
    if context.member.is_leader:
        said.append(context.layout.phrase("me.stays_set_up"))
    if backup is None:
        said.append(context.layout.phrase("me.stays_backups"))
    else:
        at = backup[1].astimezone(context.zone)
        said.append(context.layout.phrase("me.stays_backups_until", at=at))
    return context.say("me.stays"), Listing(tuple((Text(each),) for each in said))
