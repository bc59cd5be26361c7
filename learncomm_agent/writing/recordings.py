"""Meetings held by voice: from their record, or a leader's notes of them, to the lines of a summary.

A line rests on a span of the record that the library keeps, as those of a talk rest on messages.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from learncomm_agent.chat.outgoing import Block
from learncomm_agent.library.readers.turns import Turn, turns_in
from learncomm_agent.library.resources import ResourceKind
from learncomm_agent.storage.speakers import Record
from learncomm_agent.storage.writings import Evidence, Line, Writing
from learncomm_agent.writing.evidence.checks import locate
from learncomm_agent.writing.items import Item, Skipped, Summary, Transcript, Utterance
from learncomm_agent.writing.keeping import MENTIONED, summary_header
from learncomm_agent.writing.voice import Voice

NOTES, TURNS = "notes", "turns"
"""What a summary of a meeting was made from, as its header says under `of`."""
RECORD = "record"
"""Kind of what is written for a leader while it is not clear yet who speaks in a record."""
NAMED = 10
"""So many speakers are named; the others are counted."""
_MIDDAY = time(12)
_LONGEST = timedelta(hours=11)
"""A meeting ends on the day on which it began, so that `tomorrow` means the same all through it."""
_BULLET = re.compile(r"\s*(?:[-*•–·]\s+|\d{1,3}[.)]\s+|\[[ xX]?\]\s*)*")


@dataclass(frozen=True, slots=True)
class Recording:
    """A meeting, as its record or its notes tell of it."""

    record: Record
    turns: tuple[Turn, ...]
    day: date
    """When it was held."""
    zone: tzinfo
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    """For speakers of whom it is known which member they are: the member's name."""
    somebody: str = ""
    """What a speaker is called whom the record does not name."""
    whose: str = ""
    """Whose notes they are; empty where it was written down as it was said."""
    left_out: int = 0
    """Turns of members whose words may not be kept."""

    def speaker(self, turn: Turn) -> str:
        """Return how whoever speaks is called in the summary."""
        return self.whose or self.names.get(turn.speaker) or turn.speaker or self.somebody

    def at(self, turn: Turn) -> datetime:
        """Return about when something was said; the day is right, the hour only a guess."""
        begun = next((each.seconds for each in self.turns if each.seconds is not None), 0)
        since = timedelta(seconds=max((turn.seconds or begun) - begun, 0))
        return datetime.combine(self.day, _MIDDAY, self.zone) + min(since, _LONGEST)


def recorded(record: Record) -> tuple[Turn, ...]:
    """Return the turns of a record."""
    is_transcript = record.kind is ResourceKind.TRANSCRIPT
    return turns_in(record.text, record.places, is_transcript=is_transcript)


def noted(record: Record) -> tuple[Turn, ...]:
    """Return the notes of somebody, each line by itself and without what stands in front of it."""
    found, at = [], 0
    for line in record.text.split("\n"):
        bullet = _BULLET.match(line)
        begin = at + (bullet.end() if bullet else 0)
        end = at + len(line.rstrip())
        if begin < end:
            found.append(Turn("", record.text[begin:end], begin, end))
        at += len(line) + 1
    return tuple(found)


def transcript_of_recording(
    recording: Recording,
    title: str,
    *,
    language: str,
    timezone: str,
    prepared: Sequence[str] = (),
) -> Transcript:
    """Return what a summary of a meeting is made from; headings of the record are counted, not read."""
    utterances = tuple(
        Utterance(f"t{number}", recording.speaker(turn), turn.text, recording.at(turn))
        for number, turn in enumerate(recording.turns)
        if turn.is_said
    )
    headings = len(recording.turns) - len(utterances)
    left_out = (Skipped("not_kept", recording.left_out), Skipped("heading", headings))
    return Transcript(
        title=title,
        utterances=utterances,
        skipped=tuple(each for each in left_out if each.count),
        language=language,
        timezone=timezone,
        prepared=tuple(prepared),
    )


def recording_lines(summary: Summary, recording: Recording) -> tuple[Line, ...]:
    """Return a line for each item of a summary of a meeting, section by section.

    Args:
        summary: Made from `transcript_of_recording`.
        recording: What it was made from.
    """
    said = [
        Line(kind, _item(item, recording), tuple(_spans(item, recording)))
        for kind, items in summary.items.items()
        for item in items
    ]
    return (*said, *_mentioned(summary, recording))


def recording_header(summary: Summary, recording: Recording) -> dict[str, Any]:
    """Return what stands beside the lines of a summary of a meeting."""
    of = NOTES if recording.whose else TURNS
    return {**summary_header(summary), "of": of, "record": recording.record.id}


def _turn(id: str, recording: Recording) -> Turn:
    return recording.turns[int(id.removeprefix("t"))]


def _item(item: Item, recording: Recording) -> dict[str, Any]:
    turn = _turn(item.evidence[0], recording)
    is_somebody = item.owner == recording.somebody  # who promised it, nobody knows
    return {
        "text": item.text,
        "speaker": recording.speaker(turn),
        "at": recording.at(turn).isoformat(),
        "owner": None if is_somebody else item.owner,
        "due": None if item.due is None else item.due.isoformat(),
        "doubt": item.doubt,
        "of": NOTES if recording.whose else TURNS,
        "minute": "" if turn.seconds is None else minute_of(turn.seconds),
        "message": recording.record.message,
    }


def _spans(item: Item, recording: Recording) -> Iterator[Evidence]:
    for number, id in enumerate(item.evidence):
        turn = _turn(id, recording)
        quote = item.quote if number == 0 else turn.text
        start, end = locate(quote, turn.text) or (0, len(turn.text))
        yield _span(recording, quote, turn.start + start, turn.start + end)


def _mentioned(summary: Summary, recording: Recording) -> Iterator[Line]:
    for link in summary.resources:
        at = next(
            (turn.start + turn.text.find(link) for turn in recording.turns if link in turn.text),
            None,
        )
        if at is not None:
            yield Line(MENTIONED, {"text": link}, (_span(recording, link, at, at + len(link)),))


def _span(recording: Recording, quote: str, start: int, end: int) -> Evidence:
    record = recording.record
    return Evidence(quote, record.revision, resource=record.id, start=start, end=end)


def minute_of(seconds: int) -> str:
    """Write how long after the beginning something was said."""
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


# How it is shown.


def said_label(voice: Voice, content: Mapping[str, Any]) -> str:
    """Say who said something and when, on which a line rests."""
    speaker, of = content["speaker"], content.get("of")
    if of == NOTES:
        return voice.phrase("minutes.noted", who=speaker)
    if of == TURNS:
        return voice.phrase("minutes.said", speaker=speaker, minute=content["minute"])
    return voice.phrase("summary.said", speaker=speaker, at=voice.local(content["at"]))


def rests_blocks(voice: Voice, writing: Writing) -> Iterator[Block]:
    """Say what a summary of a meeting rests on, as long as that is there; nothing of one of a room."""
    header = writing.header
    said = (line.content["speaker"] for line in writing.lines if line.content.get("speaker"))
    whose = next(said, None)
    if whose is None:
        return
    if header.get("of") == NOTES:
        yield voice.note("minutes.of_notes", who=whose, id=header["record"])
    elif header.get("of") == TURNS:
        yield voice.note("minutes.of_record", id=header["record"])


def record_blocks(voice: Voice, writing: Writing) -> tuple[Block, ...]:
    """Say what record was brought, and who speaks in it, as long as it is there."""
    if not writing.lines:
        return (voice.note("writing.gone"),)
    content = writing.lines[0].content
    known, unknown = content["known"], content["unknown"]
    return (
        voice.say("minutes.record", title=content["title"], turns=content["turns"]),
        *(
            (voice.say("minutes.known", names=known[:NAMED], more=len(known[NAMED:])),)
            if known
            else ()
        ),
        *(
            (
                voice.say(
                    "minutes.unknown",
                    names=unknown[:NAMED],
                    more=len(unknown[NAMED:]),
                    count=len(unknown),
                ),
            )
            if unknown
            else ()
        ),
    )
