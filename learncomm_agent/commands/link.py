"""`link`: make one's accounts on several platforms one person, by a code that is said in private."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from learncomm_agent.chat.messages import RoomKind
from learncomm_agent.chat.outgoing import Block
from learncomm_agent.chat.people import AccountRef, Consent
from learncomm_agent.commands.context import Context, Via
from learncomm_agent.commands.declaration import Command, Option, Reply
from learncomm_agent.community.pairing import Asker, Outcome, new_code
from learncomm_agent.community.persons import stricter
from learncomm_agent.errors import NotFoundError, StorageError, UsageError
from learncomm_agent.storage import members
from learncomm_agent.storage.database import Connection

OFF = "off"
_CODE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{5}[-\s]?[A-Za-z0-9]{5}(?![A-Za-z0-9])")
_SAID = {
    Outcome.LINKED: "link.linked",
    Outcome.WRONG: "link.wrong",
    Outcome.TWICE: "link.twice",
    Outcome.TOO_MANY: "link.too_many",
}


async def link(context: Context, values: Mapping[str, Any]) -> Reply:
    """Give a code, take one, or take the account apart again.

    Raises:
        NotFoundError: What was said looks like no code, or nothing is linked.
        StorageError: Somebody was quicker; the request runs again.
    """
    said = values.get("code", "").strip(" .\"'“”„`")
    if not said:
        return _offered(context)
    if said.casefold() == OFF:
        return await _parted(context)
    codes = _CODE.findall(said)
    if not codes:
        raise UsageError("no code", phrase="link.no_code")
    if context.via is Via.MESSAGE and context.room.kind is not RoomKind.DIRECT:
        return _exposed(context, codes)
    return await _taken(context, codes[0], is_sure=_is_sure(context, said, codes[0]))


def shown(accounts: Mapping[AccountRef, str]) -> list[str]:
    """Return accounts as people know them: the name, and where it is used."""
    return [f"{name} ({ref.platform})" for ref, name in accounts.items()]


def _offered(context: Context) -> Reply:
    """Tell a new code, which is good from the moment in which the answer is kept."""
    code, account, room = new_code(), context.account_id, context.room_id
    offer = context.services.pairing.offer

    def commit(conn: Connection) -> None:
        offer(conn, account, room, code, context.language)

    keys = ("link.code", "link.means", "link.secret")
    blocks = tuple(context.layout.say(key, code=code) for key in keys)
    return Reply(blocks, is_private=True, commits=(commit,))


def _exposed(context: Context, codes: list[str]) -> Reply:
    """Let what others have read be good no more, and say so."""
    expose, community = context.services.pairing.expose, context.community.id

    def commit(conn: Connection) -> None:
        for code in codes:
            expose(conn, community, code)

    return Reply((context.layout.say("link.exposed"),), is_private=True, commits=(commit,))


def _is_sure(context: Context, said: str, code: str) -> bool:
    """Whether somebody says, besides the code, that it is theirs and all may go that has to."""
    rest = said.replace(code, "", 1).casefold().strip(" .,;:!")
    languages = dict.fromkeys((context.language, *context.words.languages()))
    return rest in {context.words.phrase("link.sure", language=each) for each in languages}


async def _taken(context: Context, code: str, *, is_sure: bool) -> Reply:
    """Link the accounts in the transaction that keeps the answer, so that a crash does neither or both.

    Whose code it is, is asked before: else whoever sends their own code to somebody would become them.
    """
    asker, pairing = _asker(context), context.services.pairing
    expected, both = await context.services.database.read(
        lambda conn: _look(conn, context, asker, code)
    )
    consents = {consent for _, consent in both}
    if expected is Outcome.LINKED and not is_sure:
        forgets = len(consents) > 1 and Consent.OUT in consents
        return _asked(context, code, [name for name, _ in both], forgets=forgets)

    def commit(conn: Connection) -> None:
        outcome, giver = pairing.take(conn, asker, code)
        if outcome is not expected:
            raise StorageError("somebody was quicker with a code")
        if giver is not None and outcome is Outcome.LINKED:
            key, tell = f"{context.key}l", partial(_told, context)
            pairing.tell(conn, asker.community, giver, key, tell)

    said: list[Block] = [context.say(_SAID[expected], names=[name for name, _ in both])]
    if expected is Outcome.LINKED:
        if len(consents) > 1:
            said.append(context.say(f"link.now_{stricter(consents)}"))
        said.append(context.layout.note("link.not_united"))
    return Reply(tuple(said), is_private=True, commits=(commit,))


def _asked(context: Context, code: str, names: list[str], *, forgets: bool) -> Reply:
    """Ask whether all these are the person who asks, and what goes with it."""
    blocks = (
        context.say("link.sure_who", names=names),
        context.say("link.sure_out" if forgets else "link.sure_yes", code=code),
    )
    return Reply(blocks, is_private=True)


def _look(
    conn: Connection, context: Context, asker: Asker, code: str
) -> tuple[Outcome, list[tuple[str, Consent]]]:
    """Return what would come of a code, and the accounts that would be one person's, with what each allows."""
    outcome, giver = context.services.pairing.look(conn, asker, code)
    if giver is None or outcome is not Outcome.LINKED:
        return outcome, []
    both = (members.get(conn, id) for id in (giver.member, asker.member))
    return outcome, [
        (name, each.consent) for each in both for name in shown(members.accounts_of(conn, each.id))
    ]


def _told(context: Context, language: str) -> Block:
    """Return what the account is told that the code was for, so that nobody is linked unawares."""
    where = context.platform.name
    return replace(context, language=language).say("link.told", where=where)


async def _parted(context: Context) -> Reply:
    """Take the account that asks apart from the others.

    Raises:
        NotFoundError: There are none.
    """
    services, asker = context.services, _asker(context)
    known = await services.database.read(lambda conn: members.accounts_of(conn, asker.member))
    if len(known) < 2:
        raise NotFoundError("nothing is linked", phrase="link.alone")

    def commit(conn: Connection) -> None:
        if not services.pairing.part(conn, asker):
            raise StorageError("taken apart meanwhile")

    blocks = (
        context.say("link.parted", where=context.platform.name),
        context.layout.note("link.stays"),
    )
    return Reply(blocks, is_private=True, commits=(commit,))


def _asker(context: Context) -> Asker:
    return Asker(context.community.id, context.member.id, context.account_id)


LINK = Command(
    name="link",
    run=link,
    options=(Option("code", takes_rest=True, max_chars=200),),
    always_private=True,
    is_rare=True,
)
