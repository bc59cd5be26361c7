"""The stage kinds that there are: ours, and those of installed plugins (group `learncomm_agent.stages`)."""

from collections.abc import Callable

from learncomm_agent import plugins
from learncomm_agent.errors import PluginError
from learncomm_agent.sessions.stages.announce import Announce, Wait
from learncomm_agent.sessions.stages.ask import Ask
from learncomm_agent.sessions.stages.collect import Collect
from learncomm_agent.sessions.stages.discuss import Discuss
from learncomm_agent.sessions.stages.group import Group
from learncomm_agent.sessions.stages.kind import Kind, Kinds
from learncomm_agent.sessions.stages.match import Match
from learncomm_agent.sessions.stages.queue import Queue
from learncomm_agent.sessions.stages.report import Report
from learncomm_agent.sessions.stages.schedule import Schedule
from learncomm_agent.sessions.stages.summarise import Summarise
from learncomm_agent.sessions.stages.vote import Vote
from learncomm_agent.writing.language.cues import Cues


def stage_kinds(cues: Callable[[str], Cues] | None = None) -> Kinds:
    """Return all kinds by name.

    Args:
        cues: Gives the word lists of a language, by which alike questions are told; without it, only those in
            nearly the same words are.

    Raises:
        PluginError: A plugin can't be loaded, is no kind, or has the name of another one.
    """
    found: dict[str, Kind] = {kind.name: kind for kind in _OURS}
    if cues is not None:
        found[Queue.name] = Queue(cues)
    for name in plugins.names("stages"):
        kind = plugins.load("stages", name)
        made = kind() if isinstance(kind, type) else kind
        if not isinstance(made, Kind) or made.name in found:
            raise PluginError(
                f"{name!r} is no stage kind of its own",
                phrase="error.plugin_broken",
                name=name,
                package=name,
            )
        found[made.name] = made
    return found


_OURS: tuple[Kind, ...] = (
    Announce(),
    Ask(),
    Collect(),
    Group(),
    Match(),
    Discuss(),
    Queue(),
    Report(),
    Schedule(),
    Summarise(),
    Vote(),
    Wait(),
)
