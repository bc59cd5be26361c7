"""`me export`: everything about whoever asks, as files for them alone."""

import asyncio
from typing import Any

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.capabilities import Level
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.me_words import ExportWords
from learncomm_agent.community import dossier
from learncomm_agent.community.dossier_files import Cover, files
from learncomm_agent.errors import UsageError
from learncomm_agent.storage import covering
from learncomm_agent.storage.database import Connection


async def export(context: Context) -> Reply:
    """Give whoever asks all that is kept of them: JSON and Markdown, each complete.

    Raises:
        UsageError: No file can be shown here, or it is more than fits in some.
    """
    can = await context.platform.capabilities(context.room.ref)
    if can.files < Level.PARTIAL or can.max_file_bytes <= 0:
        raise UsageError("no files here", phrase="me.export_no_files")
    context.progress("me.exporting")
    readable = await context.readable(is_private=True)
    found = await context.services.database.read(lambda conn: _found(conn, context, readable))
    counts = {noun: len(rows) for noun, rows in found.items()}
    cover = Cover(
        community=context.community.name,
        made_at=context.services.clock.now(),
        zone=context.zone,
        title=context.layout.phrase("me.export_title", community=context.community.name),
        about=context.layout.phrase("me.export_about"),
    )
    words = ExportWords(context, counts)
    made = await asyncio.to_thread(files, found, cover, words, can.max_file_bytes)
    if made is None:
        raise UsageError("more than fits in files", phrase="me.export_too_large")
    said = context.say("me.exported", count=len(made))
    return Reply((said, *made, context.layout.note("me.export_careful")), is_private=True)


def _found(conn: Connection, context: Context, readable: Readable) -> dossier.Dossier:
    """Return everything; of what was written for them, no lines that they may not read any more."""
    found = dict(dossier.of_member(conn, context.member.id))
    found["asked"] = [_open(conn, row, readable) for row in found["asked"]]
    return found


def _open(conn: Connection, row: dict[str, Any], readable: Readable) -> dict[str, Any]:
    is_closed = row["lines"] and covering.is_closed(conn, row["id"], readable)
    return {**row, "lines": []} if is_closed else row
