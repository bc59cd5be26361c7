"""From a request that was kept to the answer in the outbox, in one transaction with `done`."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from learncomm_agent.chat import rows
from learncomm_agent.chat.messages import Attachment, RoomId
from learncomm_agent.chat.people import AccountId, AccountRef, CommunityId, Consent, MemberId
from learncomm_agent.chat.platform import Platform
from learncomm_agent.chat.posting import Posting
from learncomm_agent.chat.progress import Progress, Showing
from learncomm_agent.commands import control_forms, controls, playbooks, replying
from learncomm_agent.commands.actions import ACTIONS
from learncomm_agent.commands.actions import is_meant as is_act
from learncomm_agent.commands.context import Context, Services, Via
from learncomm_agent.commands.declaration import Catalogue, Command, Reply
from learncomm_agent.commands.draft import DRAFT, VERBS
from learncomm_agent.commands.me import DOES
from learncomm_agent.commands.parsing import NAME_CHARS, Call, Labels, check, folded, parse
from learncomm_agent.commands.replying import Replying
from learncomm_agent.commands.session import SESSION, is_meant
from learncomm_agent.commands.spoken_names import SpokenNames
from learncomm_agent.commands.unclear import check_alone
from learncomm_agent.commands.verbs import spoken
from learncomm_agent.errors import (
    DisconnectedError,
    LearncommError,
    NotFoundError,
    PlatformError,
    RateLimitedError,
    StorageError,
)
from learncomm_agent.log import logger
from learncomm_agent.storage import communities, members, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.storage.due import Job
from learncomm_agent.words import Words
from learncomm_agent.work import ATTEMPTS, Commit, Work
from learncomm_agent.writing.language.vocabulary import tokens

AT_ONCE = 96
"""Requests that are answered together; some wait long for a model, and posting must go on."""
MAY_END_ASKING = frozenset(
    {"search", "ask", "questions", "vote", "missed", "catchup", "help", "why", "feedback", "pulse"}
)
"""Commands that are meant although what follows them ends in a question mark."""
ASKED = "ask"
_log = logger(__name__)


class Dispatch:
    """Answers requests."""

    def __init__(
        self,
        services: Services,
        work: Work,
        posting: Posting,
        progress: Progress,
        words: Words,
        platforms: Mapping[str, Platform],
    ) -> None:
        """Take what it needs, and name its handler."""
        self._services = services
        self._replying = Replying(posting)
        self._progress = progress
        self._words = words
        self._platforms = platforms
        self._names = SpokenNames(services.catalogue)
        self._known_labels: dict[tuple[Words, str], Labels] = {}
        lose = self._replying.lose
        work.handle("request", self._request, at_once=AT_ONCE, given_up=lose)

    async def _request(self, job: Job) -> Commit:
        context = await self._services.database.read(lambda conn: self._context(conn, job))
        await self._services.starter.filled(context.community.id)
        async with self._progress.of(job, context.say) as showing:
            seen = replace(context, progress=showing.report, shows=showing.show)
            reply = await self._reply(seen, job, showing)
        shown = showing.placeholder
        return lambda conn: self._replying.keep(conn, context, job, reply, shown)

    async def _reply(self, context: Context, job: Job, showing: Showing) -> Reply:
        """Answer, or say why not.

        Raises:
            LearncommError: It may pass; the row runs again.
        """
        try:
            return await self._answer(context, job, showing)
        except LearncommError as error:
            if isinstance(error, DisconnectedError | RateLimitedError):
                raise  # it passes; the row runs again
            if isinstance(error, StorageError | PlatformError) and job.attempts < ATTEMPTS:
                raise  # it may pass
            return _sorry(context, error)
        except Exception:  # a mistake of ours: the person is told, the log has the cause
            _log.exception("request failed", row=job.id, via=context.via)
            return Reply((context.say("error.unexpected"),), is_private=True)

    async def _answer(self, context: Context, job: Job, showing: Showing) -> Reply:
        """Find out what is asked, and do it."""
        args = job.args
        if context.via is Via.CHOICE:
            showing.waiting = replying.waiting(context, job, is_private=True)
            return await controls.press(context, args["choice"])
        if context.via is Via.FORM and control_forms.is_one(args["form"]):
            showing.waiting = replying.waiting(context, job, is_private=True)
            return await control_forms.filled(context, args["form"], args["values"])
        if context.via is Via.MESSAGE and not self._is_command_on(context, args["text"]):
            said = await asyncio.to_thread(_small_talk, context, args["text"])
            if said is not None:
                return Reply((context.say(said),))
        labels = await self._labels(context)
        call = self._call(context, args, labels)
        call.command.check_may(is_leader=context.member.is_leader)
        is_private = replying.is_for_asker(context, job, call.command)
        showing.waiting = replying.waiting(context, job, is_private=is_private)
        reply = await call.command.run(context, check(call, labels))
        if call.command.name == ASKED and context.via is Via.MESSAGE:
            reply = await playbooks.before(context, args["text"], reply)
        if call.command.always_private:
            reply = replace(reply, is_private=True)
        return reply

    def _is_command_on(self, context: Context, text: str) -> bool:
        """Whether a message says no more than what is to be done with the one that it answers."""
        return (
            context.reply_to is not None and self._services.catalogue.find(text.strip()) is not None
        )

    async def _labels(self, context: Context) -> Labels:
        """Return the choices by other words; made once for each community and language."""
        key = context.words, context.language
        if key not in self._known_labels:
            self._known_labels[key] = await asyncio.to_thread(_labels, context)
        return self._known_labels[key]

    def _call(self, context: Context, args: Mapping[str, Any], labels: Labels) -> Call:
        catalogue = self._services.catalogue
        if context.via is Via.FORM:
            command = catalogue.find(args["form"])
            if command is None:
                name = args["form"][:NAME_CHARS]
                raise NotFoundError("no such command", phrase="help.unknown", command=name)
            return Call(command, _filled_in(command, args["values"], catalogue, labels))
        said = args["text"].strip()
        text = self._names.declared(said, context.words, context.language)
        call = parse(text, catalogue, labels)
        if call is not None and not _is_plain_question(text, call.command, context.words):
            return call
        if not said:
            return Call(catalogue.by_name["help"], {})
        if "missed" in catalogue.by_name and (since := _missed_since(context, said)) is not None:
            return Call(catalogue.by_name["missed"], {"since": since} if since else {})
        if call is None:
            check_alone(context, said, text, labels)
        return Call(catalogue.by_name["ask"], {"question": said})

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
        # As they were where and when they asked: in another space of the community they may not lead.
        # What their roles are worth is as chosen by now.
        roles, has_right = frozenset(args.get("roles", ())), args.get("is_leader", member.is_leader)
        leads = has_right or self._services.directory.leads_by_role(roles, room.ref.space)
        name = members.name_of(conn, AccountId(args["account"])) or member.name
        member = replace(member, is_leader=leads, name=name)
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
            zone=ZoneInfo(member.timezone or community.timezone),  # here, since it reads a file
            via=Via(args["via"]),
            asked_at=datetime.fromisoformat(args["asked_at"]),
            key=replying.key(job),
            message=args.get("message"),
            reply_to=args.get("reply_to"),
            attachments=tuple(Attachment(**each) for each in args.get("attachments", ())),
            people=rows.people_of(args.get("people", ())),
            rooms=rows.rooms_of(args.get("rooms", ())),
            picked=tuple(args.get("picked", ())),
            roles=roles,
            has_right=has_right,
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


def _missed_since(context: Context, text: str) -> str | None:
    """Return since when somebody asks what they missed, empty where they don't say; None to all else."""
    said = " ".join(text.casefold().rstrip("?!. ").split())
    for language in dict.fromkeys((context.language, *context.words.languages())):
        since = context.words.phrase("missed.spoken_since", language=language)
        for asked in context.words.phrase("missed.spoken", language=language).split(" / "):
            if said == asked.casefold():
                return ""
            if said.startswith(before := f"{asked} {since} ".casefold()):
                return said.removeprefix(before)
    return None


def _labels(context: Context) -> Labels:
    """Return the choices that buttons and people call by other words, so that these can be typed as well.

    Reads files, once.
    """
    consents = {folded(context.label(f"consent.{choice}")): str(choice) for choice in Consent}
    kinds = {folded(context.label(f"control.{what}")): what for what in DOES}
    verbs = spoken(context.words, "me.verb_", DOES)
    return {**consents, **kinds, **{folded(said): what for said, what in verbs.items()}}


def _filled_in(
    command: Command, values: Mapping[str, str], catalogue: Catalogue, labels: Labels
) -> dict[str, Any]:
    """Return what a form tells, without what was left empty.

    A word that no option is called by, and that has no value, is what somebody typed behind the command where
    the platform did not know it: it may be another word for a choice, and is refused otherwise.
    """
    empty = {option.name for option in command.options if option.can_be_empty}
    told = {name: text for name, text in values.items() if text.strip() or name in empty}
    options = {option.name for option in command.options}
    words = " ".join(name for name, text in values.items() if name not in options and not text)
    call = parse(f"/{command.name} {words}", catalogue, labels) if words else None
    return told if call is None else {**call.values, **told}


def _is_plain_question(text: str, command: Command, words: Words) -> bool:
    """Whether a sentence only happens to begin with a command's name, as `share what with whom?`."""
    if command.name == "help" and len(text.split()) > 2:  # `help me find …`
        return True
    second = (text.split()[1:2] or [""])[0].casefold()
    is_verb = command.name == DRAFT.name and second in VERBS
    is_verb |= command.name == SESSION.name and is_meant(words, second)
    is_verb |= command.name == ACTIONS.name and is_act(words, second)
    if is_verb or second.lstrip("#").isdecimal():  # as `draft 3 add Who begins?`
        return False
    return text.endswith("?") and command.name not in MAY_END_ASKING
