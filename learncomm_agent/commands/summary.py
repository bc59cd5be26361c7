"""`summary`: what was said, decided and promised here, each line with its messages."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Command, Option, OptionKind, Reply, Who
from learncomm_agent.errors import UsageError
from learncomm_agent.storage.writings import Writing
from learncomm_agent.writing.keeping import summary_header, summary_lines
from learncomm_agent.writing.summaries import Scope


async def summary(context: Context, values: Mapping[str, Any]) -> Reply:
    """Summarise this room or thread, whole or from some point to another."""
    services = context.services
    scope = Scope(
        room=context.room_id,
        title=context.words.phrase(
            "summary.title", language=context.language, room=context.room.name
        ),
        since=_moment(context, values["since"]) if "since" in values else None,
        first=_message(values.get("from")),
        last=_message(values.get("to")),
        language=context.community.language,
        timezone=context.community.timezone,
    )
    summary, messages = await services.summaries.write(scope, language=context.language)
    writing = Writing(
        community=context.community.id,
        kind="summary",
        room=context.room_id,
        member=context.member.id,
        is_private=False,
        request={name: values[name] for name in ("since", "from", "to") if name in values},
        header=summary_header(summary),
        trace={"read": summary.coverage.read, "dropped": summary.dropped},
        lines=summary_lines(summary, messages),
    )
    return Reply(await context.show(writing), writing=writing)


def _moment(context: Context, text: str) -> datetime:
    """Return the moment that words or figures name, in the asker's zone, not in the future.

    Raises:
        UsageError: They name none.
    """
    import dateparser

    local = context.asked_at.astimezone(context.zone).replace(tzinfo=None)
    found = dateparser.parse(
        text.replace("_", " "),
        languages=sorted({context.language.split("-")[0], "en"}),
        settings={
            "RELATIVE_BASE": local,
            "PREFER_DATES_FROM": "past",
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    if found is None:
        raise UsageError("no moment", phrase="error.option_moment", option="since")
    moment = found.replace(tzinfo=context.zone).astimezone(UTC)
    if moment > context.asked_at + timedelta(minutes=1):
        raise UsageError("a moment to come", phrase="error.option_moment", option="since")
    return moment


def _message(text: str | None) -> str | None:
    """Return a message's id from what people type: `12`, `#12`, or a link that ends in it."""
    return None if text is None else text.rstrip("/").rsplit("/", 1)[-1].lstrip("#")


SUMMARY = Command(
    name="summary",
    run=summary,
    options=(
        Option("since", OptionKind.MOMENT, takes_rest=True, max_chars=60),
        Option("from", OptionKind.MESSAGE, max_chars=200),
        Option("to", OptionKind.MESSAGE, max_chars=200),
    ),
    who=Who.LEADERS,
    aliases=("summarize", "summarise"),
)
