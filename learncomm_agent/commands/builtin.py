"""The commands that learncomm brings, in the order in which help lists them."""

from learncomm_agent.commands.ask import ASK
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.commands.forget import FORGET
from learncomm_agent.commands.help import HELP
from learncomm_agent.commands.me import ME
from learncomm_agent.commands.questions import QUESTIONS
from learncomm_agent.commands.read import READ
from learncomm_agent.commands.resources import RESOURCES
from learncomm_agent.commands.search import SEARCH
from learncomm_agent.commands.share import SHARE
from learncomm_agent.commands.summary import SUMMARY
from learncomm_agent.commands.why import WHY


def catalogue() -> Catalogue:
    """Return all of them."""
    return Catalogue(
        (SEARCH, ASK, SHARE, RESOURCES, QUESTIONS, SUMMARY, READ, FORGET, ME, WHY, HELP)
    )
