"""The commands that learncomm brings, in the order in which help lists them."""

from learncomm_agent.commands.about import ABOUT
from learncomm_agent.commands.actions import ACTIONS
from learncomm_agent.commands.ask import ASK
from learncomm_agent.commands.audit import AUDIT
from learncomm_agent.commands.catchup import CATCHUP
from learncomm_agent.commands.decisions import DECISIONS
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.commands.digest import DIGEST_COMMAND
from learncomm_agent.commands.draft import DRAFT
from learncomm_agent.commands.feedback import BOX
from learncomm_agent.commands.feeds import FEEDS
from learncomm_agent.commands.forget import FORGET
from learncomm_agent.commands.goals import GOALS
from learncomm_agent.commands.help import HELP
from learncomm_agent.commands.keep import KEEP
from learncomm_agent.commands.letter import LETTER
from learncomm_agent.commands.link import LINK
from learncomm_agent.commands.links import LINKS
from learncomm_agent.commands.me import ME
from learncomm_agent.commands.minutes import MINUTES
from learncomm_agent.commands.missed import MISSED
from learncomm_agent.commands.open import OPEN
from learncomm_agent.commands.optout import OPTOUT
from learncomm_agent.commands.playbooks import PLAYBOOKS
from learncomm_agent.commands.profile import PROFILE
from learncomm_agent.commands.publish import PUBLISH
from learncomm_agent.commands.pulse import ASKED
from learncomm_agent.commands.questions import QUESTIONS
from learncomm_agent.commands.read import READ
from learncomm_agent.commands.reminders import REMINDERS
from learncomm_agent.commands.resources import RESOURCES
from learncomm_agent.commands.retention import RETENTION
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
            GOALS,
            BOX,
            QUESTIONS,
            VOTE,
            ASKED,
            SUMMARY,
            DRAFT,
            MINUTES,
            ACTIONS,
            DECISIONS,
            SESSION,
            PLAYBOOKS,
            CATCHUP,
            MISSED,
            DIGEST_COMMAND,
            PUBLISH,
            LETTER,
            READ,
            LINKS,
            FEEDS,
            SETUP,
            FORGET,
            ME,
            OPTOUT,
            REMINDERS,
            PROFILE,
            LINK,
            WHY,
            RETENTION,
            AUDIT,
            HELP,
        )
    )
