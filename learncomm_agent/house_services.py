"""The set of services that the commands draw on."""

from typing import TYPE_CHECKING

from learncomm_agent.commands.context import Services
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.community.ballots import Ballots
from learncomm_agent.community.leaders import Leaders
from learncomm_agent.house_library import LibraryWing
from learncomm_agent.library.promoting import Promoting
from learncomm_agent.sessions.playbooks.shelf import Playbooks
from learncomm_agent.writing.answers import Answers
from learncomm_agent.writing.questions import Questions
from learncomm_agent.writing.showing import Showing
from learncomm_agent.writing.summaries import Summaries

if TYPE_CHECKING:
    from learncomm_agent.house_chat import ChatWing, Ground


def services_of(
    ground: "Ground",
    library: LibraryWing,
    chat: "ChatWing",
    catalogue: Catalogue,
    answers: Answers,
    questions: Questions,
    summaries: Summaries,
) -> Services:
    """Return them, once all parts of the house are made."""
    return Services(
        database=ground.database,
        directory=chat.directory,
        reading=chat.reading,
        leaders=Leaders(chat.directory, ground.work, ground.platforms),
        clock=ground.clock,
        catalogue=catalogue,
        starter=library.starter,
        search=library.search,
        adding=library.adding,
        bringing=chat.bringing,
        linking=chat.linking,
        conversations=chat.conversations,
        promoting=Promoting(library.adding, library.forgetting),
        silencing=library.silencing,
        feeds=chat.feeds,
        forgetting=library.forgetting,
        readers=library.readers,
        answers=answers,
        questions=questions,
        summaries=summaries,
        ballots=Ballots(ground.work, chat.posting, Showing(ground.words), ground.clock),
        drafts=chat.drafts,
        sessions=chat.sessions.sessions,
        playbooks=Playbooks(ground.words, chat.sessions.sessions.kinds),
        pairing=chat.pairing,
        nudges=chat.between.nudges,
        letters=chat.between.letters,
        recurring=chat.between.recurring,
        goals=chat.between.goals,
        feedback=chat.between.feedback,
        pulses=chat.between.pulses,
        ratings=chat.between.ratings,
        digests=chat.between.digests,
        subscriptions=chat.between.subscriptions,
        welcomes=chat.between.welcomes,
        publishing=chat.between.publishing,
        erasing=chat.between.erasing,
        retention=chat.between.retention,
        promises=chat.between.promises,
        reviewing=chat.between.reviewing,
        book=chat.between.book,
        platforms=ground.platforms,
        dense_weight=ground.settings.search.dense_weight,
        limit=ground.settings.search.limit,
        max_file_bytes=ground.settings.library.max_file_bytes,
    )
