"""Taking what a member said out of the records of meetings that were held by voice."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from learncomm_agent.chat.people import CommunityId, MemberId
from learncomm_agent.library.adding import Adding
from learncomm_agent.library.forgetting import Forgetting
from learncomm_agent.library.readers.turns import Turn, retold, turns_in
from learncomm_agent.library.resources import Reading, ResourceId, ResourceKind
from learncomm_agent.storage import speakers
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.speakers import Record, Span
from learncomm_agent.writing.evidence.checks import locate


class Silencing:
    """Lets a record hold what the others said; one of which nothing is left goes."""

    def __init__(self, adding: Adding, forgetting: Forgetting) -> None:
        """Take what it needs, and be told of members who wish their words forgotten."""
        self._adding = adding
        self._forgetting = forgetting
        forgetting.silence = self._silence

    def _silence(self, conn: Connection, community: CommunityId, member: MemberId) -> None:
        for resource, names in speakers.records_of(conn, member).items():
            self.leave_out(conn, community, resource, names)

    def leave_out(
        self,
        conn: Connection,
        community: CommunityId,
        resource: ResourceId,
        names: Collection[str],
    ) -> int:
        """Take what some speakers said out of a record as it is now; return how many turns that was.

        The lines that rest on it go as well, also where somebody else said the same.
        """
        record = speakers.record(conn, resource)
        if record is None:
            return 0
        is_transcript = record.kind is ResourceKind.TRANSCRIPT
        turns = turns_in(record.text, record.places, is_transcript=is_transcript)
        kept = [turn for turn in turns if turn.speaker not in names]
        called = {*names, *speakers.called(conn, resource, names)}
        speakers.drop(conn, resource, names)
        if not kept:
            self._forgetting.resource(conn, community, resource)
        elif len(kept) < len(turns):
            gone = [turn for turn in turns if turn.speaker in names]
            self._forgetting.unsay(conn, community, resource, _on(conn, record, gone, called))
            reading = Reading(record.source, record.kind, record.title, ())
            content = self._adding.cut_now(retold(reading, kept))
            self._adding.revise(conn, community, resource, content)
            _move(conn, record, kept, content.text)
        return len(turns) - len(kept)


def _on(
    conn: Connection, record: Record, gone: Sequence[Turn], called: Collection[str]
) -> set[int]:
    """Return the lines that rest on what some turns say."""

    def is_gone(span: Span) -> bool:
        if span.revision != record.revision:  # where it stands is not known any more
            return span.speaker in called
        start, end = _place(span, record.text)
        return any(turn.start < end and start < turn.end for turn in gone)

    return {span.item for span in speakers.spans(conn, record.id) if is_gone(span)}


def _place(span: Span, text: str) -> tuple[int, int]:
    """Return where the words stand on which a line rests: it may name a passage around them."""
    start, end = locate(span.quote, text[span.start : span.end]) or (0, span.end - span.start)
    return span.start + start, span.start + end


def _move(conn: Connection, record: Record, kept: Sequence[Turn], text: str) -> None:
    """Keep where what lines rest on stands in a record that holds some of its turns alone."""
    begins, at = list[int](), 0
    for turn in kept:
        words = " ".join(turn.text.split())
        begins.append(max(text.find(words, at), at))
        at = begins[-1] + len(words)
    for span in speakers.spans(conn, record.id):
        old, _ = _place(span, record.text)
        holder = next((n for n, turn in enumerate(kept) if turn.start <= old < turn.end), 0)
        begin = begins[holder] if span.revision == record.revision else 0
        found = locate(span.quote, text[begin:])
        if found is not None:
            start, end = begin + found[0], begin + found[1]
            moved = replace(span, start=start, end=end, revision=record.revision + 1)
            speakers.move(conn, record.id, span, moved)
