"""From a request that was kept to the answer in the outbox, in one transaction with `done`."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from learncomm_agent.chat.events import ReplyHandle
from learncomm_agent.chat.messages import Attachment, MessageRef, RoomId, RoomKind
from learncomm_agent.chat.outgoing import Block, Outgoing
from learncomm_agent.chat.people import AccountId, AccountRef, CommunityId, Consent, MemberId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
from learncomm_agent.commands import controls
from learncomm_agent.commands.context import Context, Services, Via
from learncomm_agent.commands.declaration import Command, Reply, Who
from learncomm_agent.commands.parsing import NAME_CHARS, Call, Labels, check, folded, parse
from learncomm_agent.errors import (
    DisconnectedError,
    LearncommError,
    NotAllowedError,
    NotFoundError,
    PlatformError,
    RateLimitedError,
    StorageError,
)
from learncomm_agent.log import logger
from learncomm_agent.storage import communities, members, rooms, writings
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import Job
from learncomm_agent.words import Words
from learncomm_agent.work import ATTEMPTS, Commit, Work
from learncomm_agent.writing.vocabulary import tokens

AT_ONCE = 96
"""Requests that are answered together; some wait long for a model, and posting must go on."""
ASKED_ALONE = frozenset(("search", "answer", "opened", "card", "resources"))
"""Kinds of writings with which, of somebody who opted out, neither words nor name are kept."""
_log = logger(__name__)


class Dispatch:
    """Answers requests."""

    def __init__(
        self,
        services: Services,
        work: Work,
        posting: Posting,
        words: Words,
        platforms: Mapping[str, Platform],
    ) -> None:
        """Take what it needs, and name its handler."""
        self._services = services
        self._posting = posting
        self._words = words
        self._platforms = platforms
        work.handle("request", self._request, at_once=AT_ONCE)

    async def _request(self, job: Job) -> Commit:
        context = await self._services.database.read(lambda conn: self._context(conn, job))
        await self._services.starter.filled(context.community.id)
        try:
            reply = await self._answer(context, job.args)
        except LearncommError as error:
            if isinstance(error, DisconnectedError | RateLimitedError):
                raise  # it passes; the row runs again
            if isinstance(error, StorageError | PlatformError) and job.attempts < ATTEMPTS:
                raise  # it may pass
            reply = _sorry(context, error)
        except Exception:  # a mistake of ours: the person is told, the log has the cause
            _log.exception("request failed", row=job.id, via=context.via)
            reply = Reply((context.say("error.unexpected"),), is_private=True)
        return lambda conn: self._keep(conn, context, job, reply)

    async def _answer(self, context: Context, args: Mapping[str, Any]) -> Reply:
        """Find out what is asked, and do it."""
        if context.via is Via.CHOICE:
            return await controls.press(context, args["choice"])
        if context.via is Via.MESSAGE:
            said = await asyncio.to_thread(_small_talk, context, args["text"])
            if said is not None:
                return Reply((context.say(said),))
        labels = _labels(context)
        call = self._call(context, args, labels)
        if call.command.who is Who.LEADERS and not context.member.is_leader:
            raise NotAllowedError(
                "leaders only", phrase="error.leaders_only", command=call.command.name
            )
        reply = await call.command.run(context, check(call, labels))
        if call.command.always_private:
            reply = replace(reply, is_private=True)
        return reply

    def _call(self, context: Context, args: Mapping[str, Any], labels: Labels) -> Call:
        catalogue = self._services.catalogue
        if context.via is Via.FORM:
            command = catalogue.find(args["form"])
            if command is None:
                name = args["form"][:NAME_CHARS]
                raise NotFoundError("no such command", phrase="help.unknown", command=name)
            told = {name: text for name, text in args["values"].items() if text.strip()}
            return Call(command, told)
        text = args["text"].strip()
        call = parse(text, catalogue, labels)
        if call is not None and not _is_plain_question(text, call.command):
            return call
        if not text:
            return Call(catalogue.by_name["help"], {})
        return Call(catalogue.by_name["ask"], {"question": text})

    def _platform(self, name: str) -> Platform:
        if name not in self._platforms:
            raise DisconnectedError(f"{name!r} is not running")
        return self._platforms[name]

    def _context(self, conn: Connection, job: Job) -> Context:
        args = job.args
        community = communities.get(conn, CommunityId(args["community"]))
        room_id = RoomId(args["room"])
        room = rooms.get(conn, room_id)
        member = members.get(conn, MemberId(args["member"]))
        # As it was where and when they asked: in another space of the community they may not lead.
        member = replace(member, is_leader=args.get("is_leader", member.is_leader))
        spoken = member.language or rooms.language(conn, room_id) or community.language
        return Context(
            services=self._services,
            platform=self._platform(room.ref.platform),
            words=self._words.for_community(community.slug),
            community=community,
            room=room,
            room_id=room_id,
            member=member,
            account=AccountRef(*args["ref"]),
            account_id=AccountId(args["account"]),
            language=spoken,
            via=Via(args["via"]),
            asked_at=datetime.fromisoformat(args["asked_at"]),
            key=_key(job),
            message=args.get("message"),
            reply_to=args.get("reply_to"),
            attachments=tuple(Attachment(**each) for each in args.get("attachments", ())),
        )

    def _keep(self, conn: Connection, context: Context, job: Job, reply: Reply) -> None:
        """Keep what was written, and put the answer into the outbox."""
        for commit in reply.commits:
            commit(conn)
        blocks, writing = reply.blocks, None
        if reply.writing is not None:
            shown = {
                "language": context.language,
                "zone": str(context.zone),
                "sign": context.sign,
                "message": context.message,
            }
            kept = replace(reply.writing, trace={**shown, **reply.writing.trace})
            if context.member.consent is Consent.OUT and kept.kind in ASKED_ALONE:
                kept = replace(kept, request={}, member=None)  # nothing of theirs is kept
            writing = writings.add(conn, kept, context.asked_at)
            if reply.controls is not None:
                blocks = (*blocks, *reply.controls(writing))
        aside = () if reply.aside is None or writing is None else reply.aside(writing)
        is_private = reply.is_private
        if reply.room is not None:
            there = rooms.get(conn, reply.room)
            elsewhere = Outgoing(there.ref, blocks, context.key + "r")
            whose = context.community.id
            self._posting.add(
                conn, whose, reply.room, elsewhere, writing=writing, asker=context.account
            )
            blocks, is_private, writing = (
                (context.say("control.there", room=there.name),),
                True,
                None,
            )
        outgoing = _outgoing(context, job, blocks, is_private=is_private)
        otherwise = replace(
            outgoing,
            blocks=(context.say("private.refused"),),
            private_to=None,
            key=outgoing.key + "p",
        )
        self._posting.add(
            conn,
            context.community.id,
            context.room_id,
            outgoing,
            writing=writing,
            asker=None if writing is None else context.account,
            otherwise=otherwise if outgoing.private_to is not None else None,
        )
        if aside:
            self._add_aside(conn, context, aside)

    def _add_aside(self, conn: Connection, context: Context, blocks: tuple[Block, ...]) -> None:
        """Tell whoever asked, and nobody else, what stands beside an answer for all."""
        aside = Outgoing(context.room.ref, blocks, context.key + "a", private_to=context.account)
        self._posting.add(conn, context.community.id, context.room_id, aside, may_be_dropped=True)


def _outgoing(
    context: Context, job: Job, blocks: tuple[Block, ...], *, is_private: bool
) -> Outgoing:
    handle = _handle(job)
    is_alone = context.room.kind is RoomKind.DIRECT
    if handle is not None and handle.is_private and not (is_private or is_alone):
        handle = None  # through it, what is for the room would be seen by one person
    return Outgoing(
        room=context.room.ref,
        blocks=blocks,
        key=context.key,
        private_to=context.account if is_private and not is_alone else None,
        reply_to=None if context.message is None else MessageRef(context.room.ref, context.message),
        reply=handle,
    )


def _handle(job: Job) -> ReplyHandle | None:
    kept = job.args["reply"]
    if kept is None:
        return None
    return ReplyHandle(
        kept["token"],
        datetime.fromisoformat(kept["expires_at"]),
        kept["is_private"],
        kept.get("can_be_private", False),
    )


def _sorry(context: Context, error: LearncommError) -> Reply:
    """Say in one sentence what went wrong; the cause is for the log."""
    _log.info("request refused", kind=type(error).__name__, reason=str(error))
    advice = error.advice
    return Reply((context.say(advice.phrase, **advice.values),), is_private=True)


def _small_talk(context: Context, text: str) -> str | None:
    """Return what is said to small talk, or to signs alone; None to all else. Reads files, once."""
    if not text.strip():
        return None
    said = tokens(text)
    asks, thanks, beside, words = set[str](), set[str](), set[str](), set[str]()
    for language in dict.fromkeys((context.language, *context.words.languages())):
        talk = (context.words.table("cues", language=language) or {}).get("small_talk", {})
        asks.update(talk.get("asks", ()))
        thanks.update(talk.get("thanks", ()))
        beside.update(talk.get("thanks_with", ()))
        words.update(talk.get("words", ()))
    if " ".join(said) in asks:
        return "help.hello"
    if not thanks.isdisjoint(said) and (thanks | beside | words).issuperset(said):
        return "help.welcome"
    return "help.hello" if words.issuperset(said) else None


def _labels(context: Context) -> Labels:
    """Return the choices that buttons call by other words, so that these can be typed as well."""
    return {folded(context.label(f"consent.{choice}")): choice for choice in Consent}


def _is_plain_question(text: str, command: Command) -> bool:
    """Whether a sentence only happens to begin with a command's name, as `share what with whom?`."""
    if command.name == "help" and len(text.split()) > 2:  # `help me find …`
        return True
    return text.endswith("?") and command.name not in {"search", "ask", "questions", "help", "why"}


def _key(job: Job) -> str:
    """Return the key of the answer: of the row and its time, so that no restored store reuses one."""
    asked_at = datetime.fromisoformat(job.args["asked_at"])
    return f"{job.id:x}-{int(asked_at.timestamp()):x}"
