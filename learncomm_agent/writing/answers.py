"""Answers from the library, and who may know where it does not."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from learncomm_agent.chat.people import MemberId
from learncomm_agent.library.finding import tokens
from learncomm_agent.library.resources import GUIDES, Found, Passage, ResourceKind
from learncomm_agent.library.search import Query, Search
from learncomm_agent.storage import knowers
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.naming import Named
from learncomm_agent.writing.follow_ups import FollowUps
from learncomm_agent.writing.items import Answer, Claim
from learncomm_agent.writing.keeping import quoted_of
from learncomm_agent.writing.knowing import Knower, Trace, likely
from learncomm_agent.writing.writer import Brief, Writer

PASSAGES = 8
"""How many passages a writer is given to answer from."""
OURS = 8
"""How many more are looked at for what is the community's own: guides, of which every library has
many, must not keep it out."""
NEAR = 24
"""How many resources are looked through for who may know."""


class Answers:
    """Finds the passages, and has the answer written from them."""

    def __init__(
        self, database: Database, search: Search, writer: Writer, follow_ups: FollowUps
    ) -> None:
        """Take what it needs; the writer checks its evidence (`CheckedWriter`)."""
        self.follow_ups = follow_ups
        """Says what a question means that goes on from another."""
        self._database = database
        self._search = search
        self._writer = writer

    async def write(self, query: Query, brief: Brief) -> tuple[Answer, Found]:
        """Answer a question from what the audience may read; also return what was looked at.

        An answer without claims says that the library holds nothing relevant.
        """
        found = await self._search.find(replace(query, limit=PASSAGES + OURS))
        found = replace(found, passages=_with_ours(found.passages))
        meant = _meant(query.text, found.instead)
        said = await self._names(found.passages)
        if (shown := brief.shown) is not None:
            brief = replace(brief, shown=lambda held: shown(_attributed(held, said)))
        answer = await self._writer.answer(meant, found.passages, brief)
        return _attributed(answer, said), found

    async def who_may_know(
        self, query: Query, stopwords: Collection[str], platform: str, but: MemberId
    ) -> list[tuple[Knower, Named]]:
        """Return members who shared or said something near a question, likeliest first.

        Only those who agreed to be named, for what all of the audience may read.

        Args:
            query: The question, for the eyes of whoever reads the answer.
            stopwords: Words that say nothing of what it is about.
            platform: Where they have an account.
            but: Who asks.
        """
        agreed = await self._database.read(
            lambda conn: knowers.agreed(conn, query.community, platform)
        )
        agreed.pop(but, None)
        if not agreed:
            return []
        wide = replace(query, limit=NEAR, takes_far=True, may_slip=False)
        found = await self._search.find(wide)
        traces = await self._database.read(partial(_traces, query, found.passages, set(agreed)))
        near = [f"{each.title} {each.text}" for each in found.passages]
        analyser = self._search.analyser
        ranked = await asyncio.to_thread(
            lambda: likely(query.text, traces, frozenset(stopwords), near, analyser)
        )
        return [(knower, agreed[knower.member]) for knower in ranked]

    async def _names(self, passages: Sequence[Passage]) -> Mapping[int, str]:
        """Return who wrote the messages that stand in talks and notes, by row id."""
        ids = {said.message for passage in passages for said in passage.said}
        ids |= {each.message for each in passages if _is_members(each) and each.message is not None}
        return await self._database.read(lambda conn: knowers.authors(conn, ids)) if ids else {}


def _with_ours(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return the first passages; the community's own from below take the places of guides among them."""
    first, below = list(passages[:PASSAGES]), passages[PASSAGES:]
    ours = [each for each in below if not each.source.startswith(GUIDES)]
    guides = [each for each in first if each.source.startswith(GUIDES)]
    # The guide that fits best stays, whatever else there is.
    for given, taken in zip(ours, reversed(guides[1:]), strict=False):
        first[first.index(taken)] = given
    return tuple(first)


def _attributed(answer: Answer, names: Mapping[int, str]) -> Answer:
    """Say of each claim that rests on a talk or a note who said it."""
    return replace(answer, claims=tuple(_said(claim, names) for claim in answer.claims))


def _said(claim: Claim, names: Mapping[int, str]) -> Claim:
    first = claim.citations[0]
    if not _is_members(first):
        return claim
    id = _message_of(claim)
    who = names.get(id, "") if id is not None else first.shared_by or ""
    return replace(claim, said_by=who)


def _is_members(passage: Passage) -> bool:
    """Whether a passage holds words of members, and not of a resource that they brought."""
    return bool(passage.said) or passage.kind is ResourceKind.MESSAGE


def _message_of(claim: Claim) -> int | None:
    """Return the message in which a member said what a claim rests on, where there is one."""
    first = claim.citations[0]
    if first.said:
        return next((each.message for each in quoted_of(first, claim.quote)), None)
    return first.message if _is_members(first) else None


def _traces(
    query: Query, passages: tuple[Passage, ...], agreed: set[MemberId], conn: Connection
) -> list[Trace]:
    """Return what members who agreed to be named said or shared of what was found."""
    spoken = [(passage, said) for passage in passages for said in passage.said]
    members = knowers.members_of(conn, {said.message for _, said in spoken})
    traces = [
        Trace(
            member=member,
            text=passage.text[max(0, said.start - passage.start) : said.end - passage.start],
            message=said.message,
            revision=said.revision,
        )
        for passage, said in spoken
        if (member := members.get(said.message)) in agreed
    ]
    brought = {passage.resource: passage for passage in passages if not passage.said}
    for share in knowers.shares_of(conn, list(brought), query.readable):
        passage = brought[share.resource]
        if share.member in agreed:
            words = " ".join((passage.title, *passage.place.headings, passage.text))
            traces.append(
                Trace(share.member, words, share.message, passage=passage, share=share.id)
            )
    return traces


def _meant(question: str, instead: Mapping[str, str]) -> str:
    """Return a question with the words that were looked for in place of those that nothing holds."""
    # Compared as the search compares them, and each word once: what takes a place is not replaced again.
    meant = {tokens.small(asked): found for asked, found in instead.items()}
    return tokens.word_pattern().sub(
        lambda word: meant.get(tokens.small(word[0]), word[0]), question
    )
