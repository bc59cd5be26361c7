"""`share`: bring a link, a note, a file or a message into the library, for those who can read this room."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from learncomm_agent.chat.outgoing import Block
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.parsing import message_id
from learncomm_agent.errors import NotFoundError, UnreadableResourceError, UsageError
from learncomm_agent.library.adding import Addition
from learncomm_agent.library.reading import read_message
from learncomm_agent.library.resources import Reading, Share
from learncomm_agent.library.sharing.bringing import Load, share_of
from learncomm_agent.library.sharing.links import links_in
from learncomm_agent.library.sharing.resharing import title_of
from learncomm_agent.storage import messages, resources
from learncomm_agent.storage.messages import State, StoredMessage
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.notices import THANKS, thanks_lines

_BARE = re.compile(r"www\.\S+", re.IGNORECASE)
"""How phones copy the address of a page."""
_OTHER = re.compile(r"(?:[a-z][a-z0-9+.-]*://|javascript:|data:|mailto:)\S*", re.IGNORECASE)
"""An address that is no page's: as a note it would be of no use to anybody."""


async def share(context: Context, values: Mapping[str, Any]) -> Reply:
    """Add files, links, the message named or answered, or the words themselves."""
    what = values.get("what", "")
    if context.attachments:
        return await _bring(context, Load(files=context.attachments), what)
    links = links_in(what)
    # A line of links alone may have signs around them; after links with which it begins stands why.
    named = links.addresses if links.addresses and not links.rest else links.leading
    if named and "message" not in values:
        return await _bring(context, Load(named), links.after if links.leading else "")
    if message := message_id(values["message"]) if "message" in values else context.reply_to:
        return await _share_message(context, message, what)
    if not what:
        raise UsageError("nothing to share", phrase="share.nothing")
    if _BARE.fullmatch(what):
        return await _bring(context, Load((f"https://{what}",)), "")
    if _OTHER.fullmatch(what):
        raise UsageError("an address that leads to no page", phrase="share.no_page")
    return await _share_note(context, what)


async def _share_note(context: Context, text: str) -> Reply:
    # By its words, so that the same note of two members is one resource that both have shared.
    source = f"note:{sha256(text.encode()).hexdigest()[:16]}"
    try:
        reading = read_message(source, text, title_of(text))
    except UnreadableResourceError as error:
        raise UsageError("nothing to see in it", phrase="share.nothing") from error
    added = await _add(context, [reading], await _share(context))
    return await _thanks(context, added, is_quoted=False)


async def _share_message(context: Context, platform_id: str, comment: str) -> Reply:
    """Share what a message of this room links to and bears, or else its words.

    Only what its author allows to be found. It is shared in their name, unless one says why oneself.
    """
    found = await context.services.database.read(
        lambda conn: messages.find(conn, context.room_id, platform_id)
    )
    if found is None or found.state is not State.KEPT:
        if found is not None:
            await context.services.bringing.check(context.community.id, found.id)
        is_read = context.services.directory.reads(context.room)
        phrase = "error.message_not_found" if is_read else "share.not_read"
        raise NotFoundError("no such message", phrase=phrase)
    bringing = context.services.bringing
    if load := await bringing.load(found, context.member.id):
        share = share_of(found, context.member.id)
        if comment:
            share = Share(context.room_id, context.member.id, found.id, comment)
        added = await bringing.add(context.community.id, context.platform, load, share)
        return await _thanks(context, added, is_mine=share.member == context.member.id)
    if found.consent != "in" and found.member != context.member.id:
        raise NotFoundError("its author opted out", phrase="share.not_theirs")
    reading = read_message(
        f"message:{context.room_id}:{found.platform_id}", found.text, _titled(found)
    )
    addition = await _add(
        context,
        [reading],
        Share(room=context.room_id, member=context.member.id, message=found.id, comment=comment),
    )
    return await _thanks(context, addition, is_quoted=False)


async def _bring(context: Context, load: Load, comment: str) -> Reply:
    """Share links or files of one's own."""
    share = await _share(context, comment)
    added = await context.services.bringing.add(context.community.id, context.platform, load, share)
    return await _thanks(context, added)


async def _share(context: Context, comment: str = "") -> Share:
    """Return a share by whoever asks, tied to the message that asks where that is kept."""
    asking = context.message
    kept = None
    if asking is not None:
        kept = await context.services.database.read(
            lambda conn: messages.find(conn, context.room_id, asking)
        )
    if kept is not None and kept.state is State.DELETED:  # they thought better of it
        await context.services.bringing.check(context.community.id, kept.id)
        raise NotFoundError("taken back", phrase="error.message_not_found")
    message = kept.id if kept is not None and kept.state is State.KEPT else None
    return Share(context.room_id, context.member.id, message, comment)


async def _add(context: Context, readings: list[Reading], share: Share) -> Addition:
    """Add it; if the message of the share goes meanwhile, it goes with that."""
    added = await context.services.adding.add(context.community.id, readings, share)
    await context.services.bringing.check(context.community.id, share.message)
    return added


async def _thanks(
    context: Context, addition: Addition, *, is_quoted: bool = True, is_mine: bool = True
) -> Reply:
    """Say what the library holds now, and what could not be read and why.

    Files and pages are named, as long as they are there. Words of members are not quoted.
    """
    blocks: list[Block] = []
    writing = None
    if (addition.added or addition.known) and not is_quoted:
        blocks.append(context.say("share.added_words" if addition.added else "share.known_words"))
    elif addition.added or addition.known:
        known = "share.known" if is_mine else "share.known_theirs"
        writing = await _named(context, addition, "share.added" if addition.added else known)
        blocks += await context.show(writing)
    for unread in addition.unread[:5]:
        advice = unread.error.advice
        blocks.append(context.say(advice.phrase, **{"name": unread.source, **advice.values}))
    if len(addition.unread) > 5:
        blocks.append(context.say("share.more_unread", count=len(addition.unread) - 5))
    said = tuple(blocks) or (context.say("share.nothing"),)
    return Reply(said, is_private=addition.resources == 0, writing=writing)


async def _named(context: Context, addition: Addition, key: str) -> Writing:
    """Return the sentence that names what was added, tied to it so that it goes with it."""
    bearers = [*addition.added[:1], *addition.known[:1]]
    revisions = await context.services.database.read(
        lambda conn: resources.revisions(conn, bearers)
    )
    counts = {"more": addition.resources - 1, "passages": addition.passages}
    return Writing(
        community=context.community.id,
        kind=THANKS,
        room=context.room_id,
        member=None,
        is_private=False,
        request={},
        header={"key": key, **counts},
        trace={},
        lines=thanks_lines(addition.titles[0], revisions),
    )


def _titled(message: StoredMessage) -> str:
    return f"{message.author}: {title_of(message.text)}"


SHARE = Command(
    name="share",
    run=share,
    options=(
        Option("what", takes_rest=True, max_chars=50_000),
        Option("message", OptionKind.MESSAGE, max_chars=200),
        Option("file", OptionKind.FILE, max_chars=500),
    ),
    aliases=("add",),
    on_message="message",
)
