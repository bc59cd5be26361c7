"""`share`: bring a note, a file or a message into the library, for those who can read this room."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from learncomm_agent.chat.messages import Attachment
from learncomm_agent.chat.platform import Files
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply
from learncomm_agent.commands.parsing import message_id
from learncomm_agent.errors import NotFoundError, UnreadableResourceError, UsageError
from learncomm_agent.library.adding import Addition
from learncomm_agent.library.reading import read_message
from learncomm_agent.library.resharing import title_of
from learncomm_agent.library.resources import Reading, Share
from learncomm_agent.storage import messages
from learncomm_agent.storage.messages import State, StoredMessage


async def share(context: Context, values: Mapping[str, Any]) -> Reply:
    """Add files, the message named or answered, or the words themselves."""
    if context.attachments:
        return await _share_files(context, values.get("what", ""))
    named = message_id(values["message"]) if "message" in values else context.reply_to
    if named:
        return await _share_message(context, named, values.get("what", ""))
    if "what" not in values:
        raise UsageError("nothing to share", phrase="share.nothing")
    return await _share_note(context, values["what"])


async def _share_note(context: Context, text: str) -> Reply:
    if text.startswith(("http://", "https://")) and " " not in text:
        raise UnreadableResourceError("a link", phrase="error.links_later")
    # By its words, so that the same note of two members is one resource that both have shared.
    source = f"note:{sha256(text.encode()).hexdigest()[:16]}"
    try:
        reading = read_message(source, text, title_of(text))
    except UnreadableResourceError as error:
        raise UsageError("nothing to see in it", phrase="share.nothing") from error
    return _thanks(context, await _add(context, [reading], await _share(context)), is_quoted=False)


async def _share_message(context: Context, platform_id: str, comment: str) -> Reply:
    """Share a message of this room; only what its author allows to be found."""
    found = await context.services.database.read(
        lambda conn: messages.find(conn, context.room_id, platform_id)
    )
    if found is None or found.state is not State.KEPT:
        raise NotFoundError("no such message", phrase="error.message_not_found")
    if found.consent != "in" and found.member != context.member.id:
        raise NotFoundError("its author opted out", phrase="share.not_theirs")
    reading = read_message(
        f"message:{context.room_id}:{found.platform_id}", found.text, _named(found)
    )
    addition = await _add(
        context,
        [reading],
        Share(room=context.room_id, member=context.member.id, message=found.id, comment=comment),
    )
    return _thanks(context, addition, is_quoted=False)


async def _share_files(context: Context, comment: str) -> Reply:
    if not isinstance(context.platform, Files):
        raise UnreadableResourceError("no files here", phrase="error.unreadable")
    addition = Addition()
    shared = await _share(context, comment)
    for attachment in context.attachments:
        _check_size(context, attachment)
        content = await context.platform.read_attachment(attachment)
        read = context.services.readers.read(
            attachment.name, content, media_type=attachment.media_type or None
        )
        one = await context.services.adding.add(context.community.id, read, shared)
        addition.added += one.added
        addition.known += one.known
        addition.unread += one.unread
        addition.titles += one.titles
        addition.passages += one.passages
    return _thanks(context, addition)


async def _share(context: Context, comment: str = "") -> Share:
    """Return a share by whoever asks, tied to the message that asks where that is kept."""
    asking = context.message
    kept = None
    if asking is not None:
        kept = await context.services.database.read(
            lambda conn: messages.find(conn, context.room_id, asking)
        )
    message = kept.id if kept is not None and kept.state is State.KEPT else None
    return Share(context.room_id, context.member.id, message, comment)


async def _add(context: Context, readings: list[Reading], share: Share) -> Addition:
    return await context.services.adding.add(context.community.id, readings, share)


def _thanks(context: Context, addition: Addition, *, is_quoted: bool = True) -> Reply:
    """Say what the library holds now, and what could not be read and why.

    Files are named. Words of members are not quoted: this post would outlive their deletion.
    """
    blocks = []
    if (addition.added or addition.known) and not is_quoted:
        blocks.append(context.say("share.added_words" if addition.added else "share.known_words"))
    elif addition.added or addition.known:
        key = "share.added" if addition.added else "share.known"
        title = addition.titles[0]
        more = addition.resources - 1
        blocks.append(context.say(key, title=title, more=more, passages=addition.passages))
    for unread in addition.unread[:5]:
        advice = unread.error.advice
        blocks.append(context.say(advice.phrase, **{"name": unread.source, **advice.values}))
    if len(addition.unread) > 5:
        blocks.append(context.say("share.more_unread", count=len(addition.unread) - 5))
    return Reply(tuple(blocks) or (context.say("share.nothing"),))


def _check_size(context: Context, attachment: Attachment) -> None:
    limit = context.services.max_file_bytes
    if attachment.size_bytes > limit:
        raise UnreadableResourceError(
            f"{attachment.size_bytes} bytes",
            phrase="error.unreadable_large",
            limit_mb=limit // 1_000_000,
        )


def _named(message: StoredMessage) -> str:
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
)
