"""The commands that learncomm brings, in the order in which help lists them."""

from learncomm_agent.commands.about import ABOUT
from learncomm_agent.commands.ask import ASK
from learncomm_agent.commands.catchup import CATCHUP
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.commands.draft import DRAFT
from learncomm_agent.commands.feeds import FEEDS
from learncomm_agent.commands.forget import FORGET
from learncomm_agent.commands.help import HELP
from learncomm_agent.commands.keep import KEEP
from learncomm_agent.commands.link import LINK
from learncomm_agent.commands.links import LINKS
from learncomm_agent.commands.me import ME
from learncomm_agent.commands.minutes import MINUTES
from learncomm_agent.commands.missed import MISSED
from learncomm_agent.commands.open import OPEN
from learncomm_agent.commands.playbooks import PLAYBOOKS
from learncomm_agent.commands.questions import QUESTIONS
from learncomm_agent.commands.read import READ
from learncomm_agent.commands.resources import RESOURCES
from learncomm_agent.commands.search import SEARCH
from learncomm_agent.commands.session import SESSION
from learncomm_agent.commands.setup import SETUP
from learncomm_agent.commands.share import SHARE
from learncomm_agent.commands.summary import SUMMARY
from learncomm_agent.commands.thank import THANK
from learncomm_agent.commands.vote import VOTE
from learncomm_agent.commands.why import WHY


def catalogue() -> Catalogue:
    """Return all of them."""
    return Catalogue(
        (
            SEARCH,
            ASK,
            OPEN,
            SHARE,
            RESOURCES,
            ABOUT,
            KEEP,
            THANK,
            QUESTIONS,
            VOTE,
            SUMMARY,
            DRAFT,
            MINUTES,
            SESSION,
            PLAYBOOKS,
            CATCHUP,
            MISSED,
            READ,
            LINKS,
            FEEDS,
            SETUP,
            FORGET,
            ME,
            LINK,
            WHY,
            HELP,
        )
    )
