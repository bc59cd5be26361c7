"""`summary`: what was said, decided and promised here, each line with its messages."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply, Who
from learncomm_agent.commands.drafting import drafted, spoken_in
from learncomm_agent.commands.parsing import message_id
from learncomm_agent.errors import UsageError
from learncomm_agent.storage.catching_up import SPAN
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.keeping import summary_header, summary_lines, summary_trace
from learncomm_agent.writing.summaries import Scope, span_of

EARLIEST_YEAR = 1970
WHOLE_DAYS = frozenset({"day", "week", "month", "year"})


async def summary(context: Context, values: Mapping[str, Any]) -> Reply:
    """Summarise this room or thread, whole or from some point to another."""
    services = context.services
    language = await spoken_in(context, context.room_id)
    scope = Scope(
        room=context.room_id,
        title=context.words.phrase("summary.title", language=language, room=context.room.name),
        since=await asyncio.to_thread(moment, context, values["since"])
        if "since" in values
        else None,
        first=message_id(values["from"]) if "from" in values else None,
        last=message_id(values["to"]) if "to" in values else None,
        language=context.community.language,
        timezone=context.community.timezone,
    )
    # For those who will read it, whatever language its leader speaks.
    brief = replace(context, language=language).brief_on("progress.messages")
    summary, messages = await services.summaries.write(scope, brief)
    writing = Writing(
        community=context.community.id,
        kind="summary",
        room=context.room_id,
        member=context.member.id,
        is_private=False,
        request={name: values[name] for name in ("since", "from", "to") if name in values},
        header=summary_header(summary),
        trace={**summary_trace(summary), SPAN: span_of(messages.values())},
        lines=summary_lines(summary, messages),
    )
    return await drafted(context, writing)


def moment(context: Context, text: str) -> datetime:
    """Return the moment that words or figures name, in the asker's zone, not in the future. Blocks.

    A day, or more than one, is meant from its first moment on.

    Raises:
        UsageError: They name none.
    """
    from dateparser.data import language_locale_dict
    from dateparser.date import DateDataParser

    local = context.asked_at.astimezone(context.zone).replace(tzinfo=None)
    settings = {
        "RELATIVE_BASE": local,
        "TIMEZONE": "UTC",  # nothing is moved to another zone; the machine's own is not asked for
        "PREFER_DATES_FROM": "past",
        "RETURN_AS_TIMEZONE_AWARE": False,
        "RETURN_TIME_AS_PERIOD": True,
    }
    languages = sorted({context.language.split("-")[0], "en"} & language_locale_dict.keys())
    said = DateDataParser(languages=languages, settings=settings).get_date_data(
        text.replace("_", " ")
    )
    found = said.date_obj
    # Moments to come, and those of before there were chats, which no zone can move.
    if found is None or found > local + timedelta(minutes=1) or found.year < EARLIEST_YEAR:
        raise UsageError("no such moment", phrase="error.option_moment", option="since")
    if said.period in WHOLE_DAYS:
        found = found.replace(hour=0, minute=0, second=0, microsecond=0)
    return found.replace(tzinfo=context.zone).astimezone(UTC)


SUMMARY = Command(
    name="summary",
    run=summary,
    options=(
        Option("since", OptionKind.MOMENT, takes_rest=True, max_chars=60),
        Option("from", OptionKind.MESSAGE, max_chars=200),
        Option("to", OptionKind.MESSAGE, max_chars=200),
    ),
    who=Who.LEADERS,
    always_private=True,
    aliases=("summarize", "summarise"),
    on_message="from",
)
